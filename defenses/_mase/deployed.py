"""The Flower app of a real deployment: server and clients, each in a process of its own; see ``deploy` in bench`.

The run's configuration holds `form`, the settings and the network's form as JSON, and `out`, where
the server leaves what it made; each node's holds `data`, the file of its participant's rows.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from ...bench.toolkit import train
from ...bench.types import Samples, Task
from ..au_federated import AuFederated
from . import federated, recurrent
from .recurrent import Aim

APP = {
    "serverapp": "privbench.defenses._mase.deployed:server",
    "clientapp": "privbench.defenses._mase.deployed:client",
}
server = ServerApp()


@server.main()
def main(grid: Grid, context: Context) -> None:
    """All rounds; the encoder is in `out` when they are done."""
    config: Any = context.run_config
    encoder = federated.serve(
        grid, _home(context), int(config["participants"]), wait=float(config["wait"])
    )
    encoder.save(Path(str(config["out"])))


def deployment(
    defense: AuFederated, samples: Samples, task: Task, folder: Path, *, seed: int
) -> tuple[dict[str, str], dict[str, Any], list[Path]]:
    """(app, configuration of the run, files): one file a participant in `folder`."""
    aim, who = recurrent.aim_of(defense.how, samples, task), samples.labels[task.private]
    files = []
    for person in np.unique(who):
        files.append(folder / f"participant-{person}.npz")
        write(samples.take(who == person), int(person), task.utility, files[-1])
    form = {"settings": asdict(defense), "aim": asdict(aim), "d": samples.x.shape[2], "seed": seed}
    form["precision"] = train.precision_name()
    return APP, {"form": json.dumps(form), "participants": len(files)}, files


def write(samples: Samples, who: int, utility: str, path: Path) -> None:
    """One participant's rows for his node, with what they are rated by, and nothing of anybody else."""
    arrays: dict[str, Any] = {f"target:{name}": told for name, told in samples.targets.items()}
    arrays |= {f"label:{name}": y for name, y in samples.labels.items() if name == utility}
    classes = {
        f"classes:{name}": np.array(names)
        for name, names in samples.classes.items()
        if name == utility
    }
    rows = {"x": samples.x, "source": samples.source, "original": samples.original}
    np.savez(path, who=np.array(who), **rows, **arrays, **classes)  # type: ignore[arg-type]


def read(path: Path) -> tuple[int, Samples]:
    """What `write` wrote."""
    with np.load(path, allow_pickle=False) as file:
        part = lambda prefix: {
            k.removeprefix(prefix): file[k] for k in file.files if k.startswith(prefix)
        }
        classes = {name: tuple(names.tolist()) for name, names in part("classes:").items()}
        rows = (
            file["x"],
            part("label:"),
            classes,
            file["source"],
            file["original"],
            part("target:"),
        )
        return int(file["who"]), Samples(*rows)


def _home(context: Context) -> federated.Home:
    told = json.loads(str(context.run_config["form"]))
    train.precision(told["precision"])
    aim = Aim(**{**told["aim"], "names": tuple(told["aim"]["names"])})
    return federated.Home(AuFederated(**told["settings"]), aim, told["d"], told["seed"], "cpu")


def _own(context: Context) -> tuple[int, Samples]:
    return read(Path(str(context.node_config["data"])))


client = federated.app(_home, _own)
