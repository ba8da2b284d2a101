"""What was predicted of each picture, once, by an attacker chosen on other pictures."""

import numpy as np
from factories import EACH, PEOPLE, PERSON, answer, runs
from privbench.bench.metrics.certify import halves
from privbench.bench.verdicts import predicted


def test_the_attacker_of_a_row_was_best_on_the_other_half():
    source = np.arange(100)
    half = halves(source, 0)
    credits = np.stack([half, ~half]).astype(float)
    predictions = np.stack([np.zeros(100, int), np.ones(100, int)])
    chosen = predicted.cross_fitted(credits, predictions, source)
    assert (chosen[half] == 1).all()
    assert (chosen[~half] == 0).all()


def test_each_picture_counts_once_with_its_most_frequent_prediction():
    """Ten clips of twenty frames, one of each person; 12 of each 20 frames are named right."""
    person = np.arange(EACH) // 20
    prediction = np.where(np.arange(EACH) % 20 < 12, person, (person + 1) % PEOPLE)
    records = {(0, 0): answer(prediction, person)}
    found = predicted.predicted_once([records], runs(1, person=person, source=person))
    assert found.truth.tolist() == list(range(PEOPLE))
    assert found.prediction.tolist() == list(range(PEOPLE))
    assert found.source.tolist() == list(range(PEOPLE))
    assert found.private
    assert found.names[3] == "p3"


def test_utility_is_predicted_of_the_task_label():
    team = PERSON % 4
    records = {(0, 0): answer(team, team, role="utility")}
    found = predicted.predicted_once([records], runs(1, teams=4))
    assert np.array_equal(found.truth, team)
    assert not found.private
    assert found.names == ("a", "b", "c", "d")


def test_a_share_of_no_rows_is_none():
    records = {(0, 0): answer(PERSON)}
    found = predicted.predicted_once([records], runs(1))
    assert found.taken_for(3, PERSON == 3) == 1
    assert found.taken_for(3, PERSON != 3) == 0
    assert found.taken_for(3, np.zeros(EACH, bool)) == 0
