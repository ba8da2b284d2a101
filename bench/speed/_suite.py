"""What the standard suite costs: on one cell's codes, and as an audit of a file."""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _tools import Options, Raw, code, fixed, privbench, records, shown, table

PEOPLE = 10


@dataclass(frozen=True)
class Size:
    """rows of each person and dims of one cell's codes; file_rows and file_dims of the audit's."""

    rows: int = 270
    dims: int = 4608
    file_rows: int = 5000
    file_dims: int = 256


def suite(o: Options) -> Raw:
    """Wall times of the suite on one fold of wide codes, and of an audit.

    No controls belong to the last fold, which is the one.
    """
    size = Size(20, 64, 300, 16) if o.small else Size()
    with tempfile.TemporaryDirectory() as tmp:
        return {"runs": [_cell(size, Path(tmp)), _audit(size, Path(tmp))]}


def _cell(size: Size, folder: Path) -> Raw:
    """One cell of every attacker."""
    dataset = f"planted:people={PEOPLE},rows={size.rows},dims={size.dims},size=4"
    arguments = ["run", "-d", "raw", "-a", "standard", "--dataset", dataset]
    arguments += ["--folds", "10", "--fold", "9"]
    wall = privbench(arguments, folder / "cell")
    seconds = {r.attacker_spec: r.seconds for r in records(folder / "cell")}
    seconds.pop("majority", None)
    return {
        "what": shown(arguments),
        "shape": f"{PEOPLE * size.rows} x {size.dims}",
        "wall": wall,
        "attackers": seconds,
    }


def _audit(size: Size, folder: Path) -> Raw:
    """An audit of a file."""
    file = folder / "codes.npz"
    _write(file, size.file_rows, size.file_dims)
    private = ["--private", "identity"]
    wall = privbench(["audit", str(file), *private], folder / "audit")
    seconds: dict[str, float] = {}
    for r in records(folder / "audit"):
        seconds[r.attacker_spec] = seconds.get(r.attacker_spec, 0.0) + r.seconds
    seconds.pop("majority", None)
    return {
        "what": shown(["audit", file.name, *private]),
        "shape": f"{size.file_rows} x {size.file_dims}",
        "wall": wall,
        "attackers": seconds,
    }


def _write(path: Path, n: int, d: int) -> None:
    """Codes (n, d) with planted means."""
    from privbench.bench.toolkit import planted

    y = np.arange(n) % PEOPLE
    np.savez(path, x=planted.means(y, d, seed=0).z, identity=y.astype(str))


def suite_text(raw: Raw) -> list[str]:
    """The section of the part suite."""
    attackers: set[str] = set()
    for run in raw["runs"]:
        attackers |= set(run["attackers"])
    names = sorted(attackers)
    rows = []
    for run in raw["runs"]:
        seconds = [fixed(run["attackers"].get(name, 0.0), 1) for name in names]
        rows.append([run["shape"], fixed(run["wall"], 1), *seconds])
    return [
        "The standard suite on ten people's codes, wall seconds of the whole command, and seconds"
        " in each attacker (of all its fits). The first is one fold, whose attackers run one after"
        " another in one process; the second has two folds and all controls.",
        *code(*(run["what"] for run in raw["runs"])),
        *table(["codes", "wall, s", *names], rows),
    ]
