"""results.json: the findings for programs."""

import json

from factories import attack, record, release, runs, sound_controls, table
from privbench import __version__
from privbench.bench.report import findings, results


def loaded(found):
    """The content; a NaN in the text is an error."""

    def refuse(name):
        raise AssertionError(name)

    return json.loads(results.to_json(found), parse_constant=refuse)


def test_everything_that_a_report_says_is_in_it():
    found = findings.of(table(attack("mlp", 0.6) + sound_controls()), runs(), ["a note"])
    content = loaded(found)
    keys = ["exposure", "leaderboard", "notes", "releases", "verdicts", "version"]
    assert list(content) == keys
    assert content["version"] == __version__
    assert content["notes"] == ["a note"]
    assert [v["verdict"] for v in content["verdicts"]] == [v.code for v in found.verdicts]
    assert len(content["exposure"]) == len(found.exposure)
    (line,) = content["leaderboard"]
    assert line == found.lines[0]
    (row,) = content["releases"]
    assert row["leakage"]["mean"] == found.rows[0].leakage.mean  # full floats
    assert (row["name"], row["complete"]) == (found.rows[0].name, found.rows[0].complete)


def test_reasons_are_a_code_and_a_text():
    weak = {"status": "weak", "reason_code": "not-converged", "reason": "stopped early"}
    found = findings.of(table([record(fold=k, **weak) for k in range(2)]), {})
    (row,) = loaded(found)["releases"]
    (note,) = row["notes"]
    assert note["reason"] == {"code": "not-converged", "text": "stopped early"}
    assert (note["status"], note["count"]) == ("weak", 2)


def test_what_is_no_number_is_null():
    about = {"role": "utility", "metric": "ccc", "chance": 0.0, "target": "valence"}
    found = findings.of(table([record(), record(**about)]), {})  # one fold: no interval of it
    (row,) = loaded(found)["releases"]
    assert row["utility"]["low"] is None


def test_equal_findings_are_equal_texts():
    one, two = (findings.of(table(release("d", 0.5, 0.7)), {}) for _ in range(2))
    assert results.to_json(one) == results.to_json(two)
