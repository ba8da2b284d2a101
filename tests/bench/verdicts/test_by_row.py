"""What one attacker did on the test rows of several folds."""

import dataclasses

import numpy as np
import pytest
from factories import EACH, FOLDS, PERSON, attack, failures, runs, table
from privbench.bench.runner import row_text
from privbench.bench.verdicts import by_row


def test_credits_and_predictions_of_folds_follow_each_other():
    by_run = {r.run: r for r in attack("mlp", 0.4)}
    folds = sorted(by_run)
    predictions = by_row.predictions(by_run, folds)
    right = predictions == np.tile(PERSON, FOLDS)
    assert np.array_equal(by_row.credits(by_run, folds), right.astype(float))
    assert np.array_equal(by_row.predictions(by_run, folds[1:2]), predictions[EACH : 2 * EACH])
    assert len(by_row.sources(runs(), [])) == 0


def test_a_tie_is_worth_its_share():
    (first, *_) = attack("mlp", 0.4)
    credits = np.array([0, 1, 0.5, 1 / 3, 1 / 200, 1])
    tied = dataclasses.replace(first, hits=row_text.write(credits))
    assert by_row.credits({first.run: tied}, [first.run]) == pytest.approx(credits)


def test_predictions_are_those_of_real_attackers_with_numbers():
    known = attack("mlp", 0.4)
    majority = attack("majority", 0.4)
    unknown = [dataclasses.replace(r, attacker="lda", answers="") for r in known]
    other = [dataclasses.replace(r, attacker="knn", metric="macro_f1") for r in known]
    records = table(known, majority, unknown, other, failures("svm"))
    assert list(by_row.with_predictions(records)) == known
