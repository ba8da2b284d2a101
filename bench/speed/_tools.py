"""What the parts of the speed benchmark share: options, commands and their wall time, the machine, tables."""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE.parent.parent / "results"
FLAGS = (
    "avx2",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_tile",
    "amx_bf16",
    "amx_int8",
)
LIBRARIES = ("torch", "scikit-learn", "numpy", "scipy", "privbench")


@dataclass(frozen=True)
class Options:
    """What the user may vary. small: everything shrunk, to try the script. folds: of ten, for the part narula."""

    small: bool = False
    repeats: int = 1
    folds: tuple[int, ...] = (0, 1)


def cli() -> list[str]:
    """The command line as a user has it: the script beside this interpreter, where there is one."""
    script = Path(sys.executable).with_name("privbench")
    return (
        [str(script)]
        if script.exists()
        else [sys.executable, "-c", "from privbench.bench.cli import main; main()"]
    )


def timed(command: Sequence[str]) -> tuple[float, str]:
    """(wall seconds, stdout) of a process; RuntimeError with the end of its stderr if it fails."""
    started = time.perf_counter()
    done = subprocess.run(list(command), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(
            f"exit code {done.returncode} of {' '.join(command)}\n{done.stderr[-2000:]}"
        )
    return seconds, done.stdout


def privbench(arguments: Iterable[str], out: Path) -> float:
    """Wall seconds of `privbench ARGUMENTS --out OUT`."""
    return timed([*cli(), *arguments, "--out", str(out)])[0]


def shown(arguments: Iterable[str]) -> str:
    """The command in words that hold on any machine."""
    return f"privbench {' '.join(arguments)} --out DIR"


def records(out: Path) -> list[Any]:
    """Accuracy rows of a run directory; an error if a cell failed, because half a run must not be timed."""
    from privbench.bench.runner.store import read_csv

    rows = read_csv(out)
    if broken := [r for r in rows if r.status == "failed"]:
        raise RuntimeError(
            f"a cell failed: {broken[0].defense} {broken[0].attacker}: {broken[0].reason}"
        )
    return [r for r in rows if r.metric == "accuracy"]


def same_records(a: Path, b: Path) -> bool:
    """Whether two run directories hold the same records; seconds do not count in the equality of records."""
    from privbench.bench.runner.store import read_csv

    return read_csv(a) == read_csv(b)


def machine() -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return {
        "cpu": _cpu(),
        "cores": cores,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "flags": [f for f in FLAGS if f in _cpuinfo("flags").split()],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def _cpu() -> str:
    name = _cpuinfo("model name") or platform.processor() or "unknown"
    return f"{name} (family {_cpuinfo('cpu family') or '?'}, model {_cpuinfo('model') or '?'})"


def _cpuinfo(key: str) -> str:
    """The first value of a key in /proc/cpuinfo; empty where there is none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    pairs = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in pairs if name.strip() == key), "")


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """The median, and between which values where there are several."""
    text = f"{median(values):.2f}"
    return text if len(values) == 1 else f"{text} ({min(values):.2f} to {max(values):.2f})"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a Markdown table, with an empty line before and after."""
    body = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return ["", "| " + " | ".join(header) + " |", "|" + "---|" * len(header), *body, ""]


def code(*lines: str) -> list[str]:
    """Lines of a Markdown code block."""
    return ["", *(f"    {line}" for line in lines), ""]


def say(text: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
