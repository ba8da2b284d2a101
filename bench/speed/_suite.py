"""What the standard suite costs: on one cell's codes, and as an audit of a file."""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from _tools import Options, code, privbench, records, shown, table


def suite(o: Options) -> dict[str, Any]:
    """Wall time of the suite on one fold of wide codes (no controls belong to its last fold), and of an audit."""
    rows, dims, n, d = (20, 64, 300, 16) if o.small else (270, 4608, 5000, 256)
    dataset = f"planted:people=10,rows={rows},dims={dims},size=4"
    cell = [
        "run",
        "-d",
        "raw",
        "-a",
        "standard",
        "--dataset",
        dataset,
        "--folds",
        "10",
        "--fold",
        "9",
    ]
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as tmp:
        out, file = Path(tmp) / "cell", Path(tmp) / "codes.npz"
        wall = privbench(cell, out)
        own = {r.attacker_spec: r.seconds for r in records(out) if r.attacker != "majority"}
        found.append(
            {"what": shown(cell), "shape": f"{10 * rows} x {dims}", "wall": wall, "attackers": own}
        )
        _write(file, n, d)
        audit = ["audit", str(file), "--private", "identity"]
        wall = privbench(audit, Path(tmp) / "audit")
        own = {}
        for r in records(Path(tmp) / "audit"):
            own[r.attacker_spec] = own.get(r.attacker_spec, 0.0) + r.seconds
        found.append(
            {
                "what": shown([*audit[:1], "codes.npz", *audit[2:]]),
                "shape": f"{n} x {d}",
                "wall": wall,
            }
        )
        found[-1]["attackers"] = {name: s for name, s in own.items() if name != "majority"}
    return {"runs": found}


def _write(path: Path, n: int, d: int) -> None:
    from privbench.bench.toolkit import planted

    y = np.arange(n) % 10
    np.savez(path, x=planted.means(y, d, seed=0).z, identity=y.astype(str))


def suite_text(raw: dict[str, Any]) -> list[str]:
    names = sorted({name for run in raw["runs"] for name in run["attackers"]})
    rows = [
        [
            run["shape"],
            f"{run['wall']:.1f}",
            *(f"{run['attackers'].get(n, 0.0):.1f}" for n in names),
        ]
        for run in raw["runs"]
    ]
    return [
        "The standard suite on ten people's codes, wall seconds of the whole command, and seconds in each attacker (of "
        "all its fits). The first is one fold, whose attackers run one after another in one process; the second has "
        "two folds and all controls.",
        *code(*(run["what"] for run in raw["runs"])),
        *table(["codes", "wall, s", *names], rows),
    ]
