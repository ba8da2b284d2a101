import numpy as np
import pytest
from privbench.bench.checks import InputError
from privbench.bench.metrics import verification
from privbench.bench.metrics.pairs import CHUNK, cosine_pairs, null
from sklearn.metrics.pairwise import cosine_similarity


def codes(people, rows, spread=1.0, d=5, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, spread, (people, 1, d)) + rng.normal(size=(people, rows, d))
    order = rng.permutation(people * rows)
    return z.reshape(-1, d)[order], np.repeat(np.arange(people), rows)[order]


def test_all_pairs_agree_with_scikit_learn():
    z, who = codes(7, 4)
    pairs = cosine_pairs(z, who, seed=0)
    assert (pairs.mated == (pairs.people_a == pairs.people_b)).all()
    i, j = np.triu_indices(len(z), 1)
    expected = cosine_similarity(z)[i, j]
    for same in (True, False):
        found, wanted = pairs.scores[pairs.mated == same], expected[(who[i] == who[j]) == same]
        assert np.sort(found) == pytest.approx(np.sort(wanted))


def test_shapes_types_and_names():
    z, who = codes(4, 3, d=12)
    names = np.array(["ann", "bob", "cy", "di"])[who]
    pairs = cosine_pairs(z.reshape(-1, 3, 2, 2).astype(np.float32), names, seed=0)
    assert pairs.scores == pytest.approx(cosine_pairs(z, who, seed=0).scores, abs=1e-6)
    assert set(pairs.people_a) | set(pairs.people_b) == set(names)


def test_scale_of_a_row_and_zeros():
    z, who = codes(4, 3)
    scale = np.logspace(-200, 200, len(z))[:, None]
    assert cosine_pairs(z * scale, who, seed=0).scores == pytest.approx(
        cosine_pairs(z, who, seed=0).scores
    )
    assert (cosine_pairs(z * 0, who, seed=0).scores == 0).all()


def test_copies_of_one_source_are_no_pair():
    z, who = codes(5, 3)
    source = np.arange(15)
    copied = cosine_pairs(z.repeat(2, axis=0), who.repeat(2), seed=0, source=source.repeat(2))
    assert copied.mated.sum() == 5 * 3 * 4  # 3 pairs of sources a person, in 2 x 2 copies
    assert copied.scores.max() < 1 - 1e-6
    assert cosine_pairs(z.repeat(2, axis=0), who.repeat(2), seed=0).scores.max() == pytest.approx(1)


def test_sampled_pairs_are_distinct_and_fair():
    z, who = codes(30, 10, d=3)
    everything = cosine_pairs(z, who, seed=0)
    some = cosine_pairs(z, who, seed=1, cap=1000)
    assert (some.mated.sum(), (~some.mated).sum()) == (1000, 1000)
    for same in (True, False):
        full, part = everything.scores[everything.mated == same], some.scores[some.mated == same]
        assert len(np.unique(part)) == len(part)
        assert np.isin(part.round(9), full.round(9)).all()
        assert part.mean() == pytest.approx(full.mean(), abs=4 * full.std() / 1000**0.5)
    assert (cosine_pairs(z, who, seed=1, cap=1000).scores == some.scores).all()
    assert (cosine_pairs(z, who, seed=2, cap=1000).scores != some.scores).any()


def test_many_rows_need_no_matrix_of_them():
    z, who = codes(300, 200, d=2)  # 1.8e9 pairs
    pairs = cosine_pairs(z, who, seed=0, cap=500)
    assert pairs.mated.sum() == 500
    assert len(pairs.scores) == 1000


def test_blocks_do_not_show(monkeypatch):
    z, who = codes(6, 4)
    whole = cosine_pairs(z, who, seed=0).scores
    assert len(whole) * 5 < CHUNK
    monkeypatch.setattr("privbench.bench.metrics.pairs.CHUNK", 35)
    assert (cosine_pairs(z, who, seed=0).scores == whole).all()


def test_null_is_the_bias_and_real_leaks_stand_out():
    z, who = codes(8, 5)
    pairs = cosine_pairs(z, who, seed=0)
    for name in ("d_sys", "auc"):
        value, without = (
            verification.MEASURES[name](pairs.scores, pairs.mated),
            null(z, who, name, seed=0, repeats=40),
        )
        assert value > without.max()
        assert without.mean() == pytest.approx({"d_sys": 0.09, "auc": 0.5}[name], abs=0.04)
    assert (null(z, who, "auc", seed=0, repeats=3) == null(z, who, "auc", seed=0, repeats=3)).all()


def test_null_is_a_test_of_its_level():
    rejected = 0
    for seed in range(60):
        z, who = codes(6, 4, spread=0, d=3, seed=seed)
        z += 2  # a mean that all share makes pairs dependent
        pairs = cosine_pairs(z, who, seed=0)
        values = null(z, who, "d_sys_held_out", seed=seed, repeats=19)
        rejected += (
            values >= verification.d_sys_held_out(pairs.scores, pairs.mated)
        ).sum() + 1 <= 2  # p <= 0.1
    assert 1 <= rejected <= 13


def test_null_keeps_copies_with_their_source():
    z, who = codes(6, 3, spread=0)
    source = np.arange(18).repeat(4)
    values = null(z.repeat(4, axis=0), who.repeat(4), "auc", seed=0, source=source, repeats=30)
    assert values.mean() == pytest.approx(0.5, abs=0.05)


def test_refusals():
    z, who = codes(3, 2)
    with pytest.raises(InputError, match="NaN or infinity in 1 of 6 rows, first row 2"):
        cosine_pairs(np.where(np.arange(6)[:, None] == 2, np.nan, z), who, seed=0)
    with pytest.raises(InputError, match="shapes"):
        cosine_pairs(z, who[1:], seed=0)
    with pytest.raises(InputError, match="shapes"):
        cosine_pairs(z[:0], who[:0], seed=0)
    with pytest.raises(InputError, match="0 mated and 15 non-mated"):
        cosine_pairs(z, np.arange(6), seed=0)
    with pytest.raises(InputError, match="15 mated and 0 non-mated"):
        cosine_pairs(z, np.zeros(6, int), seed=0)
    with pytest.raises(InputError, match="0 mated"):
        cosine_pairs(z, who, seed=0, source=who)
    with pytest.raises(InputError, match="two persons in source"):
        cosine_pairs(z, who, seed=0, source=np.zeros(6, int))
    with pytest.raises(InputError, match="did you mean 'eer'"):
        null(z, who, "err", seed=0)
