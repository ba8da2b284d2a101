"""Flower's strategies as the server of a training uses them: watched, and in a fixed order."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ...bench.checks import one_of
from .flwr_api import ArrayRecord, Grid, Message, MessageType, RecordDict, Strategy, strategies

PAUSE = 0.2  # seconds between two looks at who is connected
NEEDS = {
    "FedProx": {"proximal_mu": 0.1},
    "Krum": {"num_malicious_nodes": 1},
    "QFedAvg": {"client_learning_rate": 0.01},
}
EVERYBODY = {  # in every round, and no evaluation
    "fraction_train": 1.0,
    "fraction_evaluate": 0.0,
    "min_train_nodes": 1,
    "min_evaluate_nodes": 0,
    "min_available_nodes": 1,
}

Update = dict[str, Any]  # name of a layer -> array


class Ordered:
    """A grid whose nodes come in the order of their participants.

    So strategies that draw some of them draw the same ones. The nodes are those of one moment, so
    that none leaves between two looks of a strategy.
    """

    def __init__(self, grid: Grid, people: Mapping[int, int]):
        self._grid = grid
        nodes = [node for node in grid.get_node_ids() if node in people]
        self.nodes = sorted(nodes, key=people.__getitem__)
        if not self.nodes:  # a strategy would wait for ever
            raise RuntimeError("no participant is connected any more")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._grid, name)

    def get_node_ids(self) -> list[int]:
        """The numbers of the participants' nodes."""
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
        self.inner = inner
        self.heard = heard
        self.people = people
        self.seed = seed
        self.entropy = entropy
        self.sent: Update = {}
        self.asked: set[int] = set()
        self.gone: list[int] = []

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: Any, grid: Grid
    ) -> list[Message]:
        """The messages of a round, in the order of the participants."""
        self.sent = {name: array.numpy().copy() for name, array in arrays.items()}
        random.seed(f"{self.seed} {server_round}")  # strategies draw clients from it
        ordered: Any = Ordered(grid, self.people)
        messages = list(self.inner.configure_train(server_round, arrays, config, ordered))
        self.gone = sorted(set(self.people) - set(ordered.nodes))
        self.asked = {message.metadata.dst_node_id for message in messages}
        return sorted(messages, key=self._to)

    def aggregate_train(self, server_round: int, replies: Iterable[Message]) -> Any:
        """What the inner strategy makes of the replies, after `heard` was given them."""
        ordered = sorted(replies, key=self._from)
        answers = [message for message in ordered if not message.has_error()]
        updates = {}
        for message in answers:
            participant = self.people[message.metadata.src_node_id]
            updates[participant] = self._update(message)
        self.heard(server_round, self.sent, updates, self._lost(ordered))
        np.random.seed(self.entropy(server_round))  # noqa: NPY002 (where Flower's wrappers draw their noise)
        inner: Any = self.inner
        if hasattr(inner, "num_sampled_clients"):
            # Its noise is for a mean of so many, and one failure loses all.
            inner.num_sampled_clients = len(answers)
        return inner.aggregate_train(server_round, answers)

    def _to(self, message: Message) -> int:
        return self.people[message.metadata.dst_node_id]

    def _from(self, message: Message) -> int:
        return self.people.get(message.metadata.src_node_id, -1)

    def _update(self, message: Message) -> Update:
        """Weights after a client's training less those that were sent out."""
        arrays: Any = message.content["arrays"]
        update = {}
        for name, before in self.sent.items():
            update[name] = arrays[name].numpy() - before
        return update

    def _lost(self, replies: Iterable[Message]) -> dict[int, str]:
        """Participant -> why no update came from it."""
        reasons = {}
        answered = set()
        for message in replies:
            node = message.metadata.src_node_id
            if message.has_error():
                reasons[node] = str(message.error.reason).partition("\n")[0]
            else:
                answered.add(node)
        lost = {}
        for node in sorted(self.asked - answered):
            lost[self.people[node]] = reasons.get(node, "no answer in time")
        for node in self.gone:
            lost[self.people[node]] = "not connected"
        return lost

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: Any, grid: Grid
    ) -> Any:
        """As the inner strategy."""
        return self.inner.configure_evaluate(server_round, arrays, config, grid)

    def aggregate_evaluate(self, server_round: int, replies: Iterable[Message]) -> Any:
        """As the inner strategy."""
        return self.inner.aggregate_evaluate(server_round, replies)

    def summary(self) -> None:
        """As the inner strategy."""
        self.inner.summary()


def introduced(grid: Grid, count: int, *, wait: float) -> dict[int, Any]:
    """Node -> its introduction, of `count` nodes, asked once; without those that do not answer.

    Raises:
        RuntimeError: if so many have not come after `wait` seconds, or none answers.
    """
    until = time.monotonic() + wait
    nodes = sorted(grid.get_node_ids())
    while len(nodes) < count:
        if time.monotonic() > until:
            raise RuntimeError(f"{len(nodes)} of {count} participants came in {wait:.0f} s")
        threading.Event().wait(PAUSE)
        nodes = sorted(grid.get_node_ids())
    ask = []
    for node in nodes:
        ask.append(Message(RecordDict(), dst_node_id=node, message_type=MessageType.QUERY))
    replies = grid.send_and_receive(ask, timeout=wait)
    answers = [message for message in replies if not message.has_error()]
    if not answers:
        raise RuntimeError(f"none of {count} participants said who they are")
    return {message.metadata.src_node_id: message.content for message in answers}


def strategy(name: str, weight: str) -> Strategy:
    """Flower's strategy of that name, over all clients there are.

    weight: the metric that the mean is weighted by.

    Raises:
        InputError: if there is none that can be used here.
    """
    able = sorted(filter(_usable, vars(strategies)))
    one_of("au-federated:strategy", name, able)
    needs = NEEDS.get(name, {})
    return getattr(strategies, name)(**EVERYBODY, weighted_by_key=weight, **needs)


def _usable(name: str) -> bool:
    """Whether it names a strategy for weights of networks."""
    value = getattr(strategies, name)
    if not (isinstance(value, type) and issubclass(value, Strategy)):
        return False
    named = name.startswith("Fed") or name in ("Krum", "QFedAvg")
    return named and "Xgb" not in name
