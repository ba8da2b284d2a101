"""Clients that train a recurrent network on their own rows, and a server that sees what they send."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid

from ...bench import seeds
from ...bench.checks import InputError
from ...bench.federation.updates import Log
from ...bench.toolkit import progress, sequences, train
from ...bench.toolkit.recurrent import Frames
from ...bench.types import Array, Samples, Task
from . import flower, privacy, recurrent
from .postprocess import Spoken
from .recurrent import Network, RecurrentEncoder

if TYPE_CHECKING:
    from ..au_federated import AuFederated


SERVER = 2**32  # no participant's number


@dataclass(frozen=True, kw_only=True)
class FederatedEncoder(RecurrentEncoder):
    """Releases those of the central model. log: what the server saw."""

    log: Log

    def losses(self, weights: Array, samples: Samples) -> Array:
        """(n,) how badly the network with these weights (p,) does on each row: mean squared error, or cross-entropy.

        NaN where nobody rated.
        """
        how, names = self.about["recipe"], tuple(self.about["names"])
        aim = recurrent.Aim(
            names, self.about["k"], names[0] in samples.labels, how["loss"] == "mse"
        )
        net = copy.deepcopy(self.net)
        net.load_state_dict(unflattened(net, weights))
        said = recurrent.answers(net, train.tensor(self.ready(samples.x), self.device))[1]
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
    """What server and clients know of the training: the settings, the network's form and a seed.

    secret: what noise is drawn from, known to clients alone; None takes it from the operating
    system, as a deployment must. One that is given makes a run in one process repeat, and
    guarantees nothing to anybody.
    """

    defense: AuFederated
    aim: recurrent.Aim
    d: int
    seed: int
    device: str
    secret: int | None = None

    def network(self) -> Network:
        return recurrent.network(self.defense.how, self.d, self.aim, self.seed, self.device)

    def entropy(self, number: int, who: int) -> np.ndarray:
        """(16,) words that the noise of one client's round, or the SERVER's, is drawn from."""
        if self.secret is None:
            return np.frombuffer(os.urandom(64), np.uint32)
        return np.random.default_rng([self.secret, number, who]).integers(
            2**32, size=16, dtype=np.uint32
        )

    def introduction(self, message: Message, rows: Samples, who: int) -> Message:
        """Who a client is and, where nothing is guaranteed, the sums that frames are standardised by."""
        said: dict[str, Any] = {"participant": who}
        if not self.defense.guarded:
            there, x = sequences.present(rows.x), sequences.filled(rows.x).astype(np.float64)
            sums = {"total": x.sum((0, 1)).tolist(), "squares": np.square(x).sum((0, 1)).tolist()}
            said |= {"count": int(there.sum()), **sums}
        return Message(RecordDict({"self": MetricRecord(said)}), reply_to=message)

    def trained(self, message: Message, rows: Samples, who: int) -> Message:
        """The weights after training on these rows, in reply to those of the server."""
        asked: Any = message.content
        config, net = asked["config"], self.network()
        net.load_state_dict(asked["arrays"].to_torch_state_dict())
        number = int(config["server-round"])
        ready = Frames(*(np.array(config[name], np.float32) for name in ("mean", "scale")))
        learn = lambda: self._learn(
            net, rows, ready, number, who, float(config.get("proximal-mu", 0.0))
        )
        loss = privacy.silent(learn, net) if self.defense.guarded else learn()
        np.random.seed(self.entropy(number, who))  # noqa: NPY002 (Flower's modifier draws its noise there)
        # Under a guarantee nothing leaves that it does not cover: neither the loss nor how many
        # rows there are.
        plain = {} if self.defense.guarded else {"train_loss": loss, "num-examples": len(rows)}
        said = MetricRecord({"one": 1.0, **plain})
        return Message(
            RecordDict({"arrays": ArrayRecord(net.state_dict()), "metrics": said}), reply_to=message
        )

    def _learn(
        self, net: Network, rows: Samples, ready: Frames, number: int, who: int, pull: float
    ) -> float:
        """One client's training in one round; the last mean loss."""
        if self.defense.dpsgd:
            from .dpsgd import learn

            learn(
                net,
                self.defense,
                self.aim,
                rows,
                ready,
                noise_seed=self.entropy(number, who),
                device=self.device,
            )
            return 0.0
        return recurrent.learn(
            net,
            self.defense.how,
            self.aim,
            rows,
            ready,
            epochs=self.defense.how.epochs,
            seed=seeds.stream(self.seed, "client", number, who),
            device=self.device,
            pull=pull,
        )


def fit(
    defense: AuFederated, samples: Samples, task: Task, *, seed: int, device: str
) -> FederatedEncoder:
    """One client for each class of the private label, all in every round, in this process."""
    aim, secret = recurrent.aim_of(defense.how, samples, task), seeds.stream(seed, "secret")
    home = Home(defense, aim, samples.x.shape[2], seed, device, secret)
    people = np.unique(samples.labels[task.private])
    rows = {int(who): samples.take(samples.labels[task.private] == who) for who in people}

    def own(context: Context) -> tuple[int, Samples]:
        who = int(context.node_config["participant"])  # type: ignore[arg-type]
        return who, rows[who]

    clients = [{"participant": who} for who in rows]
    return flower.play(
        app(lambda context: home, own), clients, lambda grid: serve(grid, home, len(rows))
    )


def app(
    home: Callable[[Context], Home], own: Callable[[Context], tuple[int, Samples]]
) -> ClientApp:
    """A client; own(context) -> (class number of the participant, its rows)."""
    client = ClientApp()

    def guarded(message: Message, context: Context, following: Any) -> Message:
        defense = home(context).defense
        guard = privacy.guard_of(defense)
        try:
            return guard(message, context, following) if guard else following(message, context)
        except Exception as error:
            if defense.guarded:
                raise RuntimeError("failed") from None  # why would be told without noise
            raise error

    @client.query()
    def query(message: Message, context: Context) -> Message:
        who, rows = own(context)
        return home(context).introduction(message, rows, who)

    @client.train(mods=[guarded])
    def train(message: Message, context: Context) -> Message:
        who, rows = own(context)
        return home(context).trained(message, rows, who)

    return client


def serve(grid: Grid, home: Home, count: int, *, wait: float = 3600) -> FederatedEncoder:
    """All rounds with `count` participants. wait: seconds for them to come, and for each round's answers."""
    defense, said = home.defense, flower.introduced(grid, count, wait=wait)
    people = {node: int(content["self"]["participant"]) for node, content in said.items()}
    ready = frames_of([content["self"] for content in said.values()], home.d)
    listener = _Listener(
        defense, sorted(people.values()), moments(content["self"] for content in said.values())
    )
    if len(people) < count:
        listener.lost.append(
            f"before round 1: {count - len(people)} of {count} participants, who said nothing"
        )
    plain = flower.strategy(defense.strategy, "num-examples" if defense.weighted else "one")
    plain = privacy.central(plain, defense, len(people))
    own = flower.Watching(
        plain, listener.heard, people, home.seed, lambda number: home.entropy(number, SERVER)
    )
    config = ConfigRecord({"mean": ready.mean.tolist(), "scale": ready.scale.tolist()})
    net = home.network()
    last = own.start(
        grid=grid,
        initial_arrays=ArrayRecord(net.state_dict()),
        num_rounds=defense.rounds,
        timeout=wait,
        train_config=config,
    ).arrays
    if not last:  # Flower calls a run finished in which nobody ever answered
        raise RuntimeError("no client answered in any round")
    net.load_state_dict(last.to_torch_state_dict())
    listener.weights.append(_flat({name: array.numpy() for name, array in last.items()}))
    about = {
        "recipe": asdict(defense.how),
        "d": home.d,
        "k": home.aim.k,
        "each_frame": home.aim.each_frame,
    }
    about |= {"names": home.aim.names}
    return FederatedEncoder(net.eval(), ready, Spoken(), about, home.device, log=listener.log())


def moments(said: Iterable[Any]) -> dict[int, np.ndarray]:
    """Participant -> (2 d,) mean and deviation of all of its frames, where it told them."""
    found = {}
    for own in said:
        if "count" in own:
            mean = np.array(own["total"]) / max(int(own["count"]), 1)
            variance = np.array(own["squares"]) / max(int(own["count"]), 1) - mean**2
            found[int(own["participant"])] = np.concatenate(
                [mean, np.sqrt(np.maximum(variance, 0))]
            )
    return found


def frames_of(said: Sequence[Any], d: int) -> Frames:
    """Mean and deviation of all frames from every client's sums; frames as they are where clients tell none."""
    if any("count" not in own for own in said):
        return Frames(np.zeros(d, np.float32), np.ones(d, np.float32))
    count = max(sum(int(own["count"]) for own in said), 1)
    mean = np.sum([own["total"] for own in said], 0) / count
    variance = np.sum([own["squares"] for own in said], 0) / count - mean**2
    return Frames.scaled(mean, np.sqrt(np.maximum(variance, 0)))


class _Listener:
    """Keeps what the server saw of each round: every client's update, or their sum."""

    def __init__(self, defense: AuFederated, people: list[int], first: dict[int, np.ndarray]):
        self.defense, self.people = defense, people
        seen = [first[who] for who in people if who in first]  # sums of all tell nobody's own
        told = seen and not defense.secure
        self.first = np.array(seen, np.float32) if told else np.zeros((0, 0), np.float32)
        self.rounds: list[int] = []
        self.who: list[int] = []
        self.updates: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []
        self.lost: list[str] = []

    def heard(self, number: int, sent: Any, updates: dict[int, Any], lost: dict[int, str]) -> None:
        flat = {who: _flat(update) for who, update in updates.items()}
        self.lost += [f"round {number}, participant {who}: {why}" for who, why in lost.items()]
        if not flat or not all(np.isfinite(update).all() for update in flat.values()):
            raise RuntimeError(
                f"round {number}: "
                + ("no client answered" if not flat else "an update is not finite")
            )
        self.weights.append(_flat(sent))
        progress.say(f"au-federated: round {number} of {self.defense.rounds}, {len(flat)} clients")
        seen = {-1: np.sum(list(flat.values()), 0)} if self.defense.secure else flat
        for who, update in seen.items():
            self.rounds.append(number)
            self.who.append(who)
            self.updates.append(update)

    def log(self) -> Log:
        updates, weights = (
            np.stack(self.updates).astype(np.float32),
            np.stack(self.weights).astype(np.float32),
        )
        people, numbers, who = np.array(self.people), np.array(self.rounds), np.array(self.who)
        guarantee = privacy.spent(self.defense), self.defense.guarded
        return Log(numbers, who, updates, weights, people, self.first, *guarantee, tuple(self.lost))


def _flat(arrays: Any) -> np.ndarray:
    return np.concatenate([np.asarray(value, np.float32).ravel() for value in arrays.values()])


def unflattened(net: Network, flat: np.ndarray) -> dict[str, Any]:
    """A state of the network from all its numbers in one row."""
    state, start = {}, 0
    if (asked := sum(value.numel() for value in net.state_dict().values())) != len(flat):
        raise InputError(
            "updates.npz",
            f"{len(flat)} numbers",
            f"{asked}, as the network has",
            "of another network?",
        )
    for name, value in net.state_dict().items():
        state[name] = torch.from_numpy(
            flat[start : start + value.numel()].reshape(value.shape).copy()
        ).to(value.dtype)
        start += value.numel()
    return state


def load(folder: Path, *, device: str) -> FederatedEncoder:
    """The encoder that `save` wrote."""
    plain = recurrent.load(folder, device=device)
    return FederatedEncoder(**vars(plain), log=Log.read(folder / "updates.npz"))
