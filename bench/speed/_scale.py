"""Memory of a large run, and two Ray nodes against one."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _tools import (
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
)

INTERVAL = 0.2  # seconds between two looks
KINDS = ("Rss", "Pss", "Anonymous")
EXPRESSIONS = 7  # pictures of each person in a rendering
MIB = 2**20


def memory(o: Options) -> Raw:
    """Peaks of the parent and of each worker, while a run is going on."""
    people = 100
    size = 64
    renderings = 7 if o.small else 143
    dataset = f"synthfaces:size={size},people={people},renderings={renderings}"
    arguments = ["run", "-d", "emotion:epochs=1", "-a", "fc3:epochs=1", "--dataset", dataset]
    arguments += ["--folds", "10", "--fold", "0"]
    with tempfile.TemporaryDirectory() as tmp:
        out = Path(tmp) / "out"
        started = time.perf_counter()
        with _running([*cli(), *arguments, "--out", str(out)], Path(tmp) / "stderr") as process:
            peaks = watch(process)
        wall = time.perf_counter() - started
        records(out)
    rows = people * EXPRESSIONS * renderings
    pixels = size * size
    return {
        "command": shown(arguments),
        "rows": rows,
        "pixels": pixels,
        "data_mib": rows * pixels * 4 / MIB,
        "wall": wall,
        **peaks,
    }


@contextlib.contextmanager
def _running(command: list[str], stderr: Path) -> Iterator[Any]:
    """The process of a command; RuntimeError with the end of its stderr if it fails."""
    with stderr.open("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        try:
            yield process
        finally:
            process.kill()
        errors.seek(0)
        if process.wait():
            raise RuntimeError(errors.read()[-2000:])


@dataclass
class _Seen:
    """One process: what it is, and the largest of each kind, in MiB."""

    role: str
    peak: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))

    def look(self, now: dict[str, float]) -> None:
        """Remember what is larger than before."""
        for kind in KINDS:
            self.peak[kind] = max(self.peak[kind], now[kind])


def watch(process: Any) -> Raw:
    """Peaks of a process and each of its descendants until it ends, and of the sum of their Pss."""
    seen: dict[int, _Seen] = {}
    together = 0.0
    looks = 0
    while process.poll() is None:
        sum_now = 0.0
        for pid in family(process.pid):
            now = rollup(pid)
            if not now:
                continue
            if pid not in seen:
                seen[pid] = _Seen("parent" if pid == process.pid else role(pid))
            seen[pid].look(now)
            sum_now += now["Pss"]
        together = max(together, sum_now)
        looks += 1
        time.sleep(INTERVAL)
    processes = [{"role": one.role, **one.peak} for one in seen.values()]
    return {"processes": processes, "together_pss": together, "looks": looks}


def family(pid: int) -> list[int]:
    """The process and its descendants; those that have ended are left out."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    members = [pid]
    for child in " ".join(lists).split():
        members += family(int(child))
    return members


def rollup(pid: int) -> dict[str, float]:
    """{kind: MiB} of a process; empty if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return {}
    kib = {}
    for line in lines[1:]:
        name, _, rest = line.partition(":")
        kib[name] = int(rest.split()[0])
    if not kib.keys() >= set(KINDS):
        return {}
    return {kind: kib[kind] / 1024 for kind in KINDS}


def role(pid: int) -> str:
    """What a child of privbench is, from its command line."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return "other"
    return "worker" if "spawn_main" in text else "other"


def memory_text(raw: Raw) -> list[str]:
    """The section of the part memory."""
    workers = 0
    rows = []
    for process in raw["processes"]:
        name = process["role"]
        if name not in ("parent", "worker"):
            continue
        if name == "worker":
            workers += 1
            name = f"worker {workers}"
        of_data = process["Anonymous"] / raw["data_mib"]
        peaks = [fixed(process[kind], 0) for kind in KINDS]
        rows.append([name, *peaks, fixed(of_data)])
    rows.append(["all together at one time", "", fixed(raw["together_pss"], 0), "", ""])
    header = ["peak, MiB", "Rss", "Pss", "anonymous", "anonymous / the data"]
    return [
        f"{raw['rows']} pictures of {raw['pixels']} pixels are {raw['data_mib']:.0f} MiB of"
        f" float32. The run took {raw['wall']:.0f} s; /proc was read {raw['looks']} times. A page"
        " that several processes share counts whole in the Rss of each and in parts in their Pss;"
        " anonymous memory is a process's own.",
        *code(raw["command"]),
        *table(header, rows),
    ]


def ray_nodes(o: Options) -> Raw:
    """The same equal cells on one node of one CPU, then on two.

    On this machine's processes for comparison.
    """
    rows, seeds, epochs = (20, 1, 2) if o.small else (400, 3, 15)
    dataset = f"gaussian:rows={rows},nuisance=2000"
    job = ["run", "-d", "raw", "-a", f"fc3:epochs={epochs}", "--folds", "4"]
    for seed in range(seeds):
        job += ["--seed", str(seed)]
    job += ["--dataset", dataset]
    with tempfile.TemporaryDirectory() as tmp:
        runs = _on_processes(job, Path(tmp))
        for repeat in range(o.repeats):
            runs += _on_nodes(job, Path(tmp), repeat)
    command = f"{shown(job)} --engine ray --address HOST:PORT"
    return {"command": command, "cells": 4 * seeds, "runs": runs}


def _on_processes(job: list[str], folder: Path) -> list[Raw]:
    """One process of this machine, and two."""
    runs = []
    for jobs in (1, 2):
        out = folder / f"local-{jobs}"
        wall = privbench([*job, "--jobs", str(jobs)], out)
        runs.append(_run(f"processes, {jobs}", wall, out, jobs))
        say(f"{jobs} processes: {wall:.1f} s")
    return runs


def _on_nodes(job: list[str], folder: Path, repeat: int) -> list[Raw]:
    """A head without CPUs on loopback, and one node, then two."""
    from ray.cluster_utils import Cluster

    runs = []
    head = {"num_cpus": 0, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        for nodes in (1, 2):
            cluster.add_node(num_cpus=1)
            out = folder / f"ray-{nodes}-{repeat}"
            wall = privbench([*job, "--engine", "ray", "--address", str(cluster.address)], out)
            run = _run(f"Ray nodes, {nodes}", wall, out, nodes)
            runs.append(run)
            say(f"{nodes} nodes: {wall:.1f} s, same records: {run['same']}")
    finally:
        cluster.shutdown()
    return runs


def _run(who: str, wall: float, out: Path, workers: int) -> Raw:
    """What is kept of one run: its pace, and whether its records are those of one process."""
    same = same_records(out.parent / "local-1", out)
    return {"who": who, "wall": wall, "pace": pace(out, workers), "same": same}


def pace(out: Path, workers: int) -> float:
    """fc3 cells a second between the first and the last finished one.

    That is without start and end of the run. Each worker's first cell is left out: when it was
    begun is not known.
    """
    fingerprints = {r.cell for r in records(out) if r.attacker == "fc3"}
    files = [out / "cells" / f"{name}.json" for name in fingerprints]
    at = sorted(file.stat().st_mtime for file in files)
    took = at[-1] - at[0]
    return (len(at) - workers) / max(took, 1e-9)


def ray_text(raw: Raw) -> list[str]:
    """The section of the part ray."""
    by_contender: dict[str, list[Raw]] = {}
    for run in raw["runs"]:
        by_contender.setdefault(run["who"], []).append(run)
    rows = []
    for name, runs in by_contender.items():
        kind = name.partition(",")[0]
        rows.append([name, *_against(runs, by_contender[f"{kind}, 1"])])
    header = [
        "", "wall, s", "throughput against one", "cells a second, once going", "against one",
        "records as one process",
    ]  # fmt: skip
    return [
        f"{raw['cells']} equal cells of `fc3` (and as many of `majority`, which cost nothing)."
        " Nodes of one CPU each on loopback, beside a head without CPUs; wall time includes"
        " starting, Ray's workers and the report.",
        *code(raw["command"]),
        *table(header, rows),
    ]


def _against(runs: list[Raw], of_one: list[Raw]) -> list[str]:
    """Wall time and pace of a contender, against those of one worker of its kind."""
    rate = _median_of(runs, "pace")
    throughput = _median_of(of_one, "wall") / _median_of(runs, "wall")
    times = rate / _median_of(of_one, "pace")
    same = all(run["same"] for run in runs)
    return [
        spread([run["wall"] for run in runs]),
        fixed(throughput),
        fixed(rate),
        fixed(times),
        "yes" if same else "**no**",
    ]


def _median_of(runs: list[Raw], key: str) -> float:
    return median(run[key] for run in runs)
