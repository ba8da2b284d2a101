"""What attacks on the updates of a federated training find, and what they do not."""

import dataclasses

import numpy as np
import pytest
from privbench.bench import testing
from privbench.bench.federation import findings, updates
from privbench.bench.federation.membership import membership
from privbench.bench.registry import build
from privbench.bench.toolkit.federated_log import Log


@pytest.fixture(scope="module")
def toy():
    return testing.toy_sequences()


def drawn_log(apart, rounds=6, people=8, p=40, seed=0):
    """Updates around one point a person, so far apart."""
    rng = np.random.default_rng(seed)
    centres = apart * rng.standard_normal((people, p))
    who = np.tile(np.arange(people), rounds)
    number = np.repeat(np.arange(1, rounds + 1), people)
    made = centres[who] + rng.standard_normal((len(who), p))
    weights = np.zeros((rounds + 1, p), np.float32)
    first = np.zeros((0, 0), np.float32)
    return Log(number, who, made.astype(np.float32), weights, np.arange(people), first, 0.0)


def only(log, rows):
    """The log of these updates alone."""
    return dataclasses.replace(
        log, rounds=log.rounds[rows], who=log.who[rows], updates=log.updates[rows]
    )


def senders(log):
    lda = build("attackers", "lda")
    return updates.sender(log, lda, seed=0, device="cpu")


def sides(log, of):
    """What is inferred of an attribute, `side`, of people."""
    lda = build("attackers", "lda")
    return updates.attribute(log, "side", of, lda, seed=0, device="cpu")


def test_updates_that_tell_their_sender_are_linked_and_others_are_not():
    told = senders(drawn_log(3.0))
    assert len(told) == 2
    for finding in told:
        assert finding.value > 0.95
        assert finding.low > 0.5
    alike = senders(drawn_log(0.0))
    assert len(alike) == 2
    for finding in alike:
        assert finding.low <= finding.chance <= finding.high


def test_people_who_sent_nothing_are_no_candidates():
    log = drawn_log(0.0, people=8)
    some = senders(only(log, log.who < 4))
    assert [finding.chance for finding in some] == [0.25, 0.25]
    assert senders(only(log, log.who == 3)) == []


def test_chance_counts_a_person_who_sent_more_more_often():
    log = drawn_log(0.0, people=8)
    of = np.arange(8) % 2
    uneven = only(log, (of[log.who] == 0) | (log.rounds == 1))
    one, every = sides(uneven, of)
    assert one.chance == pytest.approx(12 / 14)
    assert every.chance == 0.5


def test_all_rounds_tell_more_than_one():
    one, every = senders(drawn_log(0.25, rounds=40, people=8))
    assert (one.over, every.over) == (findings.ONE, findings.ALL)
    assert every.value > one.value + 0.1


def test_an_attribute_is_learnt_from_some_people_and_inferred_of_others():
    log = drawn_log(0.3, people=20)
    of = np.arange(20) % 2
    blind = sides(log, of)
    assert max(finding.low for finding in blind) < 0.65
    log.updates[:, 0] += 6 * of[log.who]
    assert min(finding.value for finding in sides(log, of)) > 0.9


def test_sums_of_frames_name_a_person_who_has_a_mean_of_their_own():
    rng = np.random.default_rng(0)
    means = rng.standard_normal((6, 10))
    first = means + 0.1 * rng.standard_normal((6, 10))
    log = dataclasses.replace(drawn_log(0.0, people=6), first=first)
    people = np.arange(6)
    assert updates.first_message(log, means, people, seed=0).value == 1
    other = rng.standard_normal((6, 10))
    assert updates.first_message(log, other, people, seed=0).value < 0.7
    assert updates.first_message(drawn_log(0.0), means, people, seed=0) is None


def test_a_recording_with_rows_that_have_no_rating_is_judged_by_the_others(toy):
    log = drawn_log(0.0, rounds=3, people=4, p=1)
    unrated = toy.x[np.arange(48) % 5 == 0][:, 1, 0]

    def losses(weights, rows):
        missing = np.isin(rows.x[:, 1, 0], unrated)
        return np.where(missing, np.nan, 1 - weights[0])

    member = toy.source % 2 == 0
    assert len(membership(log, losses, toy, toy.labels["identity"], member, seed=0)) == 2


def test_recordings_that_were_learnt_from_are_told_by_their_loss(toy):
    log = drawn_log(0.0, rounds=3, people=4, p=1)
    log.updates[:] = 1
    who = toy.labels["identity"]
    member = toy.source % 2 == 0
    learnt = toy.source[member]

    def lower_on_members(weights, rows):
        inside = np.isin(rows.source, learnt)
        return np.where(inside, 1 - 0.5 * weights[0], 1.0)

    def the_same(weights, rows):
        return np.ones(len(rows))

    told = membership(log, lower_on_members, toy, who, member, seed=0)
    assert [finding.value for finding in told] == [1, 1]
    alike = membership(log, the_same, toy, who, member, seed=0)
    assert [finding.value for finding in alike] == [0.5, 0.5]


def test_projected_updates_keep_their_distances():
    z = np.random.default_rng(0).standard_normal((20, 9000)).astype(np.float32)
    near = updates.projected(z, seed=0)
    assert near.shape == (20, updates.DIMENSIONS)
    ratio = distances(near) / distances(z)
    assert np.allclose(ratio, 1, atol=0.15)


def distances(z):
    """Of each pair of rows."""
    pairs = np.triu_indices(len(z), 1)
    return np.linalg.norm(z[:, None] - z[None], axis=2)[pairs]
