"""Verdicts from records of known making: what leaks, what was not seen, and what proves nothing."""

import dataclasses

import numpy as np
import pytest
from privbench.bench.metrics.certify import share
from privbench.bench.runner import controls, row_text
from privbench.bench.types import Examined
from privbench.bench.verdicts import baselines, exposure, verdict
from privbench.bench.verdicts import flags as flagged

from .test_tables import record

PEOPLE, FOLDS, EACH = 10, 3, 200


def runs(unseen=0.0, twins=0.0, teams=1):
    """Three folds of 200 pictures of ten people; the task label is the team of each."""
    person, names = np.arange(EACH) % PEOPLE, tuple(f"p{i}" for i in range(PEOPLE))
    guesses = baselines.guesses(person, person % teams, np.arange(EACH))
    return {
        (0, k): Examined(
            rows=np.arange(EACH),
            source=np.arange(EACH) + k * EACH,
            person=person,
            served=person % teams,
            guesses=guesses,
            unseen=unseen,
            twins=twins,
            people=names,
            classes=tuple("abcd"[:teams]),
        )
        for k in range(FOLDS)
    }


def read(teams, p):
    """Records of an attacker that reads the team off each row with probability p, else another one."""
    found = []
    for k in range(FOLDS):
        rng, team = np.random.default_rng([7, k]), np.arange(EACH) % PEOPLE % teams
        said = np.where(rng.random(EACH) < p, team, (team + rng.integers(1, teams, EACH)) % teams)
        text = {
            "hits": row_text.write((said == team).astype(float)),
            "answers": row_text.write_classes(said),
        }
        about = {
            "role": "utility",
            "target": "expression",
            "fold": k,
            "n_test": EACH,
            "n_test_sources": EACH,
        }
        found.append(record(attacker="mlp", value=float((said == team).mean()), **about | text))
    return found


def tried(attacker, p, *, seed=0, control="", fold=None, knowable=None, **more):
    """Records of an attacker that names each row right with probability p, else answers somebody else."""
    found = []
    for k in range(FOLDS) if fold is None else (fold,):
        rng = np.random.default_rng([seed, k, len(attacker), len(control)])
        person = np.arange(EACH) % PEOPLE
        right = rng.random(EACH) < p
        said = np.where(right, person, (person + rng.integers(1, PEOPLE, EACH)) % PEOPLE)
        text = {
            "hits": row_text.write(right.astype(float)),
            "answers": row_text.write_classes(said),
        }
        base = {
            "attacker": attacker,
            "value": float(right.mean()),
            "fold": k,
            "n_test": EACH,
            "n_test_sources": EACH,
        }
        found.append(record(**base | text | {"control": control} | more))
        if knowable is not None:
            found.append(
                record(
                    **base | {"control": control, "metric": "knowable", "value": knowable} | more
                )
            )
    return found


def passed(**changes):
    """The controls as a sound bench has them."""
    p = {"planted-means": 0.9, "planted-covariances": 0.7, "permuted": 0.1} | changes
    return [
        r
        for place, name in enumerate(controls.NAMES[:3])
        for r in tried(
            "mlp",
            p[name],
            control=name,
            fold=place,
            knowable=0.95 if name in controls.POSITIVE else None,
        )
    ]


def judged(records, **about):
    (found,) = verdict.verdicts(records, runs(**about))
    return found


def test_a_leak_is_called_one_with_a_certified_limit():
    found = judged([*tried("mlp", 0.4), *tried("lda", 0.1), *passed()])
    assert (found.verdict, found.worst_attacker) == ("leaks", "mlp")
    assert 0.1 < found.ci_low < found.leakage < found.ci_high
    assert found.minimum_detectable < 0.16


def test_where_nothing_leaks_the_limits_are_quoted_and_no_word_says_private():
    found = judged([*tried("mlp", 0.1), *passed()])
    assert found.verdict == "no leak found"
    assert found.ci_high < 0.16
    text = verdict.to_markdown([found])
    assert "keyed channel" in text
    assert "private" not in text.replace("privacy", "")
    assert "safe" not in text


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ({"planted-means": 0.1}, "planted-means missed"),
        ({"planted-covariances": 0.1}, "planted-covariances missed"),
        ({"permuted": 0.5}, "negative control"),
    ],
)
def test_no_leak_found_is_impossible_where_a_control_failed(control, said):
    found = judged([*tried("mlp", 0.1), *passed(**control)])
    assert found.verdict == "invalid"
    assert said in found.reason


def test_no_leak_found_is_impossible_without_controls_and_a_leak_is_one_all_the_same():
    assert judged(tried("mlp", 0.1)).verdict == "invalid"
    assert judged(tried("mlp", 0.5)).verdict == "leaks"
    assert (
        judged([*tried("mlp", 0.5), *passed(permuted=0.5)]).verdict == "invalid"
    )  # the bench itself is broken


def test_what_the_label_tells_is_not_the_encoders_leak_where_the_codes_carry_it():
    """Four teams of ten people: their label alone is worth 40%."""
    leaks = tried("mlp", 0.3)
    assert judged([*leaks, *passed()]).verdict == "leaks"
    told = judged([*leaks, *read(4, 1.0), *passed()], teams=4)
    assert (told.verdict, told.label_only) == ("no leak found", pytest.approx(0.4))
    assert "told-by-the-task" in told.flags
    assert told.minimum_detectable > 0.4  # and not that of a release that tells no team
    assert judged([*leaks, *read(4, 0.25), *passed()], teams=4).verdict == "leaks"


def test_an_even_guess_counts_where_the_folds_make_the_frequent_rare():
    """Two people a team; who is frequent on one side is rare on the other."""
    person, served = np.array([0, 0, 1, 2, 3, 3]), np.array([0, 0, 0, 1, 1, 1])
    probe, test = np.array([0, 1, 4, 5]), np.array([2, 3])
    one = dataclasses.replace(
        runs()[0, 0],
        person=person[test],
        served=served[test],
        guesses=baselines.guesses(person, served, np.array([*probe, 2, 3])),
    )
    assert baselines.label_only({(0, 0): one}) == 0.5


def test_one_answer_for_all_is_no_leak_where_the_test_side_is_of_one():
    most = np.where(np.arange(EACH) < 180, 0, 1)
    uneven = {key: dataclasses.replace(run, person=most) for key, run in runs().items()}
    blank = {
        "answers": row_text.write_classes(np.zeros(EACH, int)),
        "hits": row_text.write((most == 0).astype(float)),
    }
    constant = [dataclasses.replace(r, **blank, value=0.9) for r in tried("mlp", 0.5)]
    (found,) = verdict.verdicts([*constant, *passed()], uneven)
    assert found.chance == 0.9
    assert found.verdict != "leaks"


def test_even_answers_about_uneven_rows_are_not_below_chance():
    most = np.where(np.arange(EACH) < 180, 0, 1)
    said = np.arange(EACH) % 2
    assert baselines.unrelated([said], [most]) == pytest.approx(0.5)


def test_a_leak_counts_whoever_finds_it_and_soundness_is_that_of_those_who_know_the_release():
    blind = [dataclasses.replace(r, threat="ignorant") for r in tried("lda", 0.4)]
    found = judged([*tried("mlp", 0.1), *blind, *passed()])
    assert (found.verdict, found.worst_attacker) == ("leaks", "lda (ignorant)")
    weak = [dataclasses.replace(r, threat="ignorant") for r in tried("lda", 0.1)]
    assert judged([*tried("mlp", 0.1), *weak, *passed()]).verdict == "no leak found"
    assert judged([*weak, *passed()]).verdict == "invalid"


def test_missing_is_not_hidden():
    whole = [*tried("mlp", 0.1), *passed()]
    failed = [
        record(attacker="lda", value=None, status="failed", reason="boom", fold=k)
        for k in range(FOLDS)
    ]
    assert "lda: boom" in judged([*whole, *failed]).reason
    assert "not in every fold: lda" in judged([*whole, *tried("lda", 0.1, fold=1)]).reason
    weak = judged([*tried("mlp", 0.1, status="weak"), *passed()])
    assert (weak.verdict, weak.flags) == ("invalid", "underfit")
    assert judged(failed).reason.startswith("failed: lda: boom")
    skipped = [
        record(attacker="cnn", value=None, status="skipped", reason="no picture", fold=k)
        for k in range(FOLDS)
    ]
    assert judged([*whole, *skipped]).verdict == "no leak found"


def test_below_chance_is_information_and_no_privacy():
    found = judged([*tried("mlp", 0.02), *tried("lda", 0.1), *passed()])
    assert found.verdict == "invalid"
    assert "mlp is significantly below chance" in found.reason


def test_unseen_people_twins_and_odd_codes_are_named():
    whole = [*tried("mlp", 0.1), *passed()]
    found = judged(whole, unseen=0.5)
    assert found.verdict == "invalid"
    assert "unseen-people" in found.flags
    assert judged(whole, twins=0.2).flags == "duplicates"
    constant = [dataclasses.replace(r, flags="constant") for r in tried("mlp", 0.1)]
    assert "constant codes" in judged([*constant, *passed()]).reason


def test_a_plain_attacker_above_all_capable_ones_is_flagged():
    assert "strong-below-weak" in judged([*tried("lda", 0.6), *tried("mlp", 0.3), *passed()]).flags
    assert (
        "strong-below-weak" not in judged([*tried("lda", 0.3), *tried("mlp", 0.3), *passed()]).flags
    )


def test_leakage_that_still_rises_with_more_pictures_is_flagged():
    full = [*tried("mlp", 0.6), *passed()]
    assert (
        "still-rising" in judged([*full, *tried("mlp", 0.3, control=controls.HALF, fold=0)]).flags
    )
    assert (
        "still-rising"
        not in judged([*full, *tried("mlp", 0.6, control=controls.HALF, fold=0)]).flags
    )


def test_an_attacker_that_misses_most_of_a_planted_leak_is_named():
    more = tried("lda", 0.12, control="planted-covariances", fold=1, knowable=0.95)
    found = judged([*tried("mlp", 0.4), *tried("lda", 0.3), *passed(), *more])
    assert "misses-planted-covariances: lda" in found.evidence


def test_false_leaks_are_rare_where_eight_attackers_know_nothing():
    alarms = 0
    for seed in range(200):
        blind = [r for i in range(8) for r in tried("a" * (i + 1), 0.1, seed=seed)]
        alarms += judged([*blind, *passed()]).verdict == "leaks"
    assert alarms <= 18  # 5% of 200, and what chance adds to it


def test_larger_is_a_paired_test_over_sources():
    rng = np.random.default_rng(0)
    noise, source = rng.normal(size=400), np.arange(400)
    assert flagged.larger(noise + 0.3, source) < 1e-4
    assert flagged.larger(noise, source) > 0.01
    assert flagged.larger(np.zeros(10), np.arange(10)) == 1
    copies = np.repeat(rng.normal(size=20), 50)  # many rows, few pictures
    assert flagged.larger(copies, np.arange(20).repeat(50)) == pytest.approx(
        flagged.larger(copies[::50], np.arange(20)), rel=1e-6
    )


def exposed(said):
    """Exposure lines of an adversary that gives these answers in every fold."""
    person = np.arange(EACH) % PEOPLE
    text = {
        "hits": row_text.write((said == person).astype(float)),
        "answers": row_text.write_classes(said),
    }
    return exposure.exposure(
        [record(attacker="mlp", fold=k, **text) for k in range(FOLDS)], runs(teams=3)
    )


def test_an_exposed_person_is_one_that_is_named_at_home_more_often_than_elsewhere():
    person, rng = np.arange(EACH) % PEOPLE, np.random.default_rng(0)
    found = exposed(np.where(person == 3, 3, rng.integers(PEOPLE, size=EACH)))
    assert found[0].name == "p3"
    assert (found[0].flag, found[0].rate) == ("exposed", 1)
    assert (found[-1].name, found[-1].rate) == (exposure.TENTH, 1)


def test_a_lucky_tenth_is_not_an_exposed_one():
    rates = [exposure.exposure(tried("mlp", 0.1, seed=s), runs())[-1].rate for s in range(60)]
    assert np.mean(rates) == pytest.approx(0.1, abs=0.02)


def test_who_always_gives_the_same_name_exposes_nobody():
    found = {line.name: line for line in exposed(np.full(EACH, 5))}
    assert found["p5"].rate == found["p5"].elsewhere == 1
    assert not any(line.flag for line in found.values())


def test_false_exposures_are_rare():
    lines = [exposure.exposure(tried("mlp", 0.1, seed=s), runs()) for s in range(100)]
    assert np.mean([any(line.flag for line in own) for own in lines]) <= 0.1


def test_a_class_that_collapses_behind_a_good_average_is_flagged():
    served = np.arange(EACH) % PEOPLE % 3
    said = np.where(served == 2, 1, served)
    text = {
        "hits": row_text.write((said == served).astype(float)),
        "answers": row_text.write_classes(said),
    }
    found = exposure.exposure(
        [record(attacker="mlp", role="utility", fold=k, **text) for k in range(FOLDS)],
        runs(teams=3),
    )
    assert {line.name: line.flag for line in found} == {"a": "", "b": "", "c": "collapsed"}


def test_hits_and_answers_survive_their_text():
    credit = np.array([0, 1, 0.5, 1 / 3, 1 / 200, 1])
    assert row_text.read(row_text.write(credit)) == pytest.approx(credit)
    classes = np.array([0, 5, 1000, 33])
    assert np.array_equal(row_text.read_classes(row_text.write_classes(classes)), classes)


def test_one_source_with_most_rows_certifies_nothing():
    """A long clip and a few short ones: whatever holds of the long one, there is no telling for people's pictures."""
    hits_of = np.concatenate([np.ones(150), np.zeros(24)])[None]
    source = np.concatenate([np.zeros(150), 1 + np.arange(24) // 4])
    assert share(hits_of[0], source, side="lower")[0] < 0.5
    even = np.arange(174)  # the control: as many hits of as many pictures
    assert share(hits_of[0], even, side="lower")[0] > 0.75


def test_frames_of_a_clip_expose_nobody_more_than_the_clip_does():
    rng = np.random.default_rng(0)
    person, clip = (
        np.arange(EACH) // 20,
        np.arange(EACH),
    )  # ten people, and rows that come in clips of twenty
    said = rng.permutation(PEOPLE)[person]
    said[person == 0] = 0  # by luck one clip is named right, in all its frames
    text = {
        "hits": row_text.write((said == person).astype(float)),
        "answers": row_text.write_classes(said),
    }
    of = lambda source: {
        key: dataclasses.replace(run, person=person, source=source) for key, run in runs().items()
    }
    records = [record(attacker="mlp", fold=k, **text) for k in range(FOLDS)]
    flags = lambda source: [
        line.name for line in exposure.exposure(records, of(source)) if line.flag == "exposed"
    ]
    assert "p0" in flags(clip)
    assert flags(clip // 20) == []


def test_a_control_that_can_test_nobody_is_failed():
    blind = [dataclasses.replace(r, value=0.1) if r.metric == "knowable" else r for r in passed()]
    assert "could test nobody" in judged([*tried("mlp", 0.1), *blind]).reason


def test_a_control_is_wanted_of_every_attacker():
    assert "no number of lda" in judged([*tried("mlp", 0.1), *tried("lda", 0.1), *passed()]).reason
