"""Models of any make, asked in one way: a network, a scikit-learn transformer, a function."""

from __future__ import annotations

import copy
import hashlib
import io
import itertools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ...bench.checks import InputError
from ...bench.toolkit import nets
from ...bench.types import Array
from . import frozen_files
from .frozen_files import ModelFile
from .frozen_pictures import are_grey
from .frozen_snapshot import Snapshot, opened

KINDS = "a torch module, a callable, a scikit-learn transformer, a path or timm:NAME"
Origin = Mapping[str, str]  # what a model is, for the JSON beside its encoder; with its sha256


class Model(Protocol):
    """A model that can be asked."""

    def given(self, x: Array, /) -> Any:
        """Rows (n, ...) float32 in the form that the model takes, and a transform before it."""
        ...

    def __call__(self, given: Any, /) -> Any:
        """Whatever comes out."""
        ...


@dataclass(frozen=True)
class Opened:
    """A model, what it is, and its weights where it was in memory."""

    model: Model
    origin: Origin
    weights: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """A module in evaluation mode on a device: it takes tensors."""

    net: nn.Module
    device: str

    def given(self, x: Array, /) -> Tensor:
        """A copy on the device: layers may work in place."""
        return torch.tensor(x, device=self.device)

    def __call__(self, given: Any, /) -> Any:
        """What the module gives for a tensor; grey pictures three times where it wants colour."""
        rows = torch.as_tensor(given, device=self.device)
        if are_grey(rows) and _channels(self.net) == 3:
            rows = rows.repeat(1, 3, 1, 1)  # layers may work in place
        return self.net(rows)


@dataclass(frozen=True)
class Function:
    """A plain callable: it takes an array (n, ...)."""

    function: Callable[[Array], Any]

    def given(self, x: Array, /) -> Array:
        """A copy."""
        return x.copy()

    def __call__(self, given: Any, /) -> Any:
        """What the function gives."""
        return self.function(given)


@dataclass(frozen=True)
class Transformer:
    """A fitted transformer of scikit-learn: it takes vectors (n, d)."""

    transformer: Any

    def given(self, x: Array, /) -> Array:
        """A copy."""
        return x.copy()

    def __call__(self, given: Any, /) -> Any:
        """(n, d) of rows flattened."""
        rows = np.asarray(given)
        return self.transformer.transform(rows.reshape(len(rows), -1))


def of_file(file: ModelFile, device: str) -> Opened:
    """The model of a TorchScript or ONNX file; InputError if it cannot be read."""
    origin = {"kind": file.kind, "path": file.path, "sha256": file.sha256}
    if file.kind == frozen_files.ONNX:
        from .frozen_onnx import Onnx

        return Opened(Onnx.of(file), origin)
    return Opened(Network(_script(file, device), device), origin)


def of_timm(name: str, weights: str, shape: tuple[int, ...], device: str) -> Opened:
    """A network of timm for pictures of this shape (3, h, w), with the weights of a local file."""
    nets.known("frozen:timm", name)
    sha256 = hashlib.sha256(frozen_files.contents("frozen:weights", weights)).hexdigest()
    with nets.seeded(0):  # every number that is drawn is replaced
        net = nets.backbone(name, shape, weights).to(device).eval()
    origin = {"kind": "timm", "timm": name, "weights": weights, "sha256": sha256}
    return Opened(Network(net, device), origin)


def of_object(held: Any, device: str | None) -> Opened:
    """A model from memory; a network is copied, so that the user's own stays as it is.

    device: for a network; where it is now, if None.
    """
    model = opened(held)
    about = {"kind": "object", "class": type(model).__qualname__}
    if isinstance(model, nn.Module):
        net = _copy(model).to(device or home(model)).eval()
        weights = _weights(net)
        origin = {**about, "sha256": _hash_of(weights)}
        return Opened(Network(net, device or home(model)), origin, weights)
    sha256 = held.sha256 if isinstance(held, Snapshot) else ""
    origin = {**about, "sha256": sha256}
    if hasattr(model, "transform"):
        return Opened(Transformer(model), origin)
    if callable(model):
        return Opened(Function(model), origin)
    raise InputError("frozen:model", type(model).__name__, KINDS)


def home(net: nn.Module) -> str:
    """The device that a module is on: that of its first tensor."""
    tensors = itertools.chain(net.parameters(), net.buffers())
    first = next(tensors, None)
    return "cpu" if first is None else str(first.device)


def _script(file: ModelFile, device: str) -> nn.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # that torch will give the format up
            net = torch.jit.load(io.BytesIO(file.data), map_location=device)
    except RuntimeError as error:
        hint = str(error).strip().splitlines()[0]
        raise InputError(
            "frozen:path", repr(file.path), "a whole TorchScript file", hint
        ) from error
    return net.eval()


def _copy(net: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(net)
    except RuntimeError as error:
        hint = str(error).strip().splitlines()[0]
        allowed = "a module that copy.deepcopy can copy"
        raise InputError("frozen:model", type(net).__name__, allowed, hint) from error


def _channels(net: nn.Module) -> int:
    """Channels of the pictures that a network takes, by its first convolution; 0 if it has none."""
    kernels = (p for p in net.parameters() if p.ndim == 4)
    first = next(kernels, None)
    return 0 if first is None else first.shape[1]


def _weights(net: nn.Module) -> dict[str, Tensor]:
    """{name: tensor on the CPU} of parameters and buffers; copies, as tied ones share memory."""
    state = net.state_dict().items()
    return {name: w.detach().cpu().clone().contiguous() for name, w in state if _is_tensor(w)}


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _hash_of(weights: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in weights.items():
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
