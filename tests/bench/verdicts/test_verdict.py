"""Verdicts from records of known making: what leaks, what was not seen, and what proves nothing."""

import ast
import csv
import io
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from factories import attack, runs, sound_controls, table
from privbench.bench.reasons import FLAGS, OBJECTIONS, Reason
from privbench.bench.runner import diagnose
from privbench.bench.verdicts import flags, validity, verdict
from situations import SITUATIONS

NONSENSE = (
    "",
    "negative control: constant; repeated-codes; still improving; failed: leaks",
)
NUMBERS = ("leakage", "ci_low", "ci_high", "chance", "label_only", "minimum_detectable")


def verdict_of(records, **about):
    (found,) = verdict.verdicts(table(records), runs(**about))
    return found


def decided(situation):
    """All of the verdict of a situation that is no text."""
    (found,) = verdict.verdicts(situation.table, situation.runs)
    numbers = [getattr(found, name) for name in NUMBERS]
    flag_codes = [flag.code for flag in found.flags]
    objection_codes = [objection.code for objection in found.objections]
    return found.code, found.strongest_attacker, numbers, flag_codes, objection_codes


@cache
def expected(name):
    return decided(SITUATIONS[name])


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_situation_has_its_verdict_its_flags_and_its_objections(name):
    situation = SITUATIONS[name]
    code, _, _, flag_codes, objection_codes = expected(name)
    assert code == situation.code
    assert sorted(flag_codes) == sorted(situation.flags)
    assert sorted(objection_codes) == sorted(situation.objections)


def codes_in(path):
    """Codes of the Reasons that a module makes, where they are written out."""
    codes = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Reason":
            code = node.args[0]
            codes |= {code.value} if isinstance(code, ast.Constant) else set()
    return codes


def test_every_code_in_the_source_is_catalogued():
    codes = set()
    for path in Path(verdict.__file__).parent.glob("*.py"):
        codes |= codes_in(path)
    assert len(codes) > 10
    assert codes <= set(FLAGS) | set(OBJECTIONS)


def test_every_objection_and_every_flag_is_raised_somewhere():
    """The flags of codes by `runner.diagnose`, all others in some situation."""
    of_codes = codes_in(Path(diagnose.__file__))
    flagged = set()
    objected = set()
    for situation in SITUATIONS.values():
        flagged |= set(situation.flags)
        objected |= set(situation.objections)
    assert objected == set(OBJECTIONS)
    assert flagged - of_codes == set(FLAGS) - of_codes


@pytest.mark.parametrize("text", NONSENSE)
@pytest.mark.parametrize("name", SITUATIONS)
def test_no_text_decides(name, text, monkeypatch):
    situation = SITUATIONS[name]
    before = expected(name)

    def nonsense(code, _=""):
        return Reason(code, text)

    def scrambled(record):
        marks = tuple(nonsense(flag.code) for flag in record.flags)
        return replace(record, reason=text, flags=marks)

    monkeypatch.setattr(flags, "Reason", nonsense)
    monkeypatch.setattr(validity, "Reason", nonsense)
    records = [scrambled(record) for record in situation.records]
    assert decided(replace(situation, records=records)) == before


def test_a_leak_is_called_one_with_a_certified_limit():
    found = verdict_of([*attack("mlp", 0.4), *attack("lda", 0.1), *sound_controls()])
    assert (found.code, found.strongest_attacker) == ("leaks", "mlp")
    assert 0.1 < found.ci_low < found.leakage < found.ci_high
    assert found.minimum_detectable < 0.16
    assert found.reason == ""


def test_where_nothing_leaks_the_limits_are_quoted_and_no_word_says_private():
    found = verdict_of([*attack("mlp", 0.1), *sound_controls()])
    assert found.ci_high < 0.16
    text = verdict.to_markdown([found])
    assert "no leak found" in text
    assert "no-leak-found" not in text
    assert "keyed channel" in text
    assert "private" not in text.replace("privacy", "")
    assert "safe" not in text


def test_what_the_label_tells_raises_what_must_be_exceeded():
    situation = SITUATIONS["the task label tells what leaks"]
    (found,) = verdict.verdicts(situation.table, situation.runs)
    assert found.label_only == pytest.approx(0.4)
    assert found.minimum_detectable > 0.4  # and not that of a release that tells no team


def test_a_leak_counts_whichever_attacker_finds_it():
    situation = SITUATIONS["an ignorant attacker finds the leak"]
    (found,) = verdict.verdicts(situation.table, situation.runs)
    assert found.strongest_attacker == "lda (ignorant)"


def test_where_pairs_alone_leak_the_number_is_theirs():
    situation = SITUATIONS["pairs leak"]
    (found,) = verdict.verdicts(situation.table, situation.runs)
    assert found.strongest_attacker == "verification (AUC)"
    assert found.leakage == pytest.approx(0.81)
    assert found.chance == 0.5
    assert found.minimum_detectable is None
    situation = SITUATIONS["names and pairs leak"]
    (found,) = verdict.verdicts(situation.table, situation.runs)
    assert found.strongest_attacker == "mlp"


def test_false_leaks_are_rare_where_eight_attackers_know_nothing():
    alarms = 0
    for seed in range(200):
        records = []
        for i in range(8):
            records += attack("a" * (i + 1), 0.1, seed=seed)
        alarms += verdict_of(records).code == "leaks"  # a leak needs no controls
    assert alarms <= 18  # 5% of 200, and what chance adds to it


def test_each_release_of_each_defense_has_a_verdict_in_the_order_of_the_defenses():
    records = []
    for defense, release in (("z", "codes"), ("a", "two"), ("a", "one")):
        records += attack("mlp", 0.4, defense=defense, release=release)
    found = verdict.verdicts(table(records), runs())
    assert [v.name for v in found] == ["z / codes", "a / one", "a / two"]


def test_records_of_other_folds_do_not_count():
    records = [*attack("mlp", 0.4), *sound_controls()]
    alone = verdict.verdicts(table([r for r in records if r.fold == 0]), runs(1))
    assert verdict.verdicts(table(records), runs(1)) == alone
    assert verdict.verdicts(table(records), {}) == []


def test_a_defense_that_failed_makes_all_its_releases_invalid():
    failed = [replace(r, release="", value=None, status="failed") for r in attack("lda", 0.1)]
    failed = [replace(r, hits="", answers="") for r in failed]
    found = verdict_of([*attack("mlp", 0.1), *failed, *sound_controls()])
    assert found.release == "codes"
    assert [objection.code for objection in found.objections] == ["attack-failed"]
    (alone,) = verdict.verdicts(table(failed), runs())
    assert (alone.release, alone.code) == ("", "invalid")


def test_a_row_holds_codes_and_a_dict_holds_texts_too():
    situation = SITUATIONS["the release is constant"]
    (found,) = verdict.verdicts(situation.table, situation.runs)
    row = found.to_row()
    assert tuple(row) == verdict.COLUMNS
    assert (row["verdict"], row["flags"]) == ("invalid", "constant")
    assert row["objections"] == "constant-codes"
    assert row["reason"] == "constant codes: there is nothing to attack"
    values = json.loads(json.dumps(found.to_dict()))
    assert values["objections"] == [{"code": "constant-codes", "text": row["reason"]}]
    assert values["flags"] == [{"code": "constant", "text": ""}]
    assert values["words"] == "invalid"


def test_csv_has_a_row_for_each_verdict_and_full_numbers():
    situation = SITUATIONS["many people are unseen"]
    found = verdict.verdicts(situation.table, situation.runs)
    (row,) = csv.DictReader(io.StringIO(verdict.to_csv(found)))
    assert tuple(row) == verdict.COLUMNS
    assert float(row["ci_low"]) == found[0].ci_low
    assert (row["verdict"], row["objections"]) == ("invalid", "people-unseen")
    situation = SITUATIONS["every attack fails"]
    (row,) = csv.DictReader(
        io.StringIO(verdict.to_csv(verdict.verdicts(situation.table, situation.runs)))
    )
    assert (row["leakage"], row["minimum_detectable"]) == ("", "")
    assert row["objections"] == "attack-failed;no-complete-attack"


def test_markdown_has_a_line_for_each_release_and_what_speaks_against_it():
    situation = SITUATIONS["a control lacks an attacker"]
    found = verdict.verdicts(situation.table, situation.runs)
    odd = replace(found[0], release="a|b")
    text = verdict.to_markdown([odd], ["one of ten is exposed"])
    lines = text.splitlines()
    assert "strongest attacker" in lines[0]
    assert lines[2].startswith("| d / a\\|b | identity | invalid | ")
    assert lines[6].startswith("- d / a|b (identity): invalid: control planted-means has no number")
    assert lines[-1] == "- one of ten is exposed"


def test_every_code_of_a_verdict_has_words():
    codes = {situation.code for situation in SITUATIONS.values()}
    assert codes == set(verdict.WORDS)
    assert verdict.verdict_words is verdict.WORDS


def blank(**changes):
    """A verdict without any number."""
    numbers = ("leakage", "ci_low", "ci_high", "chance", "label_only", "minimum_detectable")
    texts = ("target", "release", "suite", "dataset", "protocol", "settings", "plan")
    about = dict.fromkeys(numbers) | dict.fromkeys(texts, "")
    about |= {"code": "invalid", "strongest_attacker": "", "defense": "raw"}
    return verdict.Verdict(**about | {"flags": (), "objections": ()} | changes)


def test_a_line_shows_each_number_in_percent_and_a_dash_for_none():
    with_limits = {"leakage": 0.5, "ci_low": 0.25, "ci_high": 0.754, "strongest_attacker": "lda"}
    told = verdict.to_markdown([blank(**with_limits, chance=0.1, label_only=0.2, code="leaks")])
    assert "| raw |  | leaks | 50.0 [25.0, 75.4] | lda | 10.0 | 20.0 |" in told
    assert "| raw |  | invalid | – |  | – | – |" in verdict.to_markdown([blank()])
