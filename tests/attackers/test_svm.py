"""The support vector machine against scikit-learn's, and its two machines against each other."""

import numpy as np
from attacks import accuracy, by_means, fitted, in_order
from privbench.attackers import svm


def test_the_exact_machine_is_that_of_scikit_learn():
    from sklearn.svm import SVC

    z, y = by_means()
    ours = fitted("svm:c=10,gamma=1", z[:200], y[:200])
    ready = ours.prepare(z)
    squares = np.square(ready[:200]).sum(1)
    theirs = SVC(C=10, gamma=1 / squares.mean()).fit(ready[:200], y[:200])
    assert np.allclose(ours(z[200:]), theirs.decision_function(ready[200:]), atol=1e-2)


def test_landmarks_at_every_row_lose_nothing_of_the_kernel():
    z, y = by_means(n=80)
    z[60:] = z[:20]  # copies: a singular kernel
    machine = svm.Svm()._sketched(0.05, 10.0, z, y, seed=0)
    features = machine.features(z)
    assert np.allclose(features @ features.T, svm.gaussian(z, z, 0.05), atol=1e-5)


def test_both_machines_find_much_the_same():
    z, y = by_means(n=1200, k=10, d=30)
    codes = in_order(z, y)
    few = accuracy("svm", codes)
    many = accuracy("svm:rows=599,landmarks=300", codes)
    assert abs(few - many) < 0.05
    exact = fitted("svm", z[:600], y[:600]).rule.model
    at_the_limit = fitted("svm:rows=600", z[:600], y[:600]).rule.model
    assert isinstance(exact, type(at_the_limit))


def test_a_machine_that_was_stopped_says_so():
    z, y = by_means()
    note = fitted("svm:iterations=2", z, y).note
    assert note.code == "not-converged"
    assert "did not converge in 2 " in note.text
    assert fitted("svm", z, y).note is None
