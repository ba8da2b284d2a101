"""The table of codes in the documentation is that of the catalogues."""

from pathlib import Path

import pytest
from privbench.bench import reasons
from privbench.bench.checks import InputError
from privbench.bench.verdicts import code_table

PAGE = Path(__file__).parents[3] / "docs" / "verdicts.md"


def test_the_page_has_the_codes_of_today():
    """Where it fails: `python -m privbench.bench.verdicts.code_table docs/verdicts.md`."""
    page = PAGE.read_text(encoding="utf-8")
    assert code_table.rewritten(page) == page


def test_every_code_has_its_meaning():
    text = code_table.markdown()
    for catalogue in (reasons.FLAGS, reasons.OBJECTIONS, reasons.NOTES):
        for code, meaning in catalogue.items():
            assert f"| `{code}` | {meaning} |" in text


def test_what_stands_around_the_markers_stays(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(f"above\n{code_table.BEGIN}\nyesterday\n{code_table.END}\nbelow\n")
    code_table.main([str(path)])
    page = path.read_text()
    assert page.startswith(f"above\n{code_table.BEGIN}\n\n**Flags**")
    assert page.endswith(f"\n\n{code_table.END}\nbelow\n")
    assert "yesterday" not in page
    with pytest.raises(InputError, match="no markers"):
        code_table.rewritten("a page")
