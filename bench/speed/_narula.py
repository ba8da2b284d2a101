"""The five numbers of Narula et al. 2020, by plain.py and by privbench, on the same rows and folds."""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _tools import HERE, Options, code, median, privbench, records, say, shown, spread, table, timed

NUMBERS = {  # name -> (defense, role) of the fresh fc3 head that gives it
    "Face": ("face", "privacy"),
    "Emotion": ("emotion", "utility"),
    "Emotion2Face": ("emotion", "privacy"),
    "Hybrid2Emotion": ("hybrid", "utility"),
    "Hybrid2Face": ("hybrid", "privacy"),
}
FOLDS = 10


@dataclass(frozen=True)
class Budget:
    """The data and how long both sides train."""

    dataset: str = "synthfaces:size=64,renderings=44"
    epochs: int = 10
    rounds: int = 20  # the paper's T

    def arguments(self, folds: tuple[int, ...], precision: str = "auto") -> list[str]:
        """`privbench run` of the five networks and heads: Algorithm 1 as published, the plain script's budgets."""
        e = self.epochs
        hybrid = "hybrid:code=0,norm=false,confuse=negative,seek_epochs=1,anneal=false"
        return [
            "run",
            "-d",
            f"{hybrid},epochs={e},rounds={self.rounds},batch=64",
            "-d",
            f"face:epochs={e}",
            "-d",
            f"emotion:epochs={e}",
            "-a",
            f"fc3:epochs={e}",
            "--dataset",
            self.dataset,
            "--folds",
            str(FOLDS),
            *(text for k in folds for text in ("--fold", str(k))),
            "--precision",
            precision,
        ]


def budget(o: Options) -> Budget:
    return Budget("synthfaces:size=32,renderings=3", 2, 2) if o.small else Budget()


def measure(o: Options) -> dict[str, Any]:
    """Every contender in turn, `repeats` times: wall seconds and the five numbers of each fold."""
    b, runs = budget(o), []
    with tempfile.TemporaryDirectory() as tmp:
        about = export(b, o.folds, Path(tmp) / "data.npz")
        precisions = ["auto", "fp32"] if about["auto"] != "fp32" else ["auto"]
        for repeat in range(o.repeats):
            runs.append(_plain(b, o.folds, Path(tmp) / "data.npz"))
            say(f"plain: {runs[-1]['wall']:.1f} s")
            for precision in precisions:
                runs.append(_ours(b, o.folds, precision, Path(tmp) / f"{precision}-{repeat}"))
                say(f"privbench, {precision}: {runs[-1]['wall']:.1f} s")
    command = shown(b.arguments(o.folds))
    plain = f"python bench/speed/plain.py data.npz {_folds(o.folds)} --epochs {b.epochs} --rounds {b.rounds}"
    return {**about, "folds": list(o.folds), "commands": [plain, command], "runs": runs}


def export(b: Budget, folds: tuple[int, ...], path: Path) -> dict[str, Any]:
    """Write the rows, and privbench's own folds, for plain.py; returns facts of them."""
    from privbench.bench import registry
    from privbench.bench.runner.cells import fold_of
    from privbench.bench.runner.session import Request, prepare

    started = time.perf_counter()
    registry.build("datasets", b.dataset).load(None)
    drawing = time.perf_counter() - started
    session = prepare(Request(("raw",), ("majority",), dataset=b.dataset, folds=FOLDS))
    rows, fold = session.samples, np.full(len(session.samples), -1)
    for group in session.plan.groups():
        one = fold_of(group, rows)
        fold[one.test] = group.fold
        if len(np.intersect1d(one.train, one.test)) or len(one.train) + len(one.test) != len(rows):
            raise RuntimeError(
                "the plain script trains on all rows outside of the fold; privbench does not"
            )
    np.savez(
        path,
        x=rows.x,
        fold=fold,
        **{name: rows.labels[name] for name in ("expression", "identity")},
    )
    tests = [int((fold == k).sum()) for k in folds]
    return {
        "dataset": b.dataset,
        "rows": len(rows),
        "auto": session.plan.precision,
        "drawing_seconds": drawing,
        "n_test": tests,
        "n_train": [len(rows) - n for n in tests],
        "epochs": b.epochs,
        "rounds": b.rounds,
    }


def _plain(b: Budget, folds: tuple[int, ...], data: Path) -> dict[str, Any]:
    more = [*_folds(folds).split(), "--epochs", str(b.epochs), "--rounds", str(b.rounds)]
    wall, text = timed([sys.executable, str(HERE / "plain.py"), str(data), *more])
    lines = [json.loads(line) for line in text.splitlines()]
    found = {name: [line[name] for line in lines] for name in NUMBERS}
    return {
        "who": "plain",
        "wall": wall,
        "fold_seconds": [line["seconds"] for line in lines],
        "found": found,
    }


def _ours(b: Budget, folds: tuple[int, ...], precision: str, out: Path) -> dict[str, Any]:
    wall = privbench(b.arguments(folds, precision), out)
    rows = [r for r in records(out) if r.attacker == "fc3" and not r.control]
    value = {(r.defense, r.role, r.fold): r.value for r in rows}
    found = {name: [value[(*at, k)] for k in folds] for name, at in NUMBERS.items()}
    heads = {
        d: sum(r.seconds for r in rows if r.defense == d) for d in sorted({r.defense for r in rows})
    }
    used = sorted({r.precision for r in rows})
    return {
        "who": f"privbench, --precision {precision}",
        "wall": wall,
        "used": used,
        "found": found,
        "heads": heads,
    }


def text(raw: dict[str, Any]) -> list[str]:
    folds = "all ten folds" if len(raw["folds"]) == FOLDS else f"{len(raw['folds'])} of ten folds"
    lines = [
        f"{raw['rows']} pictures of `{raw['dataset']}`, {raw['epochs']} epochs, T = {raw['rounds']}; {folds} timed.",
        "Plain: one process with PyTorch's threads, 32 bits; it reads the same rows and folds from a file. privbench "
        f"also draws the pictures ({raw['drawing_seconds']:.1f} s when done alone), fits eight fc3 heads a fold where "
        "plain fits three (unasked, on the raw images, and for both labels on every release), and writes tables and "
        "plots; its time includes all that.",
        *code(*raw["commands"]),
    ]
    who = list(dict.fromkeys(run["who"] for run in raw["runs"]))
    walls = {w: [run["wall"] for run in raw["runs"] if run["who"] == w] for w in who}
    trained = sum(raw["n_train"])
    rows = [
        [
            f"{w} ({raw['auto']})" if w.endswith("auto") else w,
            spread(walls[w]),
            f"{median(walls[w]) / len(raw['folds']):.2f}",
            f"{1000 * median(walls[w]) / trained:.2f}",
            f"{median(walls['plain']) / median(walls[w]):.2f}",
        ]
        for w in who
    ]
    lines += table(
        ["", "wall, s", "s a fold", "ms a training picture", "times as fast as plain"], rows
    )
    lines += _accuracies(raw, who)
    heads = next(run["heads"] for run in raw["runs"] if run["who"].endswith("auto"))
    each = ", ".join(f"`{d}` {s:.1f} s" for d, s in heads.items())
    return [
        *lines,
        f"privbench's own seconds in fc3 heads, both roles, all folds timed: {each}.",
        "",
    ]


def _accuracies(raw: dict[str, Any], who: list[str]) -> list[str]:
    """The first repeat of each contender; differences are privbench - plain, paired over the folds."""
    found = {w: next(run["found"] for run in raw["runs"] if run["who"] == w) for w in who}
    rows = []
    for name in NUMBERS:
        cells = [name, f"{100 * np.mean(found['plain'][name]):.1f}"]
        for w in who[1:]:
            cells += [
                f"{100 * np.mean(found[w][name]):.1f}",
                _difference(found[w][name], found["plain"][name], raw),
            ]
        rows.append(cells)
    header = [
        "accuracy, %",
        "plain",
        *(text for w in who[1:] for text in (w, "difference [95%], p")),
    ]
    note = "Differences: corrected resampled t test over the folds timed; with two folds its intervals are very wide."
    remark = "Plain reads Face and Emotion off the trained network itself, privbench off a fresh head on its features."
    return [*table(header, rows), f"{note} {remark}", ""]


def _difference(a: list[float], b: list[float], raw: dict[str, Any]) -> str:
    from privbench.bench.metrics.intervals import corrected_paired

    if len(a) < 2:
        return f"{100 * (a[0] - b[0]):+z.1f}"
    mean, low, high, p = corrected_paired(a, b, raw["n_train"], raw["n_test"])
    return f"{100 * mean:+z.1f} [{100 * low:+z.1f}, {100 * high:+z.1f}], {p:.2f}"


def _folds(folds: tuple[int, ...]) -> str:
    return " ".join(f"--fold {k}" for k in folds)
