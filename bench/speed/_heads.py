"""A fresh fc3 head against scikit-learn's.

    python bench/speed/_heads.py CONTENDER FILE EPOCHS      one contender, in a process of its own

Each contender has its own process, because the number of threads and the precision belong to the
process.
"""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import json
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _tools import HERE, Options, Raw, fixed, median, say, spread, table, timed

FC3 = (256, 128)
HEADS = {
    "privbench, auto": "one thread, as in every worker of privbench",
    "privbench, fp32": "one thread",
    "scikit-learn": "its default threads: all cores",
    "scikit-learn, one thread": "one thread",
}


@dataclass(frozen=True)
class HeadSize:
    """Training and test rows, epochs, and how often each contender is timed."""

    renderings: int = 49
    n: int = 2800
    n_test: int = 600
    epochs: int = 20
    times: int = 3

    @property
    def dataset(self) -> str:
        """Faces with strong pose and noise."""
        return f"synthfaces:size=64,nuisance=3,noise=0.3,renderings={self.renderings}"


def heads(o: Options) -> Raw:
    """Seconds and accuracy of a head of 256-128-10 on codes of an untrained base.

    The same epochs and batch for all contenders.
    """
    size = HeadSize(5, 280, 60, 3, 1) if o.small else HeadSize()
    runs = []
    with tempfile.TemporaryDirectory() as tmp:
        data = Path(tmp) / "codes.npz"
        d = _codes(size, data)
        for _ in range(size.times):
            for contender in HEADS:
                run = _worker(contender, data, size.epochs)
                runs.append({"who": contender, **run})
                say(f"{contender}: {run['seconds']:.2f} s, accuracy {run['accuracy']:.3f}")
    return {
        "dataset": size.dataset,
        "n": size.n,
        "n_test": size.n_test,
        "d": d,
        "epochs": size.epochs,
        "runs": runs,
    }


def _codes(size: HeadSize, path: Path) -> int:
    """Write standardised codes of `random`; returns their dimensions.

    The faces are hard enough that no contender reaches 100%.
    """
    from privbench import build
    from privbench.attackers._shared.vectors import Standardise
    from privbench.bench.runner import encoding

    dataset = build("datasets", size.dataset)
    rows = dataset.load(None)
    order = np.random.default_rng(0).permutation(len(rows))
    train = order[: size.n]
    test = order[size.n : size.n + size.n_test]
    defense = build("defenses", "random")
    encoder = defense.fit(rows.take(train), dataset.task, seed=0, device="cpu")
    z = encoding.encode(encoder, rows.x)["features"]
    y = rows.labels["identity"]
    ready = Standardise.of(z[train])
    np.savez(path, z=ready(z[train]), y=y[train], z_test=ready(z[test]), y_test=y[test])
    return z.shape[1]


def heads_text(raw: Raw) -> list[str]:
    """The section of the part heads."""
    by_contender: dict[str, list[Raw]] = {}
    for run in raw["runs"]:
        by_contender.setdefault(run["who"], []).append(run)
    reference = median(run["seconds"] for run in by_contender["scikit-learn"])
    rows = []
    for contender, runs in by_contender.items():
        seconds = [run["seconds"] for run in runs]
        first = runs[0]
        precision = f" ({first['precision']})" if first["precision"] else ""
        accuracy = fixed(100 * first["accuracy"], 1)
        times = fixed(reference / median(seconds))
        name = contender + precision
        rows.append([name, HEADS[contender], spread(seconds), accuracy, times])
    header = ["", "threads", "seconds", "accuracy, %", "times as fast as scikit-learn"]
    return [
        "fc3 against `MLPClassifier(hidden_layer_sizes=(256, 128), batch_size=64)` with Adam,"
        f" {raw['epochs']} epochs each, no early stopping: {raw['n']} rows of {raw['d']}"
        f" standardised numbers (`random` on `{raw['dataset']}`), 10 people, {raw['n_test']} test"
        " rows. Fit and prediction, after a warm-up; privbench's time includes standardising once"
        " more.",
        *table(header, rows),
    ]


def _worker(*arguments: object) -> Raw:
    """What this file, run as a script with these arguments, prints."""
    _, output = timed([sys.executable, str(HERE / "_heads.py"), *map(str, arguments)])
    return json.loads(output)


def _run_head(contender: str, path: str, epochs: str) -> Raw:
    """Seconds and accuracy of one contender.

    A short fit first: all load libraries on their first call.
    """
    with np.load(path) as file:
        data = dict(file)
    precision = ""
    if contender.startswith("privbench"):
        _, _, name = contender.partition(", ")
        precision = _settle(name)
    if contender.endswith("one thread"):
        from threadpoolctl import threadpool_limits

        threadpool_limits(1)
    predict = _ours if precision else _sklearn
    predict(data["z"][:128], data["y"][:128], data["z_test"][:16], 1)
    started = time.perf_counter()
    predicted = predict(data["z"], data["y"], data["z_test"], int(epochs))
    seconds = time.perf_counter() - started
    correct = predicted == data["y_test"]
    return {"seconds": seconds, "accuracy": float(correct.mean()), "precision": precision}


def _settle(precision: str) -> str:
    """Make this process what a worker of privbench is; returns the precision that it trains in."""
    from privbench.bench.runner import session, worker

    request = session.Request(
        ("raw",), ("majority",), dataset="gaussian", folds=2, precision=precision
    )
    plan = session.prepare(request).plan
    worker.settle(plan)
    return plan.precision


def _ours(z: np.ndarray, y: np.ndarray, z_test: np.ndarray, epochs: int) -> np.ndarray:
    """(n,) the classes that fc3 predicts."""
    from privbench.bench.registry import build

    fc3 = build("attackers", f"fc3:epochs={epochs}")
    adversary = fc3.fit(z, y, source=np.arange(len(y)), seed=0, device="cpu")
    return adversary(z_test).argmax(1)


def _sklearn(z: np.ndarray, y: np.ndarray, z_test: np.ndarray, epochs: int) -> np.ndarray:
    """(n,) the classes that scikit-learn's network predicts."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore", ConvergenceWarning)  # the epochs are given, not chosen
    make: Any = MLPClassifier  # scikit-learn's stubs know no whole number as batch_size
    net = make(
        FC3,
        batch_size=64,
        max_iter=epochs,
        solver="adam",
        learning_rate_init=1e-3,
        alpha=0.0,
        early_stopping=False,
        tol=0.0,
        n_iter_no_change=epochs,
        random_state=0,
    )
    return net.fit(z, y).predict(z_test)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run_head(*sys.argv[1:])) + "\n")
