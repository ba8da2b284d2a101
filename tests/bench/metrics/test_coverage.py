"""Whole simulated audits: folds, attackers, certificate. The limits hold as often as they say."""

import numpy as np
import pytest
from privbench.bench.metrics import classification
from privbench.bench.metrics.certify import certify
from privbench.bench.registry import build
from privbench.bench.runner import row_text

AUDITS, K, EACH, FOLDS = 200, 5, 40, 3
ATTACKERS = [
    build("attackers", f"qda:{text}")
    for text in ("pooled=1,spherical=0", "pooled=0.5,spherical=0.1")
]
ATTACKERS.append(build("attackers", "lda:shrinkage=0.5"))


def simulated(seed, delta):
    """(certificate, true accuracy of each fitted attacker on many fresh rows)."""
    rng = np.random.default_rng(seed)

    def draw(n):
        y = np.arange(n) % K
        return y, (rng.normal(size=(n, 8)) + delta * np.eye(8)[y]).astype(np.float32)

    y, z = draw(K * EACH)
    y_fresh, z_fresh = draw(4000)
    fold = rng.permutation(len(y)) % FOLDS
    credits, truth = np.zeros((len(ATTACKERS), len(y))), np.zeros(len(ATTACKERS))
    for i, attacker in enumerate(ATTACKERS):
        for k in range(FOLDS):
            train, test = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
            adversary = attacker.fit(z[train], y[train], source=train, seed=seed, device="cpu")
            credits[i, test] = row_text.read(
                row_text.write(classification.credit(y[test], adversary(z[test])))
            )
            truth[i] += classification.accuracy(y_fresh, adversary(z_fresh)) * len(test) / len(y)
    return certify(credits, np.arange(len(y)), seed=seed), truth


@pytest.mark.parametrize("delta", [0.0, 1.5])
def test_the_limits_of_whole_audits_hold_as_often_as_they_say(delta):
    found = [simulated(seed, delta) for seed in range(AUDITS)]
    low = np.mean([c.low <= truth[c.best] for c, truth in found])
    high = np.mean([c.high >= truth.max() for c, truth in found])
    assert low >= 0.93, low
    assert high >= 0.93, high
    if delta == 0:
        assert (
            np.mean([c.low > 1 / K for c, _ in found]) <= 0.08
        )  # 5%, and what chance adds in 200 audits
    else:
        assert np.mean([c.low > 1 / K for c, _ in found]) > 0.99
