"""Federated training of a recurrent network in one process: a client for each participant."""

from __future__ import annotations

import numpy as np

from ...bench import seeds
from ...bench.types import Samples, Task
from .aim import aim_of
from .client import Home, app
from .federated_encoder import FederatedEncoder
from .flwr_api import Context, Grid
from .local_grid import play
from .recipe import FederatedSettings
from .server import serve


def fit(
    defense: FederatedSettings, samples: Samples, task: Task, *, seed: int, device: str
) -> FederatedEncoder:
    """The central model. One client for each class of the private label, all in every round."""
    aim = aim_of(defense.how, samples, task)
    secret = seeds.stream(seed, "secret")
    home = Home(defense, aim, samples.x.shape[2], seed, device, secret)
    person = samples.labels[task.private]
    rows: dict[int, Samples] = {}
    for participant in np.unique(person):
        rows[int(participant)] = samples.take(person == participant)

    def home_of(context: Context) -> Home:
        return home

    def rows_of(context: Context) -> tuple[int, Samples]:
        participant = int(context.node_config["participant"])  # type: ignore[arg-type]
        return participant, rows[participant]

    def server(grid: Grid) -> FederatedEncoder:
        return serve(grid, home, len(rows))

    clients = [{"participant": participant} for participant in rows]
    return play(app(home_of, rows_of), clients, server)
