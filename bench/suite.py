"""The standard attack suite: one fixed, versioned list of attackers that everybody runs.

`--attacker standard` is the newest version, `--attacker standard-1` that one. Any change of a
member, of a default or of what a member does is a new version: numbers of two versions are not the
same measurement. A release is only as well hidden as the best of these says; what none of them can
find (a keyed channel, say) no suite excludes.
"""

from __future__ import annotations

from collections.abc import Iterable

VERSION = "standard-1"

# Every kind of trace has somebody who looks for it: class means (lda, linear), those in a few of
# many columns (sparse-lda), covariances (qda), distances (knn), smooth and stepwise boundaries
# (svm, boosting), learnt features (mlp, fc3), pictures (cnn).
SUITES = {
    VERSION: ("lda", "sparse-lda", "linear", "qda", "knn", "svm", "boosting", "mlp", "fc3", "cnn")
}
PAIRS = ("verification",)  # beside them under open-set: pairs of unseen people


def members(spec: str, protocol: str) -> tuple[str, ...]:
    """The attackers that a SPEC of `--attacker` stands for: those of a suite, or itself."""
    name = VERSION if spec.strip() == "standard" else spec.strip()
    if name not in SUITES:
        return (spec,)
    return SUITES[name] + (PAIRS if protocol == "open-set" else ())


def version_of(spec: str) -> str:
    """The newest suite that has this attacker with these settings (canonical SPEC), or nothing."""
    return next((name for name in reversed(SUITES) if spec in SUITES[name] + PAIRS), "")


def complete(specs: Iterable[str]) -> str:
    """The newest suite all of whose members are among these attackers, or nothing."""
    found = set(specs)
    return next((name for name in reversed(SUITES) if found.issuperset(SUITES[name])), "")
