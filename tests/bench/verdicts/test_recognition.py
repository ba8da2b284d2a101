"""Linkability: how well pairs of codes of unseen people are told apart."""

import pytest
from factories import pairs, record, table
from privbench.bench.verdicts.recognition import recognition


def test_the_auc_of_folds_has_a_corrected_interval():
    found = recognition(table(pairs(0.8)), 0.95)
    assert found.attacker == "verification"
    assert found.auc == pytest.approx(0.81)
    assert found.low < 0.81 < found.high
    assert found.means["eer"] == (pytest.approx(0.2), 0.5)


def test_a_single_fold_has_its_bootstrap():
    ends = {"auc": 0.8, "auc_low": 0.7, "auc_high": 0.85}
    records = [record(metric=name, value=value, chance=0.5) for name, value in ends.items()]
    found = recognition(table(records), 0.95)
    assert (found.auc, found.low, found.high) == (0.8, 0.7, 0.85)
    alone = recognition(table(records[:1]), 0.95)
    assert (alone.low, alone.high) == (0, 1)


def test_without_pairs_there_is_none():
    assert recognition(table(record()), 0.95) is None
    assert recognition(table(record(metric="auc", value=None, status="failed")), 0.95) is None


def test_a_sentence_has_each_measure_beside_what_it_is_where_nothing_leaks():
    sentence = recognition(table(pairs(0.8)), 0.95).sentence
    assert sentence.startswith("pairs of unseen people, by verification: ")
    assert "eer 0.200 (blind 0.500)" in sentence
    assert "auc 0.810 (blind 0.500)" in sentence
