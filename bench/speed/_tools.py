"""What the parts of the speed benchmark share: options, timed commands, the machine, tables."""

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

Raw = dict[str, Any]  # a raw result, as it stands in JSON

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
    """What the user may vary.

    small: everything shrunk, to try the script. folds: of ten, for the part narula.
    """

    small: bool = False
    repeats: int = 1
    folds: tuple[int, ...] = (0, 1)


def cli() -> list[str]:
    """The command line as a user has it: the script beside this interpreter, where there is one."""
    script = Path(sys.executable).with_name("privbench")
    if script.exists():
        return [str(script)]
    return [sys.executable, "-c", "from privbench.bench.cli.main import main; main()"]


def timed(command: Sequence[str]) -> tuple[float, str]:
    """(wall seconds, stdout) of a process; RuntimeError with the end of its stderr if it fails."""
    started = time.perf_counter()
    done = subprocess.run(list(command), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        last_words = done.stderr[-2000:]
        raise RuntimeError(f"exit code {done.returncode} of {' '.join(command)}\n{last_words}")
    return seconds, done.stdout


def privbench(arguments: Iterable[str], out: Path) -> float:
    """Wall seconds of `privbench ARGUMENTS --out OUT`."""
    return timed([*cli(), *arguments, "--out", str(out)])[0]


def shown(arguments: Iterable[str]) -> str:
    """The command in words that hold on any machine."""
    return f"privbench {' '.join(arguments)} --out DIR"


def records(out: Path) -> list[Any]:
    """Accuracy rows of a run directory.

    Raises:
        RuntimeError: if a cell failed, because half a run must not be timed.
    """
    from privbench.bench.runner.records_csv import read as read_csv

    rows = read_csv(out)
    for r in rows:
        if r.status == "failed":
            raise RuntimeError(f"a cell failed: {r.defense} {r.attacker}: {r.reason}")
    return [r for r in rows if r.metric == "accuracy"]


def same_records(a: Path, b: Path) -> bool:
    """Whether two run directories hold the same records, whatever their seconds are."""
    from privbench.bench.runner.records_csv import read as read_csv

    return read_csv(a) == read_csv(b)


def machine() -> Raw:
    """What the numbers depend on besides the code."""
    known = _cpuinfo("flags").split()
    return {
        "cpu": _cpu(),
        "cores": _cores(),
        "memory_gib": round(_memory_gib(), 1),
        "flags": [flag for flag in FLAGS if flag in known],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gib() -> float:
    size = os.sysconf("SC_PAGE_SIZE")
    pages = os.sysconf("SC_PHYS_PAGES")
    return size * pages / 2**30


def _cpu() -> str:
    name = _cpuinfo("model name") or platform.processor() or "unknown"
    family = _cpuinfo("cpu family") or "?"
    model = _cpuinfo("model") or "?"
    return f"{name} (family {family}, model {model})"


def _cpuinfo(key: str) -> str:
    """The first value of a key in /proc/cpuinfo; empty where there is none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def median(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """The median, and between which values where there are several."""
    middle = fixed(median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({fixed(min(values))} to {fixed(max(values))})"


def fixed(value: float, places: int = 2) -> str:
    """A number with so many decimal places."""
    return f"{value:.{places}f}"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a Markdown table, with an empty line before and after."""
    from privbench.bench import text

    return ["", *text.markdown_table(header, rows, rule="---"), ""]


def code(*lines: str) -> list[str]:
    """Lines of a Markdown code block."""
    return ["", *(f"    {line}" for line in lines), ""]


def say(text: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
