"""Clients that train a recurrent network on their own rows, and a server that sees what they send."""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.clientapp.mod import LocalDpMod

from ..bench import progress, seeds, sequences, train
from ..bench.checks import InputError
from ..bench.recurrent import Frames
from ..bench.types import Array, Samples, Task
from ..bench.updates import Log
from . import _flower, _recurrent
from ._recurrent import Network, RecurrentEncoder
from ._spoken import Spoken

if TYPE_CHECKING:
    from .au_federated import AuFederated


@dataclass(frozen=True, kw_only=True)
class FederatedEncoder(RecurrentEncoder):
    """Releases those of the central model. log: what the server saw."""

    log: Log

    def losses(self, weights: Array, samples: Samples) -> Array:
        """(n,) how badly the network with these weights (p,) does on each row: mean squared error, or cross-entropy.

        NaN where nobody rated.
        """
        how, names = self.about["recipe"], tuple(self.about["names"])
        aim = _recurrent.Aim(names, self.about["k"], names[0] in samples.labels, how["loss"] == "mse")
        net = copy.deepcopy(self.net)
        net.load_state_dict(unflattened(net, weights))
        said = _recurrent.answers(net, train.tensor(self.ready(samples.x), self.device))[1]
        told = aim.told(samples)
        if aim.classes:
            e = said - said.max(1, keepdims=True)
            return np.log(np.exp(e).sum(1)) - e[np.arange(len(told)), told]
        return sequences.means(np.square(said - told).reshape(len(said), -1))

    def save(self, folder: Path, /) -> None:
        super().save(folder)
        self.log.write(folder / "updates.npz")


@dataclass(frozen=True)
class Home:
    """What every client knows of the training: the settings, the network's form and how frames get ready."""

    defense: AuFederated
    aim: _recurrent.Aim
    ready: Frames
    d: int
    seed: int
    device: str

    def network(self) -> Network:
        return _recurrent.network(self.defense.how, self.d, self.aim, self.seed, self.device)

    def trained(self, message: Message, rows: Samples, who: int) -> Message:
        """The reply to a message of the server: the weights after training on these rows."""
        asked: Any = message.content
        config, net = asked["config"], self.network()
        net.load_state_dict(asked["arrays"].to_torch_state_dict())
        number = int(config["server-round"])
        loss = _recurrent.learn(
            net, self.defense.how, self.aim, rows, self.ready, epochs=self.defense.how.epochs,
            seed=seeds.stream(self.seed, "client", number, who), device=self.device,
            pull=float(config.get("proximal-mu", 0.0)),
        )  # fmt: skip
        np.random.seed(seeds.stream(self.seed, "noise", number, who) % 2**32)  # noqa: NPY002 (Flower's modifier draws there)
        said = MetricRecord({"train_loss": loss, "num-examples": len(rows), "one": 1.0})
        return Message(RecordDict({"arrays": ArrayRecord(net.state_dict()), "metrics": said}), reply_to=message)


def fit(defense: AuFederated, samples: Samples, task: Task, *, seed: int, device: str) -> FederatedEncoder:
    """One client for each class of the private label, all in every round."""
    aim = _recurrent.aim_of(defense.how, samples, task)
    people = np.unique(samples.labels[task.private])
    rows = {int(who): samples.take(samples.labels[task.private] == who) for who in people}
    home = Home(defense, aim, frames_of(defense, rows), samples.x.shape[2], seed, device)
    log = _Listener(defense, list(rows))
    own = _flower.Watching(
        _flower.strategy(defense.strategy, "num-examples" if defense.weighted else "one"), log.heard, seed
    )
    clients = [{"participant": who} for who in rows]
    net = home.network()
    net.load_state_dict(_flower.play(own, app(home, rows), clients, net.state_dict(), rounds=defense.rounds))
    about = {"recipe": asdict(defense.how), "d": home.d, "k": aim.k, "each_frame": aim.each_frame, "names": aim.names}
    return FederatedEncoder(net.eval(), home.ready, Spoken(), about, device, log=log.log(spent(defense)))


def app(home: Home, rows: dict[int, Samples]) -> ClientApp:
    """Clients in this process; each looks at its own rows."""
    client = ClientApp()

    @client.train(mods=guards(home.defense))
    def train(message: Message, context: Context) -> Message:
        who = int(context.node_config["participant"])  # type: ignore[arg-type]
        return home.trained(message, rows[who], who)

    return client


def guards(defense: AuFederated) -> list[Any]:
    """What clips a client's update and adds noise to it before it leaves: Flower's own, calibrated by `noise`."""
    if not defense.epsilon:
        return []
    wide, apart = noise(defense), 2 * defense.clip  # two updates of norm `clip` lie at most so far apart
    a_round = np.sqrt(2 * np.log(1.25 / defense.delta)) / wide  # the epsilon at which the modifier adds wide * apart
    return [LocalDpMod(defense.clip, apart, float(a_round), defense.delta)]


def noise(defense: AuFederated) -> float:
    """Deviation of the noise on an update, in its sensitivity, such that all rounds together spend `epsilon`."""
    if not defense.epsilon:
        return 0.0
    from opacus.accountants.utils import get_noise_multiplier

    return get_noise_multiplier(
        target_epsilon=defense.epsilon, target_delta=defense.delta, sample_rate=1.0, steps=defense.rounds,
        accountant="rdp",
    )  # fmt: skip


def spent(defense: AuFederated) -> float:
    """The epsilon of all rounds together, by the accountant; 0 without noise."""
    if not defense.epsilon:
        return 0.0
    from opacus.accountants import RDPAccountant

    accountant = RDPAccountant()
    accountant.history = [(noise(defense), 1.0, defense.rounds)]
    return float(accountant.get_epsilon(delta=defense.delta))


def frames_of(defense: AuFederated, rows: dict[int, Samples]) -> Frames:
    """Mean and deviation of frames from sums that every client would send; frames as they are under a guarantee."""
    d = next(iter(rows.values())).x.shape[2]
    if defense.epsilon:
        return Frames(np.zeros(d, np.float32), np.ones(d, np.float32))
    count, total, squares = 0, np.zeros(d), np.zeros(d)
    for own in rows.values():
        there, x = sequences.present(own.x), sequences.filled(own.x).astype(np.float64)
        count, total, squares = count + there.sum(), total + x.sum((0, 1)), squares + np.square(x).sum((0, 1))
    mean = total / count
    sd = np.sqrt(np.maximum(squares / count - mean**2, 0))
    scale = np.where(sd > 0, 1 / np.where(sd > 0, sd, 1), 0)
    return Frames(mean.astype(np.float32), scale.astype(np.float32))


class _Listener:
    """Keeps what the server saw of each round: every client's update, or their sum."""

    def __init__(self, defense: AuFederated, people: list[int]):
        self.defense, self.people = defense, people
        self.rounds: list[int] = []
        self.who: list[int] = []
        self.updates: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []
        self.lost: list[str] = []

    def heard(self, number: int, sent: Any, updates: dict[int, Any], lost: dict[int, str]) -> None:
        flat = {node: _flat(update) for node, update in updates.items()}
        person = lambda node: self.people[node - _flower.SERVER - 1]
        self.lost += [f"round {number}, participant {person(node)}: {why}" for node, why in lost.items()]
        if not flat or not all(np.isfinite(update).all() for update in flat.values()):
            raise RuntimeError(f"round {number}: " + ("no client answered" if not flat else "an update is not finite"))
        self.weights.append(_flat(sent))
        progress.say(f"au-federated: round {number} of {self.defense.rounds}, {len(flat)} clients")
        seen = {-1: np.sum(list(flat.values()), 0)} if self.defense.secure else {person(n): u for n, u in flat.items()}
        for who, update in seen.items():
            self.rounds.append(number)
            self.who.append(who)
            self.updates.append(update)

    def log(self, epsilon: float) -> Log:
        updates, weights = np.stack(self.updates).astype(np.float32), np.stack(self.weights).astype(np.float32)
        people, lost = np.array(self.people), tuple(self.lost)
        return Log(np.array(self.rounds), np.array(self.who), updates, weights, people, epsilon, lost)


def _flat(arrays: Any) -> np.ndarray:
    return np.concatenate([np.asarray(value, np.float32).ravel() for value in arrays.values()])


def unflattened(net: Network, flat: np.ndarray) -> dict[str, Any]:
    """A state of the network from all its numbers in one row."""
    import torch

    state, start = {}, 0
    if (asked := sum(value.numel() for value in net.state_dict().values())) != len(flat):
        raise InputError("updates.npz", f"{len(flat)} numbers", f"{asked}, as the network has", "of another network?")
    for name, value in net.state_dict().items():
        state[name] = torch.from_numpy(flat[start : start + value.numel()].reshape(value.shape).copy()).to(value.dtype)
        start += value.numel()
    return state


def load(folder: Path, *, device: str) -> FederatedEncoder:
    """The encoder that `save` wrote."""
    plain = _recurrent.load(folder, device=device)
    return FederatedEncoder(**vars(plain), log=Log.read(folder / "updates.npz"))
