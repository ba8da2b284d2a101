"""Participants that train a recurrent network on their own rows, and what they send."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...bench import seeds
from ...bench.toolkit import sequences
from ...bench.toolkit.recurrent import Frames
from ...bench.types import Samples
from . import encoder, privacy, recurrent
from .aim import Aim, Lesson
from .encoder import Network
from .flwr_api import ArrayRecord, ClientApp, Context, Message, MetricRecord, RecordDict
from .recipe import FederatedSettings

WORDS = 16  # of 32 bits, that noise is drawn from


@dataclass(frozen=True)
class Turn:
    """One participant in one round.

    number: of the round, from 1. participant: its class number. ready: how frames are standardised.
    pull: how strongly weights are kept near those that were sent out.
    """

    number: int
    participant: int
    ready: Frames
    pull: float


@dataclass(frozen=True)
class Home:
    """What server and clients know of the training: the settings, the network's form and a seed.

    d: numbers a frame. secret: what noise is drawn from, known to clients alone; None takes it from
    the operating system, as a deployment must. One that is given makes a run in one process repeat,
    and guarantees nothing.
    """

    defense: FederatedSettings
    aim: Aim
    d: int
    seed: int
    device: str
    secret: int | None = None

    def network(self) -> Network:
        """The untrained network, the same for server and clients."""
        return encoder.network(self.defense.how, self.d, self.aim, self.seed, self.device)

    def entropy(self, number: int, participant: int) -> np.ndarray:
        """(16,) words that the noise of one client's round, or the server's, is drawn from."""
        if self.secret is None:
            return np.frombuffer(os.urandom(4 * WORDS), np.uint32)
        stream = np.random.default_rng([self.secret, number, participant])
        return stream.integers(2**32, size=WORDS, dtype=np.uint32)

    def introduction(self, message: Message, rows: Samples, participant: int) -> Message:
        """Who the participant is and, without a guarantee, the sums for standardising frames."""
        content: dict[str, Any] = {"participant": participant}
        if not self.defense.guarded:
            content |= _sums(rows)
        return Message(RecordDict({"self": MetricRecord(content)}), reply_to=message)

    def trained(self, message: Message, rows: Samples, participant: int) -> Message:
        """The weights after training on these rows, in reply to those of the server."""
        asked: Any = message.content
        net = self.network()
        net.load_state_dict(asked["arrays"].to_torch_state_dict())
        turn = _turn(asked["config"], participant)

        def learn() -> float:
            return self._learn(net, rows, turn)

        loss = privacy.silent(learn, net) if self.defense.guarded else learn()
        np.random.seed(self.entropy(turn.number, participant))  # noqa: NPY002 (Flower's modifier draws its noise there)
        metrics = {"one": 1.0}
        # Under a guarantee nothing leaves that it does not cover: neither the loss nor how many
        # rows there are.
        if not self.defense.guarded:
            metrics |= {"train_loss": loss, "num-examples": len(rows)}
        arrays = ArrayRecord(net.state_dict())
        content = RecordDict({"arrays": arrays, "metrics": MetricRecord(metrics)})  # type: ignore[arg-type]
        return Message(content, reply_to=message)

    def _learn(self, net: Network, rows: Samples, turn: Turn) -> float:
        """One client's training in one round; the last mean loss."""
        lesson = Lesson.of(self.aim, rows, turn.ready, self.device)
        if self.defense.dpsgd:
            from .dpsgd import learn

            noise_seed = self.entropy(turn.number, turn.participant)
            learn(net, self.defense, lesson, noise_seed=noise_seed)
            return 0.0
        seed = seeds.stream(self.seed, "client", turn.number, turn.participant)
        return recurrent.learn(net, self.defense.how, lesson, seed=seed, pull=turn.pull)


def _sums(rows: Samples) -> dict[str, Any]:
    """How many frames there are, their sum and their sum of squares."""
    there = sequences.present(rows.x)
    x = sequences.filled(rows.x).astype(np.float64)
    total = x.sum((0, 1))
    squares = np.square(x).sum((0, 1))
    return {"count": int(there.sum()), "total": total.tolist(), "squares": squares.tolist()}


def _turn(config: Any, participant: int) -> Turn:
    """What the server's message says of the round."""
    mean = np.array(config["mean"], np.float32)
    scale = np.array(config["scale"], np.float32)
    pull = float(config.get("proximal-mu", 0.0))
    return Turn(int(config["server-round"]), participant, Frames(mean, scale), pull)


def app(
    home: Callable[[Context], Home], rows_of: Callable[[Context], tuple[int, Samples]]
) -> ClientApp:
    """A client; rows_of(context) -> (class number of the participant, its rows)."""
    client = ClientApp()

    def guarded(message: Message, context: Context, following: Any) -> Message:
        defense = home(context).defense
        guard = privacy.guard_of(defense)
        try:
            if guard:
                return guard(message, context, following)
            return following(message, context)
        except Exception as error:
            if defense.guarded:
                raise RuntimeError("failed") from None  # the reason would leave without noise
            raise error

    @client.query()
    def query(message: Message, context: Context) -> Message:
        participant, rows = rows_of(context)
        return home(context).introduction(message, rows, participant)

    @client.train(mods=[guarded])
    def train(message: Message, context: Context) -> Message:
        participant, rows = rows_of(context)
        return home(context).trained(message, rows, participant)

    return client
