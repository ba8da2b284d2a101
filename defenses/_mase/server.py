"""The server of a federated training: it averages what participants send, and keeps what it saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...bench.toolkit import progress
from ...bench.toolkit.federated_log import Log
from ...bench.toolkit.recurrent import Frames
from . import encoder, flower, privacy
from .client import Home
from .federated_encoder import FederatedEncoder, flat
from .flwr_api import ArrayRecord, ConfigRecord, Grid
from .postprocess import Postprocess
from .recipe import FederatedSettings

SERVER = 2**32  # no participant's number


def serve(grid: Grid, home: Home, count: int, *, wait: float = 3600) -> FederatedEncoder:
    """The central model after all rounds with `count` participants.

    wait: seconds for them to come, and for each round's answers.

    Raises:
        RuntimeError: if too few come, or no client answers.
    """
    defense = home.defense
    introduced = flower.introduced(grid, count, wait=wait)
    people = {}
    introductions = []
    for node, content in introduced.items():
        introduction = content["self"]
        people[node] = int(introduction["participant"])
        introductions.append(introduction)
    ready = frames_of(introductions, home.d)
    listener = Listener(defense, sorted(people.values()), moments(introductions))
    missing = count - len(people)
    if missing > 0:
        lost = f"{missing} of {count} participants, who said nothing"
        listener.lost.append(f"before round 1: {lost}")

    def entropy(number: int) -> np.ndarray:
        return home.entropy(number, SERVER)

    strategy = _strategy(defense, len(people))
    watching = flower.Watching(strategy, listener.heard, people, home.seed, entropy)
    scaling = {"mean": ready.mean.tolist(), "scale": ready.scale.tolist()}
    net = home.network()
    last = watching.start(
        grid=grid,
        initial_arrays=ArrayRecord(net.state_dict()),
        num_rounds=defense.rounds,
        timeout=wait,
        train_config=ConfigRecord(scaling),
    ).arrays
    if not last:  # Flower calls a run finished in which no client ever answered
        raise RuntimeError("no client answered in any round")
    net.load_state_dict(last.to_torch_state_dict())
    listener.ended(last)
    about = encoder.about(defense.how, home.d, home.aim)
    log = listener.log()
    return FederatedEncoder(net.eval(), ready, Postprocess(), about, home.device, log=log)


def _strategy(defense: FederatedSettings, participants: int) -> Any:
    """Flower's strategy, with the server's noise where it is trusted with that."""
    weight = "num-examples" if defense.weighted else "one"
    plain = flower.strategy(defense.strategy, weight)
    return privacy.central(plain, defense, participants)


def moments(introductions: Sequence[Any]) -> dict[int, np.ndarray]:
    """Participant -> (2 d,) mean and deviation of all of its frames, where it sent their sums."""
    result = {}
    for sums in introductions:
        if "count" in sums:
            participant = int(sums["participant"])
            mean, deviation = _moments([sums])
            result[participant] = np.concatenate([mean, deviation])
    return result


def frames_of(introductions: Sequence[Any], d: int) -> Frames:
    """Mean and deviation of all frames, from every client's sums.

    Frames stay as they are where a client sent none.
    """
    if any("count" not in sums for sums in introductions):
        return Frames(np.zeros(d, np.float32), np.ones(d, np.float32))
    mean, deviation = _moments(introductions)
    return Frames.scaled(mean, deviation)


def _moments(introductions: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """(d,) mean and (d,) deviation of the frames whose sums these are."""
    count = sum(int(sums["count"]) for sums in introductions)
    count = max(count, 1)
    total = np.sum([sums["total"] for sums in introductions], 0)
    squares = np.sum([sums["squares"] for sums in introductions], 0)
    mean = total / count
    variance = squares / count - mean**2
    return mean, np.sqrt(np.maximum(variance, 0))


class Listener:
    """Keeps what the server saw of each round: every client's update, or their sum.

    people: class numbers of the participants. first: participant -> (2 d,), see `moments`.
    """

    def __init__(self, defense: FederatedSettings, people: list[int], first: dict[int, np.ndarray]):
        self.defense = defense
        self.people = people
        self.first = np.zeros((0, 0), np.float32)
        if first and not defense.secure:  # a sum over all shows no participant's own
            self.first = np.array([first[p] for p in people if p in first], np.float32)
        self.rounds: list[int] = []
        self.who: list[int] = []
        self.updates: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []
        self.lost: list[str] = []

    def heard(self, number: int, sent: Any, updates: dict[int, Any], lost: dict[int, str]) -> None:
        """Keep one round. updates: by participant. lost: participant -> why no update came.

        Raises:
            RuntimeError: if no client answered, or an update is not finite.
        """
        rows = {p: flat(update) for p, update in updates.items()}
        for participant, why in lost.items():
            self.lost.append(f"round {number}, participant {participant}: {why}")
        if not rows:
            raise RuntimeError(f"round {number}: no client answered")
        finite = [np.isfinite(row).all() for row in rows.values()]
        if not all(finite):
            raise RuntimeError(f"round {number}: an update is not finite")
        self.weights.append(flat(sent))
        rounds = self.defense.rounds
        progress.say(f"au-federated: round {number} of {rounds}, {len(rows)} clients")
        if self.defense.secure:
            rows = {-1: np.sum(list(rows.values()), 0)}
        for participant, row in rows.items():
            self.rounds.append(number)
            self.who.append(participant)
            self.updates.append(row)

    def ended(self, arrays: Any) -> None:
        """Keep the weights that the training ended with."""
        weights = {name: array.numpy() for name, array in arrays.items()}
        self.weights.append(flat(weights))

    def log(self) -> Log:
        """All that was kept, and what was guaranteed.

        Updates and weights are kept in 32 bits, as they were sent.
        """
        return Log(
            rounds=np.array(self.rounds),
            who=np.array(self.who),
            updates=np.stack(self.updates).astype(np.float32),
            weights=np.stack(self.weights).astype(np.float32),
            people=np.array(self.people),
            first=self.first,
            epsilon=privacy.spent(self.defense),
            unit=self.defense.guarded,
            lost=tuple(self.lost),
        )
