"""Two attackers against their counterparts in scikit-learn: a fresh fc3 head, and nearest neighbours.

    python bench/speed/_kernels.py head WHO FILE EPOCHS        one contender, in a process of its own
    python bench/speed/_kernels.py knn FILE THREADS QUERIES

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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _tools import HERE, Options, machine, median, say, spread, table, timed

LIMIT = 60.0  # seconds that one search of all rows may take
FC3 = (256, 128)
HEADS = {
    "privbench, auto": "one thread, as in every worker of privbench",
    "privbench, fp32": "one thread",
    "scikit-learn": "its default threads: all cores",
    "scikit-learn, one thread": "one thread",
}


def heads(o: Options) -> dict[str, Any]:
    """Seconds and accuracy of a head of 256-128-10 on codes of an untrained base, same epochs and batch."""
    dataset = "synthfaces:size=64,nuisance=3,noise=0.3,renderings=" + ("5" if o.small else "49")
    n, n_test, epochs, times = (280, 60, 3, 1) if o.small else (2800, 600, 20, 3)
    runs = []
    with tempfile.TemporaryDirectory() as tmp:
        data = Path(tmp) / "codes.npz"
        d = _codes(dataset, n, n_test, data)
        for _ in range(times):
            for who in HEADS:
                runs.append({"who": who, **_worker("head", who, data, epochs)})
                say(f"{who}: {runs[-1]['seconds']:.2f} s, accuracy {runs[-1]['accuracy']:.3f}")
    return {"dataset": dataset, "n": n, "n_test": n_test, "d": d, "epochs": epochs, "runs": runs}


def _codes(dataset: str, n: int, n_test: int, path: Path) -> int:
    """Standardised codes of `random` on faces with strong pose and noise: hard enough that nobody reaches 100%."""
    from privbench import build
    from privbench.attackers._shared.vectors import Standardise
    from privbench.bench.runner import encoding

    defense, source = build("defenses", "random"), build("datasets", dataset)
    rows = source.load(None)
    order = np.random.default_rng(0).permutation(len(rows))[: n + n_test]
    train, test = order[:n], order[n:]
    encoder = defense.fit(rows.take(train), source.task, seed=0, device="cpu")
    z, y = encoding.encode(encoder, rows.x)["features"], rows.labels["identity"]
    prepare = Standardise.of(z[train])
    np.savez(path, z=prepare(z[train]), y=y[train], z_test=prepare(z[test]), y_test=y[test])
    return z.shape[1]


def heads_text(raw: dict[str, Any]) -> list[str]:
    who = list(dict.fromkeys(run["who"] for run in raw["runs"]))
    runs = {w: [run for run in raw["runs"] if run["who"] == w] for w in who}
    seconds = {w: median(run["seconds"] for run in runs[w]) for w in who}
    rows = [
        [
            f"{w} ({runs[w][0]['precision']})" if runs[w][0]["precision"] else w,
            HEADS[w],
            spread([run["seconds"] for run in runs[w]]),
            f"{100 * runs[w][0]['accuracy']:.1f}",
            f"{seconds['scikit-learn'] / seconds[w]:.2f}",
        ]
        for w in who
    ]
    return [
        f"fc3 against `MLPClassifier(hidden_layer_sizes=(256, 128), batch_size=64)` with Adam, {raw['epochs']} epochs "
        f"each, no early stopping: {raw['n']} rows of {raw['d']} standardised numbers (`random` on "
        f"`{raw['dataset']}`), 10 people, {raw['n_test']} test rows. Fit and prediction, after a warm-up; privbench's "
        "time includes standardising once more.",
        *table(["", "threads", "seconds", "accuracy, %", "times as fast as scikit-learn"], rows),
    ]


def knn(o: Options) -> dict[str, Any]:
    """Seconds of both searches, and whether they found the same rows; same threads for both."""
    n, queries, d = (2000, 200, 64) if o.small else (20_000, 2000, 512)
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 0.3, (10, d))
    draw = lambda m: (rng.standard_normal((m, d)) + centres[np.arange(m) % 10]).astype(np.float32)
    runs = []
    with tempfile.TemporaryDirectory() as tmp:
        data = Path(tmp) / "rows.npz"
        np.savez(data, rows=draw(n), queries=draw(queries))
        for threads in sorted({1, machine()["cores"]}):
            runs.append(_worker("knn", data, threads, queries))
            slowest = max(*runs[-1]["ours"], *runs[-1]["sklearn"])
            if slowest * n / queries < LIMIT:
                runs.append(_worker("knn", data, threads, n))
            say(f"{threads} threads: {runs[-1]['ours']} against {runs[-1]['sklearn']}")
    return {"n": n, "d": d, "runs": runs}


def knn_text(raw: dict[str, Any]) -> list[str]:
    rows = [
        [
            run["queries"],
            run["threads"],
            spread(run["ours"]),
            spread(run["sklearn"]),
            f"{median(run['sklearn']) / median(run['ours']):.2f}",
            f"{100 * run['equal']:.4f}",
            f"{run['apart']:.1e}",
        ]
        for run in raw["runs"]
    ]
    header = [
        "queries",
        "threads of each",
        "privbench, s",
        "scikit-learn, s",
        "times as fast",
        "equal neighbours, %",
        "largest difference of a distance",
    ]
    return [
        f"Five nearest of {raw['n']} rows of {raw['d']} float32 numbers: `attackers.knn.nearest` against "
        f"`NearestNeighbors(algorithm='brute')`. {raw['n']} queries are the rows themselves.",
        *table(header, rows),
    ]


def _worker(*arguments: object) -> dict[str, Any]:
    return json.loads(timed([sys.executable, str(HERE / "_kernels.py"), *map(str, arguments)])[1])


def _run_head(who: str, path: str, epochs: str) -> dict[str, Any]:
    """Seconds and accuracy of one contender. A short fit first: both load libraries on their first call."""
    data = np.load(path)
    z, y, z_test, y_test = (data[name] for name in ("z", "y", "z_test", "y_test"))
    precision = ""
    if who.startswith("privbench"):
        precision = _settle(who.split(", ")[1])
    if who.endswith("one thread"):
        from threadpoolctl import threadpool_limits

        threadpool_limits(1)
    predicted = _ours if precision else _sklearn
    predicted(z[:128], y[:128], z_test[:16], 1)
    started = time.perf_counter()
    answer = predicted(z, y, z_test, int(epochs))
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "accuracy": float((answer == y_test).mean()),
        "precision": precision,
    }


def _settle(precision: str) -> str:
    """Make this process what a worker of privbench is; returns the precision that it trains in."""
    from privbench.bench.runner import local, session

    request = session.Request(
        ("raw",), ("majority",), dataset="gaussian", folds=2, precision=precision
    )
    plan = session.prepare(request).plan
    local.settle(plan)
    return plan.precision


def _ours(z: np.ndarray, y: np.ndarray, z_test: np.ndarray, epochs: int) -> np.ndarray:
    from privbench import build

    fc3 = build("attackers", f"fc3:epochs={epochs}")
    return fc3.fit(z, y, source=np.arange(len(y)), seed=0, device="cpu")(z_test).argmax(1)


def _sklearn(z: np.ndarray, y: np.ndarray, z_test: np.ndarray, epochs: int) -> np.ndarray:
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


def _run_knn(path: str, threads: str, queries: str) -> dict[str, Any]:
    """Three searches of each, in turn; one if the rows themselves are the queries."""
    import torch
    from privbench.attackers.knn import nearest
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(int(threads))
    threadpool_limits(int(threads))
    data = np.load(path)
    rows, asked = data["rows"], data["queries"]
    repeats = 3
    if int(queries) != len(asked):
        asked, repeats = rows, 1
    ours = lambda: nearest(asked, rows, 5)
    theirs = lambda: NearestNeighbors(n_neighbors=5, algorithm="brute").fit(rows).kneighbors(asked)
    nearest(asked[:64], rows, 5)
    NearestNeighbors(n_neighbors=5, algorithm="brute").fit(rows).kneighbors(asked[:64])
    pairs = [(_clock(ours), _clock(theirs)) for _ in range(repeats)]
    (near, found), (near_too, found_too) = pairs[0][0][1], pairs[0][1][1]
    return {
        "threads": int(threads),
        "queries": len(asked),
        "ours": [a[0] for a, _ in pairs],
        "sklearn": [b[0] for _, b in pairs],
        "equal": float((found == found_too).mean()),
        "apart": float(np.abs(near - near_too).max()),
    }


def _clock(call: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    answer = call()
    return time.perf_counter() - started, answer


if __name__ == "__main__":
    result = {"head": _run_head, "knn": _run_knn}[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps(result) + "\n")
