"""Users' own pictures, listed in a file."""

from pathlib import Path

import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.datasets.manifest import Manifest


@pytest.fixture
def table(draw, tmp_path) -> Path:
    for file in ("a.png", "b.png", "sub/c.png"):
        draw(f"pictures/{file}")
    path = tmp_path / "pictures/manifest.csv"
    path.write_text(
        "\ufeffpath, identity,expression,source,age\na.png,ann,joy,clip 1,old\n\n"
        'b.png,bob,"joy, loud",clip 1,young\nsub/c.png,ann,joy,clip 2,old\n',
        encoding="utf-8",
    )
    return path


def test_manifest(table):
    s = Manifest(size=8).load(table.parent)
    np.testing.assert_array_equal(s.source, [0, 0, 1])
    assert s.classes["age"] == ("old", "young")
    assert s.classes["expression"] == ("joy", "joy, loud")
    assert set(s.labels) == {"identity", "expression", "age"}
    np.testing.assert_array_equal(Manifest(size=8).load(table).x, s.x)
    table.rename(table.with_name("rows.csv"))
    assert len(Manifest(size=8, file="rows.csv").load(table.parent)) == 3


def test_manifest_without_sources(table):
    table.write_text("path,identity,expression\nb.png,bob,joy\na.png,ann,joy\nb.png,bob,joy\n")
    s = Manifest(size=8).load(table)
    np.testing.assert_array_equal(s.labels["identity"], [1, 0, 1])
    np.testing.assert_array_equal(s.source, [0, 1, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "path,identity,expression\na.png,ann,joy\nb.png,,joy\n",
            r"manifest\.csv line 3: got nothing in identity",
        ),
        ("path,identity,expression,age\na.png,ann,joy, \n", r"line 2: got nothing in age"),
        ("path,identity,expression\na.png,ann\n", r"line 2: got 2 cells; expected 3"),
        ("path,identity,expression\na.png,ann,joy,4\n", r"line 2: got 4 cells; expected 3"),
        (
            "path,identity,expression\na.png,ann,joy\nz.png,ann,joy\n",
            r"line 3: got path .*z\.png; expected a picture",
        ),
        (
            "path,identity\na.png,ann\n",
            r"columns path, identity; expected .*path, identity, expression",
        ),
        ("path;identity;expression\na.png;ann;joy\n", r"columns path;identity;expression"),
        ("path,identity,expression,identity\na.png,ann,joy,x\n", r"expected distinct column names"),
        ("path,identity,expression\n", r"manifest\.csv: got no rows"),
        ("", r"columns \(none\)"),
        (
            'path,identity,expression\n"a.png,ann,joy\n',
            r"manifest\.csv: got unexpected end of data",
        ),
    ],
)
def test_manifest_errors_name_the_line(table, text, message):
    table.write_text(text)
    with pytest.raises(InputError, match=message):
        Manifest().load(table)


def test_manifest_that_is_no_text_or_not_there(table):
    table.write_bytes(b"path,identity,expression\n\xff\xfe,ann,joy\n")
    with pytest.raises(InputError, match="expected comma-separated UTF-8 text"):
        Manifest().load(table)
    table.unlink()
    with pytest.raises(
        InputError,
        match=r"with a\.png, b\.png, sub/.*expected a CSV file, or a folder that holds mani",
    ):
        Manifest().load(table.parent)
    with pytest.raises(InputError, match="expected --data-root DIR"):
        Manifest().load(None)


def test_manifest_partial_leaves_out_absent_pictures(table):
    (table.parent / "b.png").unlink()
    assert len(Manifest(size=8, partial=True).load(table)) == 2
