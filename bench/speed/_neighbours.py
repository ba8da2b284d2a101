"""Nearest neighbours against scikit-learn's.

    python bench/speed/_neighbours.py FILE THREADS QUERIES      in a process of its own

It has a process of its own, because the number of threads belongs to the process.
"""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _tools import HERE, Options, Raw, fixed, machine, median, say, spread, table, timed

LIMIT = 60.0  # seconds that one search of all rows may take
PEOPLE = 10
NEIGHBOURS = 5
SEARCHES = 3

Search = Callable[[np.ndarray, np.ndarray], Any]


def knn(o: Options) -> Raw:
    """Seconds of both searches, and whether they gave the same rows; same threads for both."""
    n, queries, d = (2000, 200, 64) if o.small else (20_000, 2000, 512)
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 0.3, (PEOPLE, d))

    def draw(m: int) -> np.ndarray:
        noise = rng.standard_normal((m, d))
        people = np.arange(m) % PEOPLE
        rows = noise + centres[people]
        return rows.astype(np.float32)

    runs = []
    with tempfile.TemporaryDirectory() as tmp:
        data = Path(tmp) / "rows.npz"
        np.savez(data, rows=draw(n), queries=draw(queries))
        for threads in sorted({1, machine()["cores"]}):
            run = _worker(data, threads, queries)
            runs.append(run)
            slowest = max(*run["ours"], *run["sklearn"])
            if slowest * n / queries < LIMIT:
                run = _worker(data, threads, n)
                runs.append(run)
            say(f"{threads} threads: {run['ours']} against {run['sklearn']}")
    return {"n": n, "d": d, "runs": runs}


def knn_text(raw: Raw) -> list[str]:
    """The section of the part knn."""
    header = [
        "queries", "threads of each", "privbench, s", "scikit-learn, s", "times as fast",
        "equal neighbours, %", "largest difference of a distance",
    ]  # fmt: skip
    return [
        f"Five nearest of {raw['n']} rows of {raw['d']} float32 numbers: `attackers.knn.nearest`"
        f" against `NearestNeighbors(algorithm='brute')`. {raw['n']} queries are the rows"
        " themselves.",
        *table(header, [_knn_row(run) for run in raw["runs"]]),
    ]


def _knn_row(run: Raw) -> list[object]:
    ours = run["ours"]
    theirs = run["sklearn"]
    times = median(theirs) / median(ours)
    equal = 100 * run["equal"]
    return [
        run["queries"],
        run["threads"],
        spread(ours),
        spread(theirs),
        fixed(times),
        fixed(equal, 4),
        f"{run['apart']:.1e}",
    ]


def _worker(*arguments: object) -> Raw:
    """What this file, run as a script with these arguments, prints."""
    _, output = timed([sys.executable, str(HERE / "_neighbours.py"), *map(str, arguments)])
    return json.loads(output)


def _run_knn(path: str, threads: str, queries: str) -> Raw:
    """Three searches of each, in turn; one if the rows themselves are the queries."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(int(threads))
    threadpool_limits(int(threads))
    with np.load(path) as file:
        data = dict(file)
    rows = data["rows"]
    asked = data["queries"]
    repeats = SEARCHES
    if int(queries) != len(asked):
        asked = rows
        repeats = 1
    searches = {"ours": _ours, "sklearn": _sklearn}
    for search in searches.values():  # all load libraries on their first call
        search(asked[:64], rows)
    seconds: dict[str, list[float]] = {name: [] for name in searches}
    answers = {}
    for _ in range(repeats):
        for name, search in searches.items():
            took, answer = _clock(search, asked, rows)
            seconds[name].append(took)
            answers.setdefault(name, answer)
    distance, neighbour = answers["ours"]
    other_distance, other_neighbour = answers["sklearn"]
    equal = neighbour == other_neighbour
    apart = np.abs(distance - other_distance)
    return {
        "threads": int(threads),
        "queries": len(asked),
        **seconds,
        "equal": float(equal.mean()),
        "apart": float(apart.max()),
    }


def _ours(queries: np.ndarray, rows: np.ndarray) -> Any:
    """(distances, row numbers) of the nearest rows."""
    from privbench.attackers.knn import nearest

    return nearest(queries, rows, NEIGHBOURS)


def _sklearn(queries: np.ndarray, rows: np.ndarray) -> Any:
    """(distances, row numbers) of the nearest rows."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute")
    return search.fit(rows).kneighbors(queries)


def _clock(search: Search, queries: np.ndarray, rows: np.ndarray) -> tuple[float, Any]:
    """(seconds, what the search returns)."""
    started = time.perf_counter()
    answer = search(queries, rows)
    return time.perf_counter() - started, answer


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run_knn(*sys.argv[1:])) + "\n")
