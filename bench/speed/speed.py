"""The speed benchmark: measures parts, keeps raw results as JSON, writes one Markdown file of all.

    python bench/speed/speed.py                            # every part, to results/speed.md
    python bench/speed/speed.py --part narula --repeats 3  # one part; the others' results stay
    python bench/speed/speed.py --small                    # shrunk, to try the script itself
    python bench/speed/speed.py --render                   # the Markdown again, nothing measured

Wall times of commands are those of the real command line, in processes of their own.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _harness
import _heads
import _narula
import _neighbours
import _profile
import _recurrent
import _scale
import _suite
from _tools import RESULTS, Options, Raw, code, machine, say, table


@dataclass(frozen=True)
class Part:
    """One section: what it is called, how it is measured, and its Markdown from the raw result."""

    title: str
    measure: Callable[[Options], Raw]
    text: Callable[[Raw], list[str]]


PARTS = {
    "narula": Part("The five numbers of Narula et al. 2020", _narula.measure, _narula.text),
    "profile": Part("Where the time goes", _profile.measure, _profile.text),
    "heads": Part("A fresh head", _heads.heads, _heads.heads_text),
    "knn": Part("Nearest neighbours", _neighbours.knn, _neighbours.knn_text),
    "suite": Part("The standard suite", _suite.suite, _suite.suite_text),
    "recurrent": Part("Recurrent training", _recurrent.measure, _recurrent.text),
    "cost": Part("What a run costs", _harness.cost, _harness.cost_text),
    "overhead": Part("What the harness costs", _harness.overhead, _harness.overhead_text),
    "memory": Part("Memory", _scale.memory, _scale.memory_text),
    "restart": Part("Starting, and starting again", _harness.restart, _harness.restart_text),
    "ray": Part("Two nodes against one", _scale.ray_nodes, _scale.ray_text),
}


@dataclass(frozen=True)
class Places:
    """Where the raw results and the Markdown are."""

    raw: Path
    out: Path


def main() -> int:
    """Measure the parts asked for and write the Markdown; 1 if a part failed."""
    given = _arguments()
    folds = tuple(sorted(set(given.folds_to_run)))
    options = Options(given.small, given.repeats, folds)
    places = _places(given)
    names = given.part or list(PARTS)
    failed = False
    for name in [] if given.render else names:
        try:
            _measure(name, options, places.raw)
        except Exception:  # the other parts may still be worth their hours
            say(f"{name} failed\n{traceback.format_exc()}")
            failed = True
        _write(places.out, markdown(places.raw))
    _write(places.out, markdown(places.raw))
    say(f"written: {places.out}")
    return int(failed)


def _places(given: argparse.Namespace) -> Places:
    """Those that were given; else of results, or of a temporary folder for a trial."""
    home = RESULTS
    raw = home / "speed" / "raw"
    if given.small:
        home = Path(tempfile.gettempdir()) / "privbench-speed-small"
        raw = home / "raw"
    return Places(given.raw or raw, given.out or home / "speed.md")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="repeat for several; default: all"
    )
    parser.add_argument(
        "--small", action="store_true", help="shrink everything; results go to a temporary folder"
    )
    parser.add_argument(
        "--repeats", type=int, default=1, help="times that narula and ray are run, in turn"
    )
    parser.add_argument(
        "--folds-to-run", type=int, nargs="+", default=[0, 1], choices=range(10), metavar="K"
    )
    parser.add_argument("--out", type=Path, help="the Markdown file (default results/speed.md)")
    parser.add_argument(
        "--raw", type=Path, help="folder of the raw results (default results/speed/raw)"
    )
    parser.add_argument("--render", action="store_true", help="measure nothing")
    return parser.parse_args()


def _measure(name: str, o: Options, raw: Path) -> None:
    """One part, and around it what a reader must know to repeat it."""
    say(f"-- {name}")
    now = datetime.datetime.now(datetime.UTC)
    load = os.getloadavg()[0]  # other work on the machine would make the times worthless
    about = {
        "part": name,
        "date": now.strftime("%Y-%m-%d %H:%M UTC"),
        "command": _command(name, o),
        "small": o.small,
        "machine": machine(),
        "load_before": round(load, 2),
        "result": PARTS[name].measure(o),
    }
    _write(raw / f"{name}.json", json.dumps(about, indent=1) + "\n")


def _command(name: str, o: Options) -> str:
    """The command that measures the part again."""
    command = f"python bench/speed/speed.py --part {name}"
    if o.small:
        command += " --small"
    if name in ("narula", "ray") and o.repeats > 1:
        command += f" --repeats {o.repeats}"
    if name == "narula":
        command += " --folds-to-run " + " ".join(map(str, o.folds))
    return command


def markdown(raw: Path) -> str:
    """The whole file, from whatever raw results there are."""
    parts = _read(raw)
    lines = [
        "# Speed",
        "",
        "Made by `bench/speed/speed.py`; raw numbers are in `results/speed/raw`.",
        "",
    ]
    if any(part["small"] for part in parts.values()):
        lines += ["**Made with --small: a trial of the script. The numbers say nothing.**", ""]
    lines += _machines(parts)
    for name, part in parts.items():
        made = f"Made on {part['date']}, load before {part['load_before']}, by"
        lines += [f"## {PARTS[name].title}", *PARTS[name].text(part["result"])]
        lines += [made, *code(part["command"])]
    text = "\n".join(lines).rstrip() + "\n"
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text


def _read(raw: Path) -> dict[str, Raw]:
    """{part: its raw result} of those that were measured."""
    parts = {}
    for name in PARTS:
        file = raw / f"{name}.json"
        if file.exists():
            parts[name] = json.loads(file.read_text("utf-8"))
    return parts


def _machines(parts: dict[str, Raw]) -> list[str]:
    """A column for each machine (or set of versions) that parts were measured on."""
    names: dict[str, list[str]] = {}
    for name, part in parts.items():
        names.setdefault(json.dumps(part["machine"]), []).append(name)
    machines = [json.loads(text) for text in names]
    titles = [", ".join(of_one) for of_one in names.values()]
    if len(machines) == 1:
        titles = ["all parts"]
    rows = []
    for key in machines[0] if machines else ():
        cells = [_cell(about.get(key)) for about in machines]
        rows.append([key.replace("_", " "), *cells])
    return table(["", *titles], rows)


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
