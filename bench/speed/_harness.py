"""What runs cost: against their size, outside of training, and when they are started again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import _narula
from _tools import (
    HERE,
    Options,
    Raw,
    cli,
    code,
    fixed,
    median,
    privbench,
    records,
    same_records,
    say,
    shown,
    spread,
    table,
    timed,
)

PICTURES = 70  # for each rendering
ATTACKERS = (
    "fc3:epochs=10", "knn", "lda", "fc2:epochs=10", "fc1:epochs=10", "mlp:epochs=10",
)  # fmt: skip
AGAIN = "a finished run, started again"


@dataclass(frozen=True)
class Size:
    """One run of the cost table, with the first `attackers` of ATTACKERS."""

    renderings: int = 20
    attackers: int = 3
    folds: int = 2
    pixels: int = 48
    epochs: int = 3

    @property
    def pictures(self) -> int:
        """The number of pictures."""
        return PICTURES * self.renderings

    def arguments(self, jobs: int) -> list[str]:
        """`privbench run` of this size with so many processes."""
        defense = f"emotion:epochs={self.epochs}"
        dataset = f"synthfaces:size={self.pixels},renderings={self.renderings}"
        chosen = []
        for spec in ATTACKERS[: self.attackers]:
            chosen += ["-a", spec]
        options = ["--dataset", dataset, "--folds", str(self.folds), "--jobs", str(jobs)]
        return ["run", "-d", defense, *chosen, *options]


def cost(o: Options) -> Raw:
    """One thing changed at a time, each size with one process and with two."""
    base = Size(3, 3, 2, 16, 1) if o.small else Size()
    sizes = [
        replace(base, renderings=base.renderings // 2),
        base,
        replace(base, renderings=base.renderings * 2),
        replace(base, attackers=1),
        replace(base, attackers=6),
        replace(base, folds=2 * base.folds),
    ]
    if o.small:
        sizes = sizes[1:3]
    rows = []
    with tempfile.TemporaryDirectory() as tmp:
        for number, size in enumerate(sizes):
            rows.append(_cost(size, Path(tmp) / str(number)))
    return {"command": shown(base.arguments(1)), "rows": rows}


def _cost(size: Size, folder: Path) -> Raw:
    """What one size takes."""
    outs = {jobs: folder / str(jobs) for jobs in (1, 2)}
    seconds = {jobs: privbench(size.arguments(jobs), out) for jobs, out in outs.items()}
    fits = sum(r.seconds for r in records(outs[1]))
    walls = list(seconds.values())
    say(f"{size.pictures} pictures, {size.attackers} attackers, {size.folds} folds: {walls}")
    return {
        **asdict(size),
        "pictures": size.pictures,
        "one": seconds[1],
        "two": seconds[2],
        "attackers_seconds": fits,
        "same": same_records(outs[1], outs[2]),
    }


def cost_text(raw: Raw) -> list[str]:
    """The section of the part cost."""
    header = [
        "pictures", "attackers", "folds", "one process, s", "of that in attackers",
        "two processes, s", "speed-up", "same records",
    ]  # fmt: skip
    return [
        "Wall time of a whole run: `emotion`, and unasked `raw` and the `majority` attacker."
        " Attackers: `fc3`, then `knn` and `lda`, then `fc2`, `fc1` and `mlp`, each for both roles."
        " The run that the others differ from:",
        *code(raw["command"]),
        *table(header, [_cost_row(r) for r in raw["rows"]]),
    ]


def _cost_row(r: Raw) -> list[object]:
    speed_up = r["one"] / r["two"]
    return [
        r["pictures"],
        r["attackers"],
        r["folds"],
        fixed(r["one"]),
        fixed(r["attackers_seconds"]),
        fixed(r["two"]),
        fixed(speed_up),
        "yes" if r["same"] else "**no**",
    ]


def overhead(o: Options) -> Raw:
    """One fold of the part narula in one process, with a clock on every fit and pass.

    See _overhead.py.
    """
    arguments = [*_narula.budget(o).arguments((0,)), "--jobs", "1"]
    with tempfile.TemporaryDirectory() as tmp:
        log = Path(tmp) / "times.jsonl"
        out = Path(tmp) / "out"
        script = [sys.executable, str(HERE / "_overhead.py")]
        environment = {**os.environ, "PRIVBENCH_TIMES": str(log)}
        subprocess.run(
            [*script, *arguments, "--out", str(out)],
            env=environment,
            check=True,
            capture_output=True,
        )
        records(out)
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    wall = next(line for line in lines if line["what"] == "wall")
    if all(line["pid"] == wall["pid"] for line in lines):
        raise RuntimeError("the worker had no clocks")
    seconds = _by_kind(lines, wall)
    return {"command": shown(arguments), "wall": wall["seconds"], "found": seconds}


def _by_kind(lines: list[Raw], wall: Raw) -> dict[str, float]:
    """Seconds of each kind of call; the parent's imports come before its clock is started."""
    seconds: dict[str, float] = {}
    for line in lines:
        of_parent = line["pid"] == wall["pid"]
        if line is wall or (line["what"] == "import" and of_parent):
            continue
        kind = f"{line['what']} {line['name']}".strip()
        seconds[kind] = seconds.get(kind, 0.0) + line["seconds"]
    return seconds


def overhead_text(raw: Raw) -> list[str]:
    """The section of the part overhead."""
    wall = raw["wall"]
    outside = {kind: s for kind, s in raw["found"].items() if _is_outside(kind)}
    inside = {kind: s for kind, s in raw["found"].items() if not _is_outside(kind)}
    left = wall - sum(inside.values())
    rows = sorted(inside.items(), key=_minus_seconds)
    rows.append(("**outside of training, inference and imports**", left))
    for kind, s in outside.items():
        name = "making the data" if kind.startswith("datasets") else kind
        rows.append((f"of that: {name}", s))
    rows.append(("of that: all the rest", left - sum(outside.values())))
    rows.append(("wall", wall))
    data = sum(s for kind, s in outside.items() if kind.startswith("datasets"))
    cells = []
    for name, s in rows:
        percent = 100 * s / wall
        cells.append([name, fixed(s), fixed(percent)])
    share = 100 * left / wall
    harness = 100 * (left - data) / wall
    return [
        "One fold of the part narula in one worker process, a clock around every `fit`, encoder and"
        " adversary. The parent had imported everything before; `import` is the worker's.",
        *code(raw["command"]),
        f"Outside of training, inference and imports: **{share:.2f}%** of the wall time;"
        f" {harness:.2f}% without drawing the pictures.",
        *table(["", "seconds", "% of wall"], cells),
    ]


def _is_outside(kind: str) -> bool:
    """Whether it is neither training, nor inference, nor an import."""
    return kind.startswith(("datasets", "report"))


def _minus_seconds(row: tuple[str, float]) -> float:
    return -row[1]


def restart(o: Options) -> Raw:
    """Looking around, a finished run again, and an attacker more.

    An attacker more must not train the encoders again.
    """
    jobs = 2
    times = 2 if o.small else 5
    size = Size(3, 1, 2, 16, 1) if o.small else Size(10, 1, 4)  # 700 pictures: the default set
    arguments = size.arguments(jobs)
    more = ["fc2:epochs=10"] if o.small else ["fc2:epochs=10", "knn", "lda"]
    with tempfile.TemporaryDirectory() as tmp:
        out = Path(tmp) / "run"
        first = privbench(arguments, out)
        looks = {
            "`privbench --help`": _looks("--help", times),
            "`privbench list`": _looks("list", times),
            AGAIN: [privbench(arguments, out) for _ in range(times)],
        }
        added = []
        for spec in more:
            arguments = [*arguments, "-a", spec]
            added.append(_added(spec, arguments, out))
    command = shown(size.arguments(jobs))
    return {"command": command, "first": first, "looks": looks, "added": added, "jobs": jobs}


def _looks(argument: str, times: int) -> list[float]:
    """Wall seconds of a command that only looks around."""
    command = [*cli(), argument]
    return [timed(command)[0] for _ in range(times)]


def _added(spec: str, arguments: list[str], out: Path) -> Raw:
    """What one attacker more takes, and which part of it are its own fits."""
    wall = privbench(arguments, out)
    name = spec.partition(":")[0]
    fits = sum(r.seconds for r in records(out) if r.attacker == name)
    say(f"{spec}: {wall:.2f} s, of which its own {fits:.2f}")
    return {"attacker": spec, "wall": wall, "own": fits}


def restart_text(raw: Raw) -> list[str]:
    """The section of the part restart."""
    looks = [["that run, the first time", fixed(raw["first"]), 1]]
    for name, seconds in raw["looks"].items():
        looks.append([name, spread(seconds), len(seconds)])
    again = median(raw["looks"][AGAIN])
    jobs = raw["jobs"]
    header = [
        "attacker", "wall, s", "its own seconds (all cells)", f"on {jobs} processes", "the rest, s",
    ]  # fmt: skip
    return [
        "The run:",
        *code(raw["command"]),
        *table(["", "seconds, median", "times"], looks),
        "Attackers added to the finished run, one after another. The rest is starting, reading the"
        " encoders and passing the rows through them, and the report; a finished run alone takes"
        f" {again:.2f} s.",
        *table(header, [_added_row(a, jobs) for a in raw["added"]]),
    ]


def _added_row(a: Raw, jobs: int) -> list[str]:
    each = a["own"] / jobs
    rest = a["wall"] - each
    attacker = f"`{a['attacker']}`"
    return [attacker, fixed(a["wall"]), fixed(a["own"]), fixed(each), fixed(rest)]
