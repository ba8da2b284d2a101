"""Flower in one process: its server, clients, strategies and modifiers, with messages that are calls.

`flwr.simulation` would start a Ray cluster for every fold, and put a dead worker back in its pool.
The three things that Flower does not make public are touched here and nowhere else.
"""

from __future__ import annotations

import copy
import itertools
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")  # read when flwr is imported
os.environ.setdefault("FLWR_DISABLE_UPDATE_CHECK", "1")

import numpy as np

from ...bench.checks import InputError, one_of

try:
    from flwr.app import ArrayRecord, Context, Error, Message, MessageType, RecordDict, UserConfig
    from flwr.clientapp import ClientApp
    from flwr.serverapp import Grid, ServerApp
    from flwr.serverapp import strategy as strategies
    from flwr.serverapp.strategy import Strategy
    from flwr.supercore.run import Run
    from flwr.supercore.task_identity import TaskIdentity
except ImportError as error:
    raise InputError(
        "au-federated", "no Flower", 'pip install "privbench[federated]"', str(error)
    ) from error

T = TypeVar("T")
logging.getLogger("flwr").setLevel(logging.ERROR)
SERVER = 1  # node number; clients follow
NEEDS = {
    "FedProx": {"proximal_mu": 0.1},
    "Krum": {"num_malicious_nodes": 1},
    "QFedAvg": {"client_learning_rate": 0.01},
}


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

    def create_message(
        self, content: Any, message_type: str, dst_node_id: int, group_id: str, ttl: Any = None
    ) -> Any:
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def get_node_ids(self) -> list[int]:
        return list(self.contexts)

    def push_messages(self, messages: Iterable[Message]) -> list[str]:
        return [
            self._ask(copy.deepcopy(message)) for message in messages
        ]  # strategies share one record among all

    def pull_messages(self, message_ids: Iterable[str]) -> list[Message]:
        return [self.box.pop(key) for key in message_ids if key in self.box]

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> list[Message]:
        return self.pull_messages(self.push_messages(messages))

    def _ask(self, message: Message) -> str:
        key = message.metadata.__dict__["_message_id"] = str(next(self.serial))
        try:
            reply = self.app(message, self.contexts[message.metadata.dst_node_id])
        except Exception as error:  # a client's own failure: the others go on
            reply = Message(
                Error(code=2, reason=f"{type(error).__name__}: {error}"), reply_to=message
            )
        self.box[key] = reply
        return key


class Ordered:
    """A grid whose nodes come in the order of their participants: strategies that draw some draw the same ones.

    They are those of one moment, so that nobody leaves between two looks of a strategy.
    """

    def __init__(self, grid: Grid, people: Mapping[int, int]):
        self._grid = grid
        self.nodes = sorted((n for n in grid.get_node_ids() if n in people), key=people.__getitem__)
        if not self.nodes:  # a strategy would wait for ever
            raise RuntimeError("no participant is connected any more")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._grid, name)

    def get_node_ids(self) -> list[int]:
        return self.nodes


class Watching(Strategy):
    """Any strategy, and what passes through the server's hands.

    heard(round, sent, {participant: update}, {participant: why not}). people: node -> participant.
    entropy(round): what the server's own noise is drawn from.
    """

    def __init__(
        self,
        inner: Strategy,
        heard: Callable[..., None],
        people: Mapping[int, int],
        seed: int,
        entropy: Callable[[int], np.ndarray],
    ):
        self.inner, self.heard, self.people, self.seed, self.entropy = (
            inner,
            heard,
            people,
            seed,
            entropy,
        )
        self.sent: dict[str, Any] = {}
        self.asked: set[int] = set()
        self.gone: list[int] = []

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: Any, grid: Grid
    ) -> list[Message]:
        self.sent = {name: array.numpy().copy() for name, array in arrays.items()}
        random.seed(f"{self.seed} {server_round}")  # strategies draw clients from it
        ordered: Any = Ordered(grid, self.people)
        messages = list(self.inner.configure_train(server_round, arrays, config, ordered))
        self.gone = sorted(set(self.people) - set(ordered.nodes))
        self.asked = {m.metadata.dst_node_id for m in messages}
        return sorted(messages, key=lambda m: self.people[m.metadata.dst_node_id])

    def aggregate_train(self, server_round: int, replies: Iterable[Message]) -> Any:
        ordered = sorted(replies, key=lambda m: self.people.get(m.metadata.src_node_id, -1))
        got: dict[int, Any] = {
            m.metadata.src_node_id: m.content["arrays"] for m in ordered if not m.has_error()
        }
        said = {
            m.metadata.src_node_id: str(m.error.reason).partition("\n")[0]
            for m in ordered
            if m.has_error()
        }
        lost = {
            self.people[n]: said.get(n, "no answer in time") for n in sorted(self.asked - set(got))
        }
        lost |= {self.people[n]: "not connected" for n in self.gone}
        sent = self.sent
        updates = {
            self.people[n]: {name: new[name].numpy() - sent[name] for name in sent}
            for n, new in got.items()
        }
        self.heard(server_round, sent, updates, lost)
        np.random.seed(self.entropy(server_round))  # noqa: NPY002 (where Flower's wrappers draw their noise)
        if hasattr(
            self.inner, "num_sampled_clients"
        ):  # its noise is for a mean of so many, and one failure loses all
            self.inner.num_sampled_clients = len(got)  # type: ignore[attr-defined]
        return self.inner.aggregate_train(server_round, [m for m in ordered if not m.has_error()])

    def configure_evaluate(self, *args: Any) -> Any:
        return self.inner.configure_evaluate(*args)

    def aggregate_evaluate(self, *args: Any) -> Any:
        return self.inner.aggregate_evaluate(*args)

    def summary(self) -> None:
        self.inner.summary()


def introduced(grid: Grid, count: int, *, wait: float) -> dict[int, Any]:
    """Node -> what it says of itself, of `count` nodes, asked once; without those that do not answer.

    Raises:
        RuntimeError: if so many have not come after `wait` seconds, or none answers.
    """
    until = time.monotonic() + wait
    while len(nodes := sorted(grid.get_node_ids())) < count:
        if time.monotonic() > until:
            raise RuntimeError(f"{len(nodes)} of {count} participants came in {wait:.0f} s")
        threading.Event().wait(0.2)
    ask = [
        Message(RecordDict(), dst_node_id=node, message_type=MessageType.QUERY) for node in nodes
    ]
    replies = [m for m in grid.send_and_receive(ask, timeout=wait) if not m.has_error()]
    if not replies:
        raise RuntimeError(f"none of {count} participants said who they are")
    return {m.metadata.src_node_id: m.content for m in replies}


def strategy(name: str, weight: str) -> Strategy:
    """Flower's strategy of that name, over all clients there are; weight: the metric that the mean is weighted by."""
    known = [
        key
        for key, value in vars(strategies).items()
        if isinstance(value, type) and issubclass(value, Strategy)
    ]
    able = sorted(key for key in known if key.startswith("Fed") or key in ("Krum", "QFedAvg"))
    one_of("au-federated:strategy", name, [key for key in able if "Xgb" not in key])
    usual = {
        "fraction_train": 1.0,
        "fraction_evaluate": 0.0,
        "min_train_nodes": 1,
        "min_evaluate_nodes": 0,
    }
    return getattr(strategies, name)(
        **usual, min_available_nodes=1, weighted_by_key=weight, **NEEDS.get(name, {})
    )


def play(app: ClientApp, clients: Sequence[Mapping[str, Any]], serve: Callable[[Grid], T]) -> T:
    """What `serve(grid)` returns as a server of these clients. clients: the configuration of each node."""
    server, found = ServerApp(), []

    @server.main()
    def main(grid: Grid, context: Context) -> None:
        found.append(serve(grid))

    server(LocalGrid(app, clients), Context(1, SERVER, UserConfig(), RecordDict(), UserConfig()))
    return found[0]
