"""The Flower app of a real deployment: server and clients, each in a process of its own.

See bench/federation/deploy.py, which starts them. The run's configuration holds `form`, the
settings and the network's form as JSON, and `out`, where the server leaves what it made; each
node's holds `data`, the file of its participant's rows.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ...bench.toolkit import train
from ...bench.types import Array, Samples, Task
from .aim import Aim, aim_of
from .client import Home, app
from .flwr_api import Context, Grid, ServerApp
from .recipe import FederatedSettings
from .server import serve

APP = {
    "serverapp": "privbench.defenses._mase.deployed:server",
    "clientapp": "privbench.defenses._mase.deployed:client",
}
server = ServerApp()


@server.main()
def main(grid: Grid, context: Context) -> None:
    """Play all rounds; the encoder is in `out` when they are done."""
    config: Any = context.run_config
    participants = int(config["participants"])
    encoder = serve(grid, _home(context), participants, wait=float(config["wait"]))
    encoder.save(Path(str(config["out"])))


def deployment(
    defense: FederatedSettings, samples: Samples, task: Task, folder: Path, *, seed: int
) -> tuple[dict[str, str], dict[str, Any], list[Path]]:
    """(app, configuration of the run, files): one file a participant in `folder`."""
    aim = aim_of(defense.how, samples, task)
    person = samples.labels[task.private]
    files = []
    for participant in np.unique(person):
        path = folder / f"participant-{participant}.npz"
        write(samples.take(person == participant), int(participant), task.utility, path)
        files.append(path)
    form = {
        "settings": asdict(defense),
        "aim": asdict(aim),
        "d": samples.x.shape[2],
        "seed": seed,
        "precision": train.precision_name(),
    }
    return APP, {"form": json.dumps(form), "participants": len(files)}, files


def write(samples: Samples, participant: int, utility: str, path: Path) -> None:
    """Write one participant's rows for its node: what they are rated by, and of no other label."""
    arrays: dict[str, Any] = {"who": np.array(participant)}
    arrays["x"] = samples.x
    arrays["source"] = samples.source
    arrays["original"] = samples.original
    for name, target in samples.targets.items():
        arrays[f"target:{name}"] = target
    if utility in samples.labels:
        arrays[f"label:{utility}"] = samples.labels[utility]
    if utility in samples.classes:
        arrays[f"classes:{utility}"] = np.array(samples.classes[utility])
    np.savez(path, **arrays)


def read(path: Path) -> tuple[int, Samples]:
    """(class number of the participant, its rows) as `write` wrote them."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    classes = {}
    for name, names in _named("classes:", arrays).items():
        classes[name] = tuple(names.tolist())
    samples = Samples(
        x=arrays["x"],
        labels=_named("label:", arrays),
        classes=classes,
        source=arrays["source"],
        original=arrays["original"],
        targets=_named("target:", arrays),
    )
    return int(arrays["who"]), samples


def _named(prefix: str, arrays: dict[str, Array]) -> dict[str, Array]:
    """Name -> array, of those that are called PREFIX and the name."""
    part = {}
    for key, array in arrays.items():
        if key.startswith(prefix):
            part[key.removeprefix(prefix)] = array
    return part


def _home(context: Context) -> Home:
    form = json.loads(str(context.run_config["form"]))
    train.precision(form["precision"])
    names = tuple(form["aim"]["names"])
    aim = Aim(**{**form["aim"], "names": names})
    settings = FederatedSettings(**form["settings"])
    return Home(settings, aim, form["d"], form["seed"], "cpu")


def _rows(context: Context) -> tuple[int, Samples]:
    path = Path(str(context.node_config["data"]))
    return read(path)


client = app(_home, _rows)
