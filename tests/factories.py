"""Builders of records and of test rows whose making is known, for tests of what is made of them.

Ten people have twenty pictures each in every fold; the task label, where there is one, is the team
of a person.
"""

import numpy as np
from privbench.bench.records import Record, RecordTable
from privbench.bench.runner import controls, row_text
from privbench.bench.verdicts import baselines
from privbench.bench.verdicts.test_rows import TestRows

PEOPLE = 10
FOLDS = 3
EACH = 200  # test rows of a fold
PERSON = np.arange(EACH) % PEOPLE


def record(**changes):
    """A record of the private label, or of the label that a release serves: `role="utility"`."""
    utility = changes.get("role") == "utility"
    values = {
        "dataset": "toy",
        "protocol": "closed-set",
        "defense": "d",
        "settings": "",
        "release": "codes",
        "attacker": "a",
        "attacker_settings": "",
        "role": "privacy",
        "target": "expression" if utility else "identity",
        "metric": "accuracy",
        "value": 0.5,
        "chance": 0.1,
        "fold": 0,
        "seed": 0,
        "n_train": 90,
        "n_test": 10,
        "n_train_sources": 90,
        "n_test_sources": 10,
        "code_dim": 2,
        "seconds": 0.0,
    }
    return Record(**values | changes)


def table(*records):
    """A RecordTable of records, or of lists of them."""
    flat = []
    for part in records:
        flat += [part] if isinstance(part, Record) else part
    return RecordTable.of(flat)


def rows(fold=0, *, person=PERSON, teams=1, **changes):
    """The test rows of one fold; teams: how many classes the task label has."""
    served = person % teams
    numbers = np.arange(len(person))
    values = {
        "rows": numbers,
        "source": numbers + fold * len(person),
        "person": person,
        "served": served,
        "by_label": baselines.label_scores(person, served, numbers),
        "unseen": 0.0,
        "twins": 0.0,
        "people": tuple(f"p{i}" for i in range(PEOPLE)),
        "classes": tuple("abcd"[:teams]),
    }
    return TestRows(**values | changes)


def runs(folds=FOLDS, **about):
    """{(seed, fold): the test rows} of so many folds."""
    return {(0, k): rows(k, **about) for k in range(folds)}


def row_texts(prediction, truth):
    """The fields of a record that say what happened on each test row (n,)."""
    credit = (prediction == truth).astype(float)
    return {
        "hits": row_text.write(credit),
        "answers": row_text.write_classes(prediction),
        "value": float(credit.mean()),
        "n_test": len(truth),
        "n_test_sources": len(truth),
    }


def answer(prediction, truth=PERSON, **changes):
    """A record of an attacker that predicts these classes (n,) of the test rows."""
    return record(**{"attacker": "mlp"} | row_texts(prediction, truth) | changes)


def attack(
    attacker, accuracy, *, seed=0, control="", fold=None, knowable=None, person=PERSON, **changes
):
    """Records of an attacker that names a row right with this probability, else another person.

    fold: one fold alone. knowable: the accuracy of the best attacker there is, of a control.
    person: (n,) of the test rows.
    """
    found = []
    for k in range(FOLDS) if fold is None else (fold,):
        rng = np.random.default_rng([seed, k, len(attacker), len(control)])
        right = rng.random(len(person)) < accuracy
        other = (person + rng.integers(1, PEOPLE, len(person))) % PEOPLE
        about = {"attacker": attacker, "fold": k, "control": control} | changes
        found.append(answer(np.where(right, person, other), person, **about))
        if knowable is not None:
            bound = {"metric": "knowable", "value": knowable}
            found.append(record(**about | bound))
    return found


def task_attack(teams, accuracy):
    """Records of a utility attacker that reads the team right with this probability."""
    found = []
    for k in range(FOLDS):
        rng = np.random.default_rng([7, k])
        team = PERSON % teams
        other = (team + rng.integers(1, teams, EACH)) % teams
        prediction = np.where(rng.random(EACH) < accuracy, team, other)
        found.append(answer(prediction, team, role="utility", fold=k))
    return found


def failures(attacker, *, status="failed", **changes):
    """Records of an attacker that has no number in any fold."""
    values = {"attacker": attacker, "value": None, "status": status} | changes
    return [record(fold=k, **values) for k in range(FOLDS)]


def sound_controls(attacker="mlp", *, person=PERSON, **changes):
    """The controls as a sound bench has them, one in each fold; changes: other accuracies."""
    accuracy = {"planted-means": 0.9, "planted-covariances": 0.7, "permuted": 0.1} | changes
    found = []
    for place, name in enumerate(controls.NAMES[:3]):
        knowable = 0.95 if name in controls.POSITIVE else None
        about = {"control": name, "fold": place, "knowable": knowable, "person": person}
        found += attack(attacker, accuracy[name], **about)
    return found


def pairs(auc, **changes):
    """Records of a sound attacker that finds no names and tells pairs of people with this AUC."""
    found = attack("verification", 0.1) + sound_controls("verification")
    for k in range(FOLDS):
        about = {"attacker": "verification", "fold": k, "chance": 0.5} | changes
        found.append(record(metric="auc", value=auc + 0.01 * k, **about))
        found.append(record(metric="eer", value=1 - auc, **about))
    return found


def release(defense, leakage, utility, *, attackers=("weak", "strong"), folds=5):
    """Records of a release and two attackers: the first finds no more than chance, and serves best.

    Means are off by some hundredths, other ones in each fold.
    """
    rng = np.random.default_rng(0)
    weak, strong = attackers
    means = {
        (weak, "privacy"): 0.1,
        (strong, "privacy"): leakage,
        (weak, "utility"): utility,
        (strong, "utility"): utility - 0.1,
    }
    made = []
    for fold in range(folds):
        for (attacker, role), mean in means.items():
            value = float(np.clip(mean + 0.02 * rng.normal(), 0, 1))
            about = {"defense": defense, "attacker": attacker, "role": role, "fold": fold}
            made.append(record(value=value, cell=f"{attacker}{fold}", **about))
    return made


PICTURES = 40  # independent test pictures of a fold of `section`


def picture(**changes):
    """A record of a fold with so many test pictures, and nine times as many to learn from."""
    train, test = 9 * PICTURES, PICTURES
    sizes = {"n_train": train, "n_test": test, "n_train_sources": train, "n_test_sources": test}
    return record(**sizes | changes)


def section(means, *, seed=0, folds=10, spread=0.1, attackers=2, **changes):
    """Records of releases {defense: (leakage, utility)}, which share how hard each fold is.

    Hits are binomial; on half of the pictures the attackers of one release go right and wrong
    together.
    """
    rng = np.random.default_rng(seed)
    hard = spread * rng.normal(size=folds)
    made = []
    for defense, (leakage, utility) in means.items():
        for fold in range(folds):
            for role, mean in (("privacy", leakage), ("utility", utility)):
                p = np.clip(mean + hard[fold], 0.02, 0.98)
                half = rng.binomial(PICTURES // 2, p)
                hits = half + rng.binomial(PICTURES // 2, p, size=attackers)
                for i, h in enumerate(hits):
                    about = {"defense": defense, "attacker": f"a{i}", "role": role, "fold": fold}
                    about["cell"] = f"{defense} a{i} {fold}"
                    made.append(picture(value=h / PICTURES, **about | changes))
    return made
