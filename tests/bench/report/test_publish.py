"""The files of a report."""

import pytest
from factories import release, table
from privbench.bench.report import findings
from privbench.bench.report.publish import publish
from privbench.bench.runner.store import PICTURES, TEXTS


@pytest.mark.parametrize(
    "records", [[], release("d", 0.8, 0.7)[:1], release("d", 0.8, 0.7, folds=1)]
)
def test_a_report_copes_with_little(tmp_path, records):
    paths = publish(findings.of(table(records), {}), tmp_path)
    assert [path.name for path in paths] == [*TEXTS, *PICTURES]
    assert all(path.stat().st_size > 0 for path in paths)
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_report_is_the_same_bytes_each_time(tmp_path):
    found = findings.of(table(release("d", 0.8, 0.7), release("e", 0.3, 0.6)), {}, ["a note"])
    first = publish(found, tmp_path / "first")
    second = publish(found, tmp_path / "second")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
