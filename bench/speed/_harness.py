"""What runs cost: against their size, outside of training, and when they are started again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import _narula
from _tools import (
    HERE,
    Options,
    cli,
    code,
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

HEADS = ("fc3", "fc2", "fc1")


@dataclass(frozen=True)
class Size:
    """One run of the cost table: 70 pictures for each rendering, `attackers` of the list."""

    renderings: int = 20
    attackers: int = 3
    folds: int = 2
    pixels: int = 48
    epochs: int = 3

    @property
    def pictures(self) -> int:
        return 70 * self.renderings

    def arguments(self, jobs: int) -> list[str]:
        every = [f"{name}:epochs=10" for name in HEADS]
        every = [every[0], "knn", "lda", *every[1:], "mlp:epochs=10"]
        chosen = [text for spec in every[: self.attackers] for text in ("-a", spec)]
        dataset = f"synthfaces:size={self.pixels},renderings={self.renderings}"
        return [
            "run",
            "-d",
            f"emotion:epochs={self.epochs}",
            *chosen,
            "--dataset",
            dataset,
            "--folds",
            str(self.folds),
            "--jobs",
            str(jobs),
        ]


def cost(o: Options) -> dict[str, Any]:
    """One thing changed at a time, each size with one process and with two."""
    base = Size(3, 3, 2, 16, 1) if o.small else Size()
    half, double = base.renderings // 2, base.renderings * 2
    sizes = [replace(base, renderings=half), base, replace(base, renderings=double)]
    sizes += [
        replace(base, attackers=1),
        replace(base, attackers=6),
        replace(base, folds=2 * base.folds),
    ]
    rows = []
    with tempfile.TemporaryDirectory() as tmp:
        for number, size in enumerate(sizes[1:3] if o.small else sizes):
            out = [Path(tmp) / f"{number}-{jobs}" for jobs in (1, 2)]
            seconds = [
                privbench(size.arguments(jobs), folder)
                for jobs, folder in zip((1, 2), out, strict=True)
            ]
            fits = sum(r.seconds for r in records(out[0]))
            rows.append(
                {**asdict(size), "pictures": size.pictures, "one": seconds[0], "two": seconds[1]}
            )
            rows[-1] |= {"attackers_seconds": fits, "same": same_records(*out)}
            say(
                f"{size.pictures} pictures, {size.attackers} attackers, {size.folds} folds: {seconds}"
            )
    return {"command": shown(base.arguments(1)), "rows": rows}


def cost_text(raw: dict[str, Any]) -> list[str]:
    rows = [
        [
            r["pictures"],
            r["attackers"],
            r["folds"],
            f"{r['one']:.2f}",
            f"{r['attackers_seconds']:.2f}",
            f"{r['two']:.2f}",
            f"{r['one'] / r['two']:.2f}",
            "yes" if r["same"] else "**no**",
        ]
        for r in raw["rows"]
    ]
    header = [
        "pictures",
        "attackers",
        "folds",
        "one process, s",
        "of that in attackers",
        "two processes, s",
        "speed-up",
        "same records",
    ]
    return [
        "Wall time of a whole run: `emotion`, and unasked `raw` and the `majority` attacker. Attackers: `fc3`, then "
        "`knn` and `lda`, then `fc2`, `fc1` and `mlp`, each for both roles. The run that the others differ from:",
        *code(raw["command"]),
        *table(header, rows),
    ]


def overhead(o: Options) -> dict[str, Any]:
    """One fold of the part narula in one process, with a clock on every fit and pass (see _overhead.py)."""
    arguments = [*_narula.budget(o).arguments((0,)), "--jobs", "1"]
    with tempfile.TemporaryDirectory() as tmp:
        log = Path(tmp) / "times.jsonl"
        command = [
            sys.executable,
            str(HERE / "_overhead.py"),
            *arguments,
            "--out",
            str(Path(tmp) / "out"),
        ]
        environment = {**os.environ, "PRIVBENCH_TIMES": str(log)}
        subprocess.run(command, env=environment, check=True, capture_output=True)
        records(Path(tmp) / "out")
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    wall = next(line for line in lines if line["what"] == "wall")
    found: dict[str, float] = {}
    for line in lines:
        if line is wall or (line["what"] == "import" and line["pid"] == wall["pid"]):
            continue  # the parent's imports come before its clock is started
        key = f"{line['what']} {line['name']}".strip()
        found[key] = found.get(key, 0.0) + line["seconds"]
    return {"command": shown(arguments), "wall": wall["seconds"], "found": found}


def overhead_text(raw: dict[str, Any]) -> list[str]:
    wall, found = raw["wall"], raw["found"]
    outside = {key: s for key, s in found.items() if key.startswith(("datasets", "report"))}
    inside = {key: s for key, s in found.items() if key not in outside}
    left = wall - sum(inside.values())
    rows = [(key, s) for key, s in sorted(inside.items(), key=lambda pair: -pair[1])]
    rows += [("**outside of training, inference and imports**", left)]
    rows += [
        (f"of that: {'making the data' if key.startswith('datasets') else key}", s)
        for key, s in outside.items()
    ]
    rows += [("of that: all the rest", left - sum(outside.values())), ("wall", wall)]
    share = lambda s: f"{100 * s / wall:.2f}"
    data = sum(s for key, s in outside.items() if key.startswith("datasets"))
    return [
        "One fold of the part narula in one worker process, a clock around every `fit`, encoder and adversary. The "
        "parent had imported everything before; `import` is the worker's.",
        *code(raw["command"]),
        f"Outside of training, inference and imports: **{share(left)}%** of the wall time; {share(left - data)}% "
        "without drawing the pictures.",
        *table(["", "seconds", "% of wall"], [(key, f"{s:.2f}", share(s)) for key, s in rows]),
    ]


def restart(o: Options) -> dict[str, Any]:
    """Looking around, a finished run again, and an attacker more, which must not train the encoders again."""
    size = Size(3, 1, 2, 16, 1) if o.small else Size(10, 1, 4)  # 700 pictures: the default set
    times, arguments, jobs = 2 if o.small else 5, size.arguments(2), 2
    with tempfile.TemporaryDirectory() as tmp:
        out = Path(tmp) / "run"
        first = privbench(arguments, out)
        looks = {
            "`privbench --help`": [timed([*cli(), "--help"])[0] for _ in range(times)],
            "`privbench list`": [timed([*cli(), "list"])[0] for _ in range(times)],
            "a finished run, started again": [privbench(arguments, out) for _ in range(times)],
        }
        added = []
        for spec in ["fc2:epochs=10"] if o.small else ["fc2:epochs=10", "knn", "lda"]:
            arguments = [*arguments, "-a", spec]
            wall, name = privbench(arguments, out), spec.partition(":")[0]
            own = sum(r.seconds for r in records(out) if r.attacker == name)
            added.append({"attacker": spec, "wall": wall, "own": own})
            say(f"{spec}: {wall:.2f} s, of which its own {own:.2f}")
    command = shown(size.arguments(2))
    return {"command": command, "first": first, "looks": looks, "added": added, "jobs": jobs}


def restart_text(raw: dict[str, Any]) -> list[str]:
    looks = [[name, spread(seconds), len(seconds)] for name, seconds in raw["looks"].items()]
    again = median(raw["looks"]["a finished run, started again"])
    added = [
        [
            f"`{a['attacker']}`",
            f"{a['wall']:.2f}",
            f"{a['own']:.2f}",
            f"{a['own'] / raw['jobs']:.2f}",
            f"{a['wall'] - a['own'] / raw['jobs']:.2f}",
        ]
        for a in raw["added"]
    ]
    return [
        "The run:",
        *code(raw["command"]),
        *table(
            ["", "seconds, median", "times"],
            [["that run, the first time", f"{raw['first']:.2f}", 1], *looks],
        ),
        "Attackers added to the finished run, one after another. The rest is starting, reading the encoders and "
        f"passing the rows through them, and the report; a finished run alone takes {again:.2f} s.",
        *table(
            [
                "attacker",
                "wall, s",
                "its own seconds (all cells)",
                f"on {raw['jobs']} processes",
                "the rest, s",
            ],
            added,
        ),
    ]
