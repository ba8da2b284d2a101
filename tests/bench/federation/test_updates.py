"""What attacks on the updates of a federated training find, and what they do not."""

import dataclasses

import numpy as np
import pytest
from privbench.bench import testing
from privbench.bench.federation import updates
from privbench.bench.federation.updates import Log
from privbench.bench.registry import build


@pytest.fixture(scope="module")
def toy():
    return testing.toy_sequences()


def drawn_log(apart, rounds=6, people=8, p=40, seed=0):
    """Updates around one point a person, so far apart."""
    rng = np.random.default_rng(seed)
    own = apart * rng.standard_normal((people, p))
    who, number = np.tile(np.arange(people), rounds), np.repeat(np.arange(1, rounds + 1), people)
    made = own[who] + rng.standard_normal((len(who), p))
    weights, first = np.zeros((rounds + 1, p), np.float32), np.zeros((0, 0), np.float32)
    return Log(number, who, made.astype(np.float32), weights, np.arange(people), first, 0.0)


def test_updates_that_tell_their_sender_are_found_out_and_others_are_not():
    lda = build("attackers", "lda")
    for found in updates.sender(drawn_log(3.0), lda, seed=0, device="cpu"):
        assert found.value > 0.95
        assert found.low > 0.5
    for blind in updates.sender(drawn_log(0.0), lda, seed=0, device="cpu"):
        assert blind.low <= blind.chance <= blind.high


def test_chance_is_of_those_who_were_asked():
    """People who sent nothing are no candidates; who sent more is asked more often."""
    log, lda = drawn_log(0.0, people=8), build("attackers", "lda")
    few = log.who < 4
    some = dataclasses.replace(
        log, rounds=log.rounds[few], who=log.who[few], updates=log.updates[few]
    )
    for found in updates.sender(some, lda, seed=0, device="cpu"):
        assert found.chance == 0.25
    of = np.arange(8) % 2
    once = (of[log.who] == 0) | (log.rounds == 1)
    uneven = dataclasses.replace(
        log, rounds=log.rounds[once], who=log.who[once], updates=log.updates[once]
    )
    one, every = updates.attribute(uneven, "side", of, lda, seed=0, device="cpu")
    assert one.chance == pytest.approx(12 / 14)
    assert every.chance == 0.5
    alone = log.who == 3
    only = dataclasses.replace(
        log, rounds=log.rounds[alone], who=log.who[alone], updates=log.updates[alone]
    )
    assert updates.sender(only, lda, seed=0, device="cpu") == []


def test_all_rounds_tell_more_than_one():
    log = drawn_log(0.25, rounds=40, people=8)
    one, every = updates.sender(log, build("attackers", "lda"), seed=0, device="cpu")
    assert (one.over, every.over) == (updates.ONE, updates.ALL)
    assert every.value > one.value + 0.1


def test_a_property_is_learnt_from_some_people_and_asked_of_others():
    log, of = drawn_log(0.3, people=20), np.arange(20) % 2
    log.updates[:, 0] += 6 * of[log.who]
    knn = build("attackers", "lda")
    assert min(f.value for f in updates.attribute(log, "side", of, knn, seed=0, device="cpu")) > 0.9
    for other in updates.attribute(
        drawn_log(0.3, people=20), "side", of, knn, seed=0, device="cpu"
    ):
        assert other.low < 0.65


def test_sums_of_frames_name_whoever_has_his_own_mean():
    rng = np.random.default_rng(0)
    own = rng.standard_normal((6, 10))
    log = dataclasses.replace(
        drawn_log(0.0, people=6), first=own + 0.1 * rng.standard_normal((6, 10))
    )
    assert updates.first_message(log, own, np.arange(6), seed=0).value == 1
    other = rng.standard_normal((6, 10))
    assert updates.first_message(log, other, np.arange(6), seed=0).value < 0.7
    assert updates.first_message(drawn_log(0.0), own, np.arange(6), seed=0) is None


def test_a_recording_with_rows_that_nobody_rated_is_judged_by_the_others(toy):
    log, who = drawn_log(0.0, rounds=3, people=4, p=1), toy.labels["identity"]
    unrated = np.arange(48) % 5 == 0
    losses = lambda weights, rows: np.where(
        np.isin(rows.x[:, 1, 0], toy.x[unrated][:, 1, 0]), np.nan, 1 - weights[0]
    )
    assert len(updates.membership(log, losses, toy, who, toy.source % 2 == 0, seed=0)) == 2


def test_recordings_that_were_learnt_from_are_told_by_their_loss(toy):
    log, who = drawn_log(0.0, rounds=3, people=4, p=1), toy.labels["identity"]
    member = toy.source % 2 == 0
    log.updates[:] = 1

    def losses(weights, rows):
        inside = np.isin(rows.source, toy.source[member])
        return np.where(inside, 1 - 0.5 * weights[0], 1.0)

    assert [f.value for f in updates.membership(log, losses, toy, who, member, seed=0)] == [1, 1]
    same = updates.membership(
        log, lambda weights, rows: np.ones(len(rows)), toy, who, member, seed=0
    )
    assert [f.value for f in same] == [0.5, 0.5]


def test_projected_updates_keep_their_distances():
    z = np.random.default_rng(0).standard_normal((20, 9000)).astype(np.float32)
    near = updates.projected(z, seed=0)
    assert near.shape == (20, updates.DIMENSIONS)
    pairs = np.triu_indices(20, 1)
    apart = lambda a: np.linalg.norm(a[:, None] - a[None], axis=2)[pairs]
    assert np.allclose(apart(near) / apart(z), 1, atol=0.15)
