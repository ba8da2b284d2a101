"""Exposure of single people, and classes that collapse behind an average."""

import csv
import dataclasses
import io

import numpy as np
import pytest
from factories import EACH, FOLDS, PEOPLE, PERSON, answer, attack, failures, runs, table
from privbench.bench.verdicts import exposure


def lines_of(prediction, **about):
    """Exposure lines of an attacker that predicts these people in every fold."""
    records = [answer(prediction, fold=k) for k in range(FOLDS)]
    return exposure.exposure(table(records), runs(**about))


def exposed(lines):
    return [line.name for line in lines if line.flag == "exposed"]


def test_an_exposed_person_is_one_that_is_named_at_home_more_often_than_elsewhere():
    guess = np.random.default_rng(0).integers(PEOPLE, size=EACH)
    found = lines_of(np.where(PERSON == 3, 3, guess))
    assert found[0].name == "p3"
    assert (found[0].flag, found[0].rate) == ("exposed", 1)
    assert (found[-1].name, found[-1].rate) == (exposure.TENTH, 1)


def test_a_lucky_tenth_is_not_an_exposed_one():
    rates = []
    for seed in range(60):
        lines = exposure.exposure(table(attack("mlp", 0.1, seed=seed)), runs())
        rates.append(lines[-1].rate)
    assert np.mean(rates) == pytest.approx(0.1, abs=0.02)


def test_an_attacker_that_always_predicts_one_person_exposes_none():
    found = lines_of(np.full(EACH, 5))
    (fifth,) = [line for line in found if line.name == "p5"]
    assert fifth.rate == fifth.elsewhere == 1
    assert exposed(found) == []


def test_false_exposures_are_rare():
    alarms = []
    for seed in range(100):
        lines = exposure.exposure(table(attack("mlp", 0.1, seed=seed)), runs())
        alarms.append(bool(exposed(lines)))
    assert np.mean(alarms) <= 0.1


def test_a_class_that_collapses_behind_a_good_average_is_flagged():
    team = PERSON % 3
    prediction = np.where(team == 2, 1, team)
    records = [answer(prediction, team, role="utility", fold=k) for k in range(FOLDS)]
    found = exposure.exposure(table(records), runs(teams=3))
    assert {line.name: line.flag for line in found} == {"a": "", "b": "", "c": "collapsed"}
    assert exposure.sentences(found) == ["d / codes: expression collapsed for c (0%)"]


def test_frames_of_a_clip_expose_no_more_than_the_clip_does():
    """Ten people, each with one clip of twenty rows in every fold."""
    person = np.arange(EACH) // 20
    prediction = np.random.default_rng(0).permutation(PEOPLE)[person]
    prediction[person == 0] = 0  # by luck one clip is named right, in all its frames
    records = table([answer(prediction, person, fold=k) for k in range(FOLDS)])
    frame = np.arange(EACH)
    assert "p0" in exposed(exposure.exposure(records, runs(person=person, source=frame)))
    assert exposed(exposure.exposure(records, runs(person=person, source=frame // 20))) == []


def test_ignorant_attackers_and_controls_expose_none():
    informed = attack("mlp", 0.1)
    ignorant = [dataclasses.replace(r, threat="ignorant") for r in attack("lda", 0.9)]
    control = [dataclasses.replace(r, control="planted-means") for r in attack("lda", 0.9)]
    alone = exposure.exposure(table(informed), runs())
    assert exposure.exposure(table(informed, ignorant, control), runs()) == alone
    assert exposure.exposure(table(ignorant, control), runs()) == []


def test_only_attackers_with_a_number_in_every_fold_expose():
    assert exposure.exposure(table(attack("mlp", 0.9)[1:]), runs()) == []
    assert exposure.exposure(table(failures("mlp")), runs()) == []
    assert exposure.exposure(table(attack("mlp", 0.9)), runs(2)) != []


def test_a_sentence_counts_the_exposed_and_measures_the_tenth():
    (sentence,) = exposure.sentences(lines_of(PERSON))
    assert sentence.startswith("d / codes: 10 of 10 identity classes are exposed; the most exposed")
    assert "is named in 100% of its rows [" in sentence
    assert sentence.endswith("] and in 0% of the others'.")


def tenth_of(**changes):
    """The sentence on one person who is not exposed, and the tenth with these numbers."""
    (person, *_) = lines_of(np.full(EACH, 5))
    tenth = dataclasses.replace(person, name=exposure.TENTH, **changes)
    (sentence,) = exposure.sentences([person, tenth])
    return sentence.partition("; ")[2]


def test_each_private_label_has_a_sentence_of_its_own():
    """An audit of two columns once added the people of one to the classes of the other."""
    guess = np.random.default_rng(0).integers(PEOPLE, size=EACH)
    people = lines_of(np.where(PERSON == 3, 3, guess))
    others = [dataclasses.replace(line, target="gender") for line in people]
    first, second = exposure.sentences([*people, *others])
    assert f"1 of {PEOPLE} {people[0].target} classes are exposed" in first
    assert f"1 of {PEOPLE} gender classes are exposed" in second


def test_the_tenth_is_told_with_its_limits_and_with_what_it_is_elsewhere():
    told = tenth_of(rate=0.5, ci_low=0.25, ci_high=0.75, elsewhere=0.1)
    measured = "is named in 50% of its rows [25, 75] and in 10% of the others'"
    assert told == f"the most exposed tenth {measured}."
    assert "cannot be told: too few pictures" in tenth_of(rate=float("nan"))


def test_csv_has_a_row_for_each_line():
    found = lines_of(PERSON)
    rows = list(csv.DictReader(io.StringIO(exposure.to_csv(found))))
    assert [row["name"] for row in rows] == [line.name for line in found]
    assert list(rows[0]) == exposure.COLUMNS
    assert float(rows[0]["ci_low"]) == found[0].ci_low
