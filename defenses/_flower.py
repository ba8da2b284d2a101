"""Flower in one process: its server, clients, strategies and modifiers, with messages that are calls.

`flwr.simulation` would start a Ray cluster for every fold, and put a dead worker back in its pool. The three things
that Flower does not make public are touched here and nowhere else.
"""

from __future__ import annotations

import copy
import itertools
import logging
import os
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")  # read when flwr is imported
os.environ.setdefault("FLWR_DISABLE_UPDATE_CHECK", "1")

import numpy as np

from ..bench.checks import InputError, one_of

try:
    from flwr.app import ArrayRecord, Context, Error, Message, RecordDict, UserConfig
    from flwr.clientapp import ClientApp
    from flwr.serverapp import Grid, ServerApp
    from flwr.serverapp import strategy as strategies
    from flwr.serverapp.strategy import Strategy
    from flwr.supercore.run import Run
    from flwr.supercore.task_identity import TaskIdentity
except ImportError as error:
    raise InputError("au-federated", "no Flower", 'pip install "privbench[federated]"', str(error)) from error

logging.getLogger("flwr").setLevel(logging.ERROR)
SERVER = 1  # node number; clients follow
NEEDS = {"FedProx": {"proximal_mu": 0.1}, "Krum": {"num_malicious_nodes": 1}, "QFedAvg": {"client_learning_rate": 0.01}}


class LocalGrid(Grid):
    """Messages are calls, one after the other, in the order of the clients."""

    def __init__(self, app: ClientApp, clients: Sequence[Mapping[str, Any]]):
        TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = 1, 1, SERVER  # type: ignore[assignment]
        self._run, self.app = Run.create_empty(run_id=1), app
        self.box: dict[str, Message] = {}
        self.serial = itertools.count(1)
        self.contexts = {
            node: Context(1, node, UserConfig(config), RecordDict(), UserConfig())  # type: ignore[arg-type]
            for node, config in enumerate(clients, SERVER + 1)
        }

    def set_run(self, run: Run) -> None:
        self._run = run

    @property
    def run(self) -> Run:
        return self._run

    def create_message(self, content: Any, message_type: str, dst_node_id: int, group_id: str, ttl: Any = None) -> Any:
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def get_node_ids(self) -> list[int]:
        return list(self.contexts)

    def push_messages(self, messages: Iterable[Message]) -> list[str]:
        return [self._ask(copy.deepcopy(message)) for message in messages]  # strategies share one record among all

    def pull_messages(self, message_ids: Iterable[str]) -> list[Message]:
        return [self.box.pop(key) for key in message_ids if key in self.box]

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> list[Message]:
        return self.pull_messages(self.push_messages(messages))

    def _ask(self, message: Message) -> str:
        key = message.metadata.__dict__["_message_id"] = str(next(self.serial))
        try:
            reply = self.app(message, self.contexts[message.metadata.dst_node_id])
        except Exception as error:  # a client's own failure: the others go on
            reply = Message(Error(code=2, reason=f"{type(error).__name__}: {error}"), reply_to=message)
        self.box[key] = reply
        return key


class Watching(Strategy):
    """Any strategy, and what passes through the server's hands. heard(round, sent, {node: update}, {node: why not})."""

    def __init__(self, inner: Strategy, heard: Callable[[int, Any, dict[int, Any], dict[int, str]], None], seed: int):
        self.inner, self.heard, self.seed, self.sent = inner, heard, seed, {}

    def configure_train(self, server_round: int, arrays: ArrayRecord, config: Any, grid: Grid) -> list[Message]:
        self.sent = {name: array.numpy().copy() for name, array in arrays.items()}
        random.seed(f"{self.seed} {server_round}")  # strategies draw clients from it
        messages = list(self.inner.configure_train(server_round, arrays, config, grid))
        return sorted(messages, key=lambda m: m.metadata.dst_node_id)

    def aggregate_train(self, server_round: int, replies: Iterable[Message]) -> Any:
        ordered = sorted(replies, key=lambda m: m.metadata.src_node_id)
        lost = {m.metadata.src_node_id: str(m.error.reason).partition("\n")[0] for m in ordered if m.has_error()}
        got: dict[int, Any] = {m.metadata.src_node_id: m.content["arrays"] for m in ordered if not m.has_error()}
        sent = self.sent
        updates = {node: {name: new[name].numpy() - sent[name] for name in sent} for node, new in got.items()}
        self.heard(server_round, sent, updates, lost)
        np.random.seed((self.seed + server_round) % 2**32)  # noqa: NPY002 (where Flower's wrappers draw their noise)
        return self.inner.aggregate_train(server_round, ordered)

    def configure_evaluate(self, *args: Any) -> Any:
        return self.inner.configure_evaluate(*args)

    def aggregate_evaluate(self, *args: Any) -> Any:
        return self.inner.aggregate_evaluate(*args)

    def summary(self) -> None:
        self.inner.summary()


def strategy(name: str, weight: str) -> Strategy:
    """Flower's strategy of that name, over all clients there are; weight: the metric that the mean is weighted by."""
    known = [key for key, value in vars(strategies).items() if isinstance(value, type) and issubclass(value, Strategy)]
    able = sorted(key for key in known if key.startswith("Fed") or key in ("Krum", "QFedAvg"))
    one_of("au-federated:strategy", name, [key for key in able if "Xgb" not in key])
    usual = {"fraction_train": 1.0, "fraction_evaluate": 0.0, "min_train_nodes": 1, "min_evaluate_nodes": 0}
    return getattr(strategies, name)(**usual, min_available_nodes=1, weighted_by_key=weight, **NEEDS.get(name, {}))


def play(
    own: Strategy, app: ClientApp, clients: Sequence[Mapping[str, Any]], start: Mapping[str, Any], *, rounds: int
) -> dict[str, Any]:
    """So many rounds from the weights `start`; returns the last weights. clients: the configuration of each node."""
    server, found = ServerApp(), {}

    @server.main()
    def main(grid: Grid, context: Context) -> None:
        found["arrays"] = own.start(grid=grid, initial_arrays=ArrayRecord(dict(start)), num_rounds=rounds).arrays

    server(LocalGrid(app, clients), Context(1, SERVER, UserConfig(), RecordDict(), UserConfig()))
    if not found["arrays"]:  # Flower calls a run finished in which nobody ever answered
        raise RuntimeError("no client answered in any round")
    return found["arrays"].to_torch_state_dict()
