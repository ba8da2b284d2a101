"""Memory of a large run, and two Ray nodes against one."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _tools import (
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
)

INTERVAL = 0.2  # seconds between two looks
KINDS = ("Rss", "Pss", "Anonymous")


def memory(o: Options) -> dict[str, Any]:
    """Peaks of the parent and of each worker, while a run is going on."""
    people, renderings, size = (100, 7, 64) if o.small else (100, 143, 64)
    rows = people * 7 * renderings
    arguments = [
        "run",
        "-d",
        "emotion:epochs=1",
        "-a",
        "fc3:epochs=1",
        "--dataset",
        f"synthfaces:size={size},people={people},renderings={renderings}",
        "--folds",
        "10",
        "--fold",
        "0",
    ]
    with tempfile.TemporaryDirectory() as tmp:
        started = time.perf_counter()
        with (Path(tmp) / "stderr").open("w+") as errors:
            process = subprocess.Popen(
                [*cli(), *arguments, "--out", f"{tmp}/out"],
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            try:
                peaks = watch(process)
            finally:
                process.kill()
            errors.seek(0)
            if process.wait():
                raise RuntimeError(errors.read()[-2000:])
        wall = time.perf_counter() - started
        records(Path(tmp) / "out")
    shape = {"rows": rows, "pixels": size * size, "data_mib": rows * size * size * 4 / 2**20}
    return {"command": shown(arguments), **shape, "wall": wall, **peaks}


@dataclass
class _Seen:
    """One process: what it is, and the largest of each kind, in MiB."""

    role: str
    peak: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))


def watch(process: Any) -> dict[str, Any]:
    """Look at a process and its descendants until it ends; peaks of each, and of the sum of their Pss."""
    seen: dict[int, _Seen] = {}
    together, looks = 0.0, 0
    while process.poll() is None:
        now = {pid: found for pid in family(process.pid) if (found := rollup(pid))}
        for pid, found in now.items():
            one = seen.setdefault(pid, _Seen("parent" if pid == process.pid else role(pid)))
            one.peak = {kind: max(one.peak[kind], found[kind]) for kind in KINDS}
        together, looks = max(together, sum(found["Pss"] for found in now.values())), looks + 1
        time.sleep(INTERVAL)
    return {
        "processes": [{"role": s.role, **s.peak} for s in seen.values()],
        "together_pss": together,
        "looks": looks,
    }


def family(pid: int) -> list[int]:
    """The process and its descendants; those that have ended are left out."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [pid, *(one for text in lists for child in text.split() for one in family(int(child)))]


def rollup(pid: int) -> dict[str, float]:
    """{kind: MiB} of a process; empty if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return {}
    found = {line.partition(":")[0]: line.split()[1] for line in lines[1:]}
    return {kind: int(found[kind]) / 1024 for kind in KINDS} if found.keys() >= set(KINDS) else {}


def role(pid: int) -> str:
    """What a child of privbench is, from its command line."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return "other"
    return "worker" if "spawn_main" in text else "other"


def memory_text(raw: dict[str, Any]) -> list[str]:
    counted: dict[str, int] = {}
    rows = []
    for p in raw["processes"]:
        if p["role"] in ("parent", "worker"):
            counted[p["role"]] = counted.get(p["role"], 0) + 1
            name = p["role"] if p["role"] == "parent" else f"worker {counted['worker']}"
            rows.append(
                [
                    name,
                    *(f"{p[kind]:.0f}" for kind in KINDS),
                    f"{p['Anonymous'] / raw['data_mib']:.2f}",
                ]
            )
    rows.append(["all together at one time", "", f"{raw['together_pss']:.0f}", "", ""])
    header = ["peak, MiB", "Rss", "Pss", "anonymous", "anonymous / the data"]
    return [
        f"{raw['rows']} pictures of {raw['pixels']} pixels are {raw['data_mib']:.0f} MiB of float32. The run took "
        f"{raw['wall']:.0f} s; /proc was read {raw['looks']} times. A page that several processes share "
        "counts whole in the Rss of each and in parts in their Pss; anonymous memory is a process's own.",
        *code(raw["command"]),
        *table(header, rows),
    ]


def ray_nodes(o: Options) -> dict[str, Any]:
    """The same equal cells on one node of one CPU, then on two; on this machine's processes for comparison."""
    rows, seeds, epochs = (20, 1, 2) if o.small else (400, 3, 15)
    job = [
        "run",
        "-d",
        "raw",
        "-a",
        f"fc3:epochs={epochs}",
        "--folds",
        "4",
        *(text for seed in range(seeds) for text in ("--seed", str(seed))),
        "--dataset",
        f"gaussian:rows={rows},nuisance=2000",
    ]
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as tmp:
        for jobs in (1, 2):
            out = Path(tmp) / f"local-{jobs}"
            wall = privbench([*job, "--jobs", str(jobs)], out)
            same = same_records(Path(tmp) / "local-1", out)
            runs.append(
                {"who": f"processes, {jobs}", "wall": wall, "pace": pace(out, jobs), "same": same}
            )
            say(f"{jobs} processes: {wall:.1f} s")
        for repeat in range(o.repeats):
            runs += _on_nodes(job, Path(tmp), repeat)
    cells = 4 * seeds
    return {
        "command": f"{shown(job)} --engine ray --address HOST:PORT",
        "cells": cells,
        "runs": runs,
    }


def _on_nodes(job: list[str], folder: Path, repeat: int) -> list[dict[str, Any]]:
    """A head without CPUs on loopback, and one node, then two."""
    from ray.cluster_utils import Cluster

    runs = []
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    try:
        for nodes in (1, 2):
            cluster.add_node(num_cpus=1)
            out = folder / f"ray-{nodes}-{repeat}"
            wall = privbench([*job, "--engine", "ray", "--address", str(cluster.address)], out)
            same = same_records(folder / "local-1", out)
            runs.append(
                {"who": f"Ray nodes, {nodes}", "wall": wall, "pace": pace(out, nodes), "same": same}
            )
            say(f"{nodes} nodes: {wall:.1f} s, same records: {same}")
    finally:
        cluster.shutdown()
    return runs


def pace(out: Path, workers: int) -> float:
    """fc3 cells a second between the first and the last finished one: without start and end of the run.

    Each worker's first cell is left out: when it was begun is not known.
    """
    fingerprints = {r.cell for r in records(out) if r.attacker == "fc3"}
    at = sorted((out / "cells" / f"{name}.json").stat().st_mtime for name in fingerprints)
    return (len(at) - workers) / max(at[-1] - at[0], 1e-9)


def ray_text(raw: dict[str, Any]) -> list[str]:
    who = list(dict.fromkeys(run["who"] for run in raw["runs"]))
    runs = {w: [run for run in raw["runs"] if run["who"] == w] for w in who}
    wall = {w: median(run["wall"] for run in runs[w]) for w in who}
    rate = {w: median(run["pace"] for run in runs[w]) for w in who}
    rows = []
    for w in who:
        one = w.partition(",")[0] + ", 1"
        same = "yes" if all(run["same"] for run in runs[w]) else "**no**"
        walls = spread([run["wall"] for run in runs[w]])
        rows.append(
            [
                w,
                walls,
                f"{wall[one] / wall[w]:.2f}",
                f"{rate[w]:.2f}",
                f"{rate[w] / rate[one]:.2f}",
                same,
            ]
        )
    header = [
        "",
        "wall, s",
        "throughput against one",
        "cells a second, once going",
        "against one",
        "records as one process",
    ]
    return [
        f"{raw['cells']} equal cells of `fc3` (and as many of `majority`, which cost nothing). Nodes of one CPU each "
        "on loopback, beside a head without CPUs; wall time includes starting, Ray's workers and the report.",
        *code(raw["command"]),
        *table(header, rows),
    ]
