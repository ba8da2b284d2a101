import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.metrics import pairs as metric
from privbench.bench.metrics import verification
from privbench.bench.metrics.bootstrap import bootstrap
from privbench.bench.metrics.pairs import CHUNK, cosine_pairs, measured, null
from privbench.bench.metrics.scored_pairs import Pairs
from sklearn.metrics.pairwise import cosine_similarity


def codes(people, rows, spread=1.0, d=5, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, spread, (people, 1, d)) + rng.normal(size=(people, rows, d))
    order = rng.permutation(people * rows)
    return z.reshape(-1, d)[order], np.repeat(np.arange(people), rows)[order]


def test_all_pairs_agree_with_scikit_learn():
    z, people = codes(7, 4)
    pairs = cosine_pairs(z, people, seed=0)
    assert (pairs.mated == (pairs.people_a == pairs.people_b)).all()
    i, j = np.triu_indices(len(z), 1)
    expected = cosine_similarity(z)[i, j]
    for same in (True, False):
        found = pairs.scores[pairs.mated == same]
        wanted = expected[(people[i] == people[j]) == same]
        assert np.sort(found) == pytest.approx(np.sort(wanted))


def test_shapes_types_and_names():
    z, people = codes(4, 3, d=12)
    names = np.array(["ann", "bob", "cy", "di"])[people]
    pairs = cosine_pairs(z.reshape(-1, 3, 2, 2).astype(np.float32), names, seed=0)
    assert pairs.scores == pytest.approx(cosine_pairs(z, people, seed=0).scores, abs=1e-6)
    assert set(pairs.people_a) | set(pairs.people_b) == set(names)


def test_scale_of_a_row_and_zeros():
    z, people = codes(4, 3)
    scale = np.logspace(-200, 200, len(z))[:, None]
    assert cosine_pairs(z * scale, people, seed=0).scores == pytest.approx(
        cosine_pairs(z, people, seed=0).scores
    )
    assert (cosine_pairs(z * 0, people, seed=0).scores == 0).all()


def test_copies_of_one_source_are_no_pair():
    z, people = codes(5, 3)
    source = np.arange(15)
    copied = cosine_pairs(z.repeat(2, axis=0), people.repeat(2), seed=0, source=source.repeat(2))
    assert copied.mated.sum() == 5 * 3 * 4  # 3 pairs of sources a person, in 2 x 2 copies
    assert copied.scores.max() < 1 - 1e-6
    assert cosine_pairs(
        z.repeat(2, axis=0), people.repeat(2), seed=0
    ).scores.max() == pytest.approx(1)


def test_sampled_pairs_are_distinct_and_fair():
    z, people = codes(30, 10, d=3)
    everything = cosine_pairs(z, people, seed=0)
    some = cosine_pairs(z, people, seed=1, cap=1000)
    assert (some.mated.sum(), (~some.mated).sum()) == (1000, 1000)
    for same in (True, False):
        full, part = everything.scores[everything.mated == same], some.scores[some.mated == same]
        assert len(np.unique(part)) == len(part)
        assert np.isin(part.round(9), full.round(9)).all()
        assert part.mean() == pytest.approx(full.mean(), abs=4 * full.std() / 1000**0.5)
    assert (cosine_pairs(z, people, seed=1, cap=1000).scores == some.scores).all()
    assert (cosine_pairs(z, people, seed=2, cap=1000).scores != some.scores).any()


def test_many_rows_need_no_matrix_of_them():
    z, people = codes(300, 200, d=2)  # 1.8e9 pairs
    pairs = cosine_pairs(z, people, seed=0, cap=500)
    assert pairs.mated.sum() == 500
    assert len(pairs.scores) == 1000


def test_blocks_do_not_show(monkeypatch):
    z, people = codes(6, 4)
    peoplele = cosine_pairs(z, people, seed=0).scores
    assert len(peoplele) * 5 < CHUNK
    monkeypatch.setattr("privbench.bench.metrics.pairs.CHUNK", 35)
    assert (cosine_pairs(z, people, seed=0).scores == peoplele).all()


def test_null_is_the_bias_and_real_leaks_stand_out():
    z, people = codes(8, 5)
    pairs = cosine_pairs(z, people, seed=0)
    for name in ("d_sys", "auc"):
        value, without = (
            verification.MEASURES[name](pairs.scores, pairs.mated),
            null(z, people, name, seed=0, repeats=40),
        )
        assert value > without.max()
        assert without.mean() == pytest.approx({"d_sys": 0.09, "auc": 0.5}[name], abs=0.04)
    assert (
        null(z, people, "auc", seed=0, repeats=3) == null(z, people, "auc", seed=0, repeats=3)
    ).all()


def test_null_keeps_copies_with_their_source():
    z, people = codes(6, 3, spread=0)
    source = np.arange(18).repeat(4)
    values = null(z.repeat(4, axis=0), people.repeat(4), "auc", seed=0, source=source, repeats=30)
    assert values.mean() == pytest.approx(0.5, abs=0.05)


def distance(a, b):
    return -np.linalg.norm(a - b, axis=1)


def every_pair(z, people):
    i, j = np.triu_indices(len(z), 1)
    return Pairs(people[i], people[j], distance(z[i], z[j]), people[i] == people[j])


def test_any_similarity_is_measured_on_all_pairs_beside_its_blind_values():
    z, people = codes(6, 5)
    found = measured(z, people, distance, seed=3, source=np.arange(30))
    pairs = every_pair(z, people)
    others = (~pairs.mated).sum()
    assert 100 < others < 1000  # enough for 1%, too few for 0.1%
    names = set(verification.MEASURES) - {"tpr@0.1%"}
    assert set(found) == names | {"auc_low", "auc_high"}
    for name in names:
        value, blind = found[name]
        expected = verification.MEASURES[name](pairs.scores, pairs.mated)
        assert value == pytest.approx(expected, abs=1e-12), name
        if name != "d_sys":
            assert blind == verification.BLIND[name], name
    low, high = found["auc_low"][0], found["auc_high"][0]
    assert low < found["auc"][0] < high
    a, b, mated = metric.drawn(30, people, seed=3)
    same = Pairs(people[a], people[b], distance(z[a], z[b]), mated)
    assert bootstrap(same, "auc", seed=3, repeats=200)[1:] == (low, high)
    assert found["auc_low"][1] == found["auc_high"][1] == 0.5


def test_the_blind_linkability_is_the_mean_over_deals_of_the_people():
    z, people = codes(5, 4)
    blind = measured(z, people, distance, seed=2, source=np.arange(20))["d_sys"][1]
    a, b, _ = metric.drawn(20, people, seed=2)
    rng, values = np.random.default_rng(2), []
    for _ in range(20):
        dealt = rng.permutation(people)
        values.append(verification.d_sys(distance(z[a], z[b]), dealt[a] == dealt[b]))
    assert blind == pytest.approx(np.mean(values), abs=1e-12)
    assert blind > 0


def test_four_people_have_no_limits_and_few_pairs_no_low_rates():
    z, people = codes(4, 3)
    found = measured(z, people, distance, seed=0, source=np.arange(12))
    assert set(found) == {"eer", "auc", "d_sys", "d_sys_held_out", "zebra"}


def test_a_deal_that_leaves_one_class_counts_nowhere():
    """Two rows of one person, one of another, two of three pairs: some deals have none alike."""
    z, people = np.array([[0.0], [1], [3]]), np.array([0, 0, 1])
    a, b, _ = metric.drawn(3, people, seed=0, cap=1)
    rng, values = np.random.default_rng(0), []
    for _ in range(20):
        dealt = rng.permutation(people)
        same = dealt[a] == dealt[b]
        values += [verification.d_sys(distance(z[a], z[b]), same)] if same.any() else []
    assert 0 < len(values) < 20
    found = measured(z, people, distance, seed=0, source=np.arange(3), cap=1)
    assert found["d_sys"][1] == np.mean(values) == 1


def test_as_many_pairs_as_the_cap_are_all_taken():
    z, people = codes(4, 3)  # 12 mated pairs and 54 others
    assert len(cosine_pairs(z, people, seed=0, cap=54).scores) == 66
    assert len(cosine_pairs(z, people, seed=0, cap=53).scores) == 65
    with pytest.raises(InputError, match="cap"):
        cosine_pairs(z, people, seed=0, cap=0)


def test_refusals():
    z, people = codes(3, 2)
    with pytest.raises(InputError, match="NaN or infinity in 1 of 6 rows, first row 2"):
        cosine_pairs(np.where(np.arange(6)[:, None] == 2, np.nan, z), people, seed=0)
    with pytest.raises(InputError, match="shapes"):
        cosine_pairs(z, people[1:], seed=0)
    with pytest.raises(InputError, match="shapes"):
        cosine_pairs(z[:0], people[:0], seed=0)
    with pytest.raises(InputError, match="0 mated and 15 non-mated"):
        cosine_pairs(z, np.arange(6), seed=0)
    with pytest.raises(InputError, match="15 mated and 0 non-mated"):
        cosine_pairs(z, np.zeros(6, int), seed=0)
    with pytest.raises(InputError, match="0 mated"):
        cosine_pairs(z, people, seed=0, source=people)
    with pytest.raises(InputError, match="two persons in source"):
        cosine_pairs(z, people, seed=0, source=np.zeros(6, int))
    with pytest.raises(InputError, match="did you mean 'eer'"):
        null(z, people, "err", seed=0)
    with pytest.raises(InputError, match="repeats"):
        null(z, people, "eer", seed=0, repeats=0)
    assert null(z, people, "eer", seed=0, repeats=1).shape == (1,)
    with pytest.raises(InputError, match="shapes"):
        cosine_pairs(z[:, 0], people, seed=0)


def test_null_is_a_test_of_its_level():
    rejected = 0
    for seed in range(60):
        z, people = codes(6, 4, spread=0, d=3, seed=seed)
        z += 2  # a mean that all share makes pairs dependent
        pairs = cosine_pairs(z, people, seed=0)
        values = null(z, people, "d_sys_held_out", seed=seed, repeats=19)
        rejected += (
            values >= verification.d_sys_held_out(pairs.scores, pairs.mated)
        ).sum() + 1 <= 2  # p <= 0.1
    assert 1 <= rejected <= 13
