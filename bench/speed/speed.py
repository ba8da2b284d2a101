"""The speed benchmark: measures each part, keeps its raw result as JSON, and writes one Markdown file from all of them.

    python bench/speed/speed.py --out results/speed.md                      # every part
    python bench/speed/speed.py --part narula --repeats 3                   # one part; the others' results stay
    python bench/speed/speed.py --small                                     # shrunk, to try the script itself
    python bench/speed/speed.py --render                                    # the Markdown again, nothing measured

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
import _kernels
import _narula
import _profile
import _recurrent
import _scale
import _suite
from _tools import RESULTS, Options, code, machine, say, table

Raw = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One section: what it is called, how it is measured, and its Markdown from the raw result."""

    title: str
    measure: Callable[[Options], Raw]
    text: Callable[[Raw], list[str]]


PARTS = {
    "narula": Part("The five numbers of Narula et al. 2020", _narula.measure, _narula.text),
    "profile": Part("Where the time goes", _profile.measure, _profile.text),
    "heads": Part("A fresh head", _kernels.heads, _kernels.heads_text),
    "knn": Part("Nearest neighbours", _kernels.knn, _kernels.knn_text),
    "suite": Part("The standard suite", _suite.suite, _suite.suite_text),
    "recurrent": Part("Recurrent training", _recurrent.measure, _recurrent.text),
    "cost": Part("What a run costs", _harness.cost, _harness.cost_text),
    "overhead": Part("What the harness costs", _harness.overhead, _harness.overhead_text),
    "memory": Part("Memory", _scale.memory, _scale.memory_text),
    "restart": Part("Starting, and starting again", _harness.restart, _harness.restart_text),
    "ray": Part("Two nodes against one", _scale.ray_nodes, _scale.ray_text),
}


def main() -> int:
    given = _arguments()
    o = Options(given.small, given.repeats, tuple(sorted(set(given.folds_to_run))))
    home = Path(tempfile.gettempdir()) / "privbench-speed-small" if o.small else RESULTS
    raw = given.raw or (home / "raw" if o.small else RESULTS / "speed" / "raw")
    out = given.out or home / "speed.md"
    failed = False
    for name in () if given.render else given.part or list(PARTS):
        try:
            _measure(name, o, raw)
        except Exception:  # the other parts may still be worth their hours
            say(f"{name} failed\n{traceback.format_exc()}")
            failed = True
        _write(out, markdown(raw))
    _write(out, markdown(raw))
    say(f"written: {out}")
    return int(failed)


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
    command = f"python bench/speed/speed.py --part {name}" + (" --small" if o.small else "")
    if name in ("narula", "ray") and o.repeats > 1:
        command += f" --repeats {o.repeats}"
    if name == "narula":
        command += " --folds-to-run " + " ".join(map(str, o.folds))
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    about = {"part": name, "date": now, "command": command, "small": o.small, "machine": machine()}
    about["load_before"] = round(
        os.getloadavg()[0], 2
    )  # other work on the machine would make the times worthless
    _write(
        raw / f"{name}.json",
        json.dumps({**about, "result": PARTS[name].measure(o)}, indent=1) + "\n",
    )


def markdown(raw: Path) -> str:
    """The whole file, from whatever raw results there are."""
    found = {
        name: json.loads(p.read_text("utf-8"))
        for name in PARTS
        if (p := raw / f"{name}.json").exists()
    }
    lines = [
        "# Speed",
        "",
        "Made by `bench/speed/speed.py`; raw numbers are in `results/speed/raw`.",
        "",
    ]
    if any(part["small"] for part in found.values()):
        lines += ["**Made with --small: a trial of the script. The numbers say nothing.**", ""]
    lines += _machines(found)
    for name, part in found.items():
        lines += [f"## {PARTS[name].title}", *PARTS[name].text(part["result"])]
        lines += [
            f"Made on {part['date']}, load before {part['load_before']}, by",
            *code(part["command"]),
        ]
    text = "\n".join(lines).rstrip() + "\n"
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text


def _machines(found: dict[str, Raw]) -> list[str]:
    """A column for each machine (or set of versions) that parts were measured on."""
    kinds: dict[str, list[str]] = {}
    for name, part in found.items():
        kinds.setdefault(json.dumps(part["machine"]), []).append(name)
    machines = [json.loads(text) for text in kinds]
    keys = machines[0] if machines else {}
    header = [
        "",
        *(", ".join(names) if len(kinds) > 1 else "all parts" for names in kinds.values()),
    ]
    return table(
        header, [[key.replace("_", " "), *(_cell(m.get(key)) for m in machines)] for key in keys]
    )


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
