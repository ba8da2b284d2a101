"""The five numbers of Narula et al. 2020, by plain.py and by privbench, on the same rows."""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _tools import (
    HERE,
    Options,
    Raw,
    code,
    fixed,
    median,
    privbench,
    records,
    say,
    shown,
    spread,
    table,
    timed,
)

NUMBERS = {  # name -> (defense, role) of the fresh fc3 head that gives it
    "Face": ("face", "privacy"),
    "Emotion": ("emotion", "utility"),
    "Emotion2Face": ("emotion", "privacy"),
    "Hybrid2Emotion": ("hybrid", "utility"),
    "Hybrid2Face": ("hybrid", "privacy"),
}
LABELS = ("expression", "identity")
FOLDS = 10
Folds = tuple[int, ...]


@dataclass(frozen=True)
class Budget:
    """The data and how long both sides train."""

    dataset: str = "synthfaces:size=64,renderings=44"
    epochs: int = 10
    rounds: int = 20  # the paper's T

    def arguments(self, folds: Folds, precision: str = "auto") -> list[str]:
        """`privbench run` of the five networks and heads.

        Algorithm 1 as published, the plain script's budgets.
        """
        epochs = f"epochs={self.epochs}"
        published = "code=0,norm=false,confuse=negative,seek_epochs=1,anneal=false"
        hybrid = f"hybrid:{published},{epochs},rounds={self.rounds},batch=64"
        arguments = ["run"]
        for defense in (hybrid, f"face:{epochs}", f"emotion:{epochs}"):
            arguments += ["-d", defense]
        arguments += ["-a", f"fc3:{epochs}", "--dataset", self.dataset, "--folds", str(FOLDS)]
        return [*arguments, *_folds(folds), "--precision", precision]


def budget(o: Options) -> Budget:
    """The budget of the benchmark, or of a trial."""
    return Budget("synthfaces:size=32,renderings=3", 2, 2) if o.small else Budget()


def measure(o: Options) -> Raw:
    """Every contender in turn, `repeats` times: wall seconds and the five numbers of each fold."""
    b = budget(o)
    runs = []
    with tempfile.TemporaryDirectory() as tmp:
        data = Path(tmp) / "data.npz"
        about = export(b, o.folds, data)
        precisions = ["auto", "fp32"] if about["auto"] != "fp32" else ["auto"]
        for repeat in range(o.repeats):
            runs.append(_plain(b, o.folds, data))
            for precision in precisions:
                out = Path(tmp) / f"{precision}-{repeat}"
                runs.append(_ours(b, o.folds, precision, out))
    script = ["python", "bench/speed/plain.py", "data.npz", *_plain_arguments(b, o.folds)]
    commands = [" ".join(script), shown(b.arguments(o.folds))]
    return {**about, "folds": list(o.folds), "commands": commands, "runs": runs}


def export(b: Budget, folds: Folds, path: Path) -> Raw:
    """Write the rows, and privbench's own folds, for plain.py; returns facts of them.

    Raises:
        RuntimeError: if privbench does not train on all rows outside of a fold, as plain.py does.
    """
    from privbench.bench import registry
    from privbench.bench.runner.session import Request, prepare

    started = time.perf_counter()
    registry.build("datasets", b.dataset).load(None)
    drawing = time.perf_counter() - started
    session = prepare(Request(("raw",), ("majority",), dataset=b.dataset, folds=FOLDS))
    rows = session.samples
    fold = _fold_numbers(session)
    np.savez(path, x=rows.x, fold=fold, **{label: rows.labels[label] for label in LABELS})
    n_test = [int((fold == k).sum()) for k in folds]
    return {
        "dataset": b.dataset,
        "rows": len(rows),
        "auto": session.plan.precision,
        "drawing_seconds": drawing,
        "n_test": n_test,
        "n_train": [len(rows) - n for n in n_test],
        "epochs": b.epochs,
        "rounds": b.rounds,
    }


def _fold_numbers(session) -> np.ndarray:
    """(n,) the fold in which each row is tested on."""
    from privbench.bench.runner.cells import fold_of

    n = len(session.samples)
    numbers = np.full(n, -1)
    for group in session.plan.groups():
        fold = fold_of(group, session.samples)
        numbers[fold.test] = group.fold
        both = np.intersect1d(fold.train, fold.test)
        used = len(fold.train) + len(fold.test)
        if len(both) or used != n:
            raise RuntimeError(
                "the plain script trains on all rows outside of the fold; privbench does not"
            )
    return numbers


def _plain(b: Budget, folds: Folds, data: Path) -> Raw:
    """One run of the plain script."""
    script = [sys.executable, str(HERE / "plain.py"), str(data)]
    wall, output = timed([*script, *_plain_arguments(b, folds)])
    say(f"plain: {wall:.1f} s")
    lines = [json.loads(line) for line in output.splitlines()]
    return {
        "who": "plain",
        "wall": wall,
        "fold_seconds": [line["seconds"] for line in lines],
        "found": {name: [line[name] for line in lines] for name in NUMBERS},
    }


def _plain_arguments(b: Budget, folds: Folds) -> list[str]:
    return [*_folds(folds), "--epochs", str(b.epochs), "--rounds", str(b.rounds)]


def _ours(b: Budget, folds: Folds, precision: str, out: Path) -> Raw:
    """One run of privbench."""
    wall = privbench(b.arguments(folds, precision), out)
    say(f"privbench, {precision}: {wall:.1f} s")
    rows = [r for r in records(out) if r.attacker == "fc3" and not r.control]
    value = {(r.defense, r.role, r.fold): r.value for r in rows}
    numbers = {}
    for name, (defense, role) in NUMBERS.items():
        numbers[name] = [value[defense, role, k] for k in folds]
    heads: dict[str, float] = {}
    for r in sorted(rows, key=lambda r: r.defense):
        heads[r.defense] = heads.get(r.defense, 0) + r.seconds
    return {
        "who": f"privbench, --precision {precision}",
        "wall": wall,
        "used": sorted({r.precision for r in rows}),
        "found": numbers,
        "heads": heads,
    }


def text(raw: Raw) -> list[str]:
    """The section of the part narula."""
    folds = len(raw["folds"])
    timed_folds = "all ten folds" if folds == FOLDS else f"{folds} of ten folds"
    return [
        f"{raw['rows']} pictures of `{raw['dataset']}`, {raw['epochs']} epochs,"
        f" T = {raw['rounds']}; {timed_folds} timed.",
        "Plain: one process with PyTorch's threads, 32 bits; it reads the same rows and folds from"
        f" a file. privbench also draws the pictures ({raw['drawing_seconds']:.1f} s when done"
        " alone), fits eight fc3 heads a fold where plain fits three (unasked, on the raw images,"
        " and for both labels on every release), and writes tables and plots; its time includes all"
        " that.",
        *code(*raw["commands"]),
        *_walls(raw),
        *_accuracies(raw),
        f"privbench's own seconds in fc3 heads, both roles, all folds timed: {_heads(raw)}.",
        "",
    ]


def _contenders(raw: Raw) -> list[str]:
    return list(dict.fromkeys(run["who"] for run in raw["runs"]))


def _first_run(raw: Raw, contender: str) -> Raw:
    return next(run for run in raw["runs"] if run["who"] == contender)


def _walls(raw: Raw) -> list[str]:
    """The table of wall times."""
    walls: dict[str, list[float]] = {}
    for run in raw["runs"]:
        walls.setdefault(run["who"], []).append(run["wall"])
    pictures = sum(raw["n_train"])
    plain = median(walls["plain"])
    rows = []
    for contender, seconds in walls.items():
        name = f"{contender} ({raw['auto']})" if contender.endswith("auto") else contender
        middle = median(seconds)
        each_fold = middle / len(raw["folds"])
        each_picture = 1000 * middle / pictures
        numbers = [fixed(each_fold), fixed(each_picture), fixed(plain / middle)]
        rows.append([name, spread(seconds), *numbers])
    header = ["", "wall, s", "s a fold", "ms a training picture", "times as fast as plain"]
    return table(header, rows)


def _accuracies(raw: Raw) -> list[str]:
    """The first repeat of each contender.

    Differences are privbench - plain, paired over the folds.
    """
    ours = _contenders(raw)[1:]
    header = ["accuracy, %", "plain"]
    for contender in ours:
        header += [contender, "difference [95%], p"]
    rows = []
    for name in NUMBERS:
        plain = _first_run(raw, "plain")["found"][name]
        cells = [name, _percent(plain)]
        for contender in ours:
            values = _first_run(raw, contender)["found"][name]
            cells += [_percent(values), _difference(values, plain, raw)]
        rows.append(cells)
    return [
        *table(header, rows),
        "Differences: corrected resampled t test over the folds timed; with two folds its intervals"
        " are very wide. Plain reads Face and Emotion off the trained network itself, privbench off"
        " a fresh head on its features.",
        "",
    ]


def _percent(values: list[float]) -> str:
    mean = 100 * np.mean(values)
    return f"{mean:.1f}"


def _difference(a: list[float], b: list[float], raw: Raw) -> str:
    """The mean of a - b in percent, with its 95% limits and its p where there are several folds."""
    from privbench.bench.metrics.intervals import corrected_paired

    if len(a) < 2:
        return _signed(a[0] - b[0])
    mean, low, high, p = corrected_paired(a, b, raw["n_train"], raw["n_test"])
    return f"{_signed(mean)} [{_signed(low)}, {_signed(high)}], {fixed(p)}"


def _signed(difference: float) -> str:
    """A difference of shares in percent, with its sign."""
    return f"{100 * difference:+z.1f}"


def _heads(raw: Raw) -> str:
    """Seconds in the heads of each defense."""
    run = next(run for run in raw["runs"] if run["who"].endswith("auto"))
    each = [f"`{defense}` {seconds:.1f} s" for defense, seconds in run["heads"].items()]
    return ", ".join(each)


def _folds(folds: Folds) -> list[str]:
    """The options that choose these folds."""
    options = []
    for k in folds:
        options += ["--fold", str(k)]
    return options
