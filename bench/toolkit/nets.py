"""The networks that several rooms share: convolutional bases and fully connected heads.

Facts of the default base: Narula, Wang, Chaspari 2020 (arXiv 2001.06103) publish three 3x3
convolutions and three fully connected layers, not their widths; ours are 32-64-128 with 2x2
max-pooling, and 256-128-K.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..checks import InputError, one_of

FC_WIDTHS = (256, 128)
FIXED_SIZE = ("vit", "deit", "swin", "beit", "eva")  # timm's families that must know h and w


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """A context in which weights are initialised from `seed` alone.

    The global generator is put back afterwards.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


class Standardise(nn.Module):
    """Subtracts the mean of the training pixels and divides by their deviation, a channel each.

    It is part of the frozen network. On pixels in [0, 1] left as they are, the same base learns
    several times more slowly.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, x: Tensor):
        super().__init__()
        axes = [0, *range(2, x.ndim)]
        self.register_buffer("mean", x.mean(axes, keepdim=True))
        self.register_buffer("sd", x.std(axes, keepdim=True).clamp_min(1e-6))

    def forward(self, x: Tensor) -> Tensor:
        """x (n, c, ...), standardised."""
        return (x - self.mean) / self.sd


class ConvBase(nn.Module):
    """(n, c, h, w) -> (n, d): 3x3 convolutions, each with 2x2 max-pooling and ReLU, then flattened.

    Pooling before the ReLU is the same function as after it, on a quarter of the values.

    norm: batch normalisation after each pooling. code: 0, or d itself: a 1x1 convolution to that
    many maps, averaged over the picture and normalised without gain or offset, so that the code can
    neither blow up nor fade.
    """

    def __init__(
        self,
        channels: int,
        widths: tuple[int, ...] = (32, 64, 128),
        *,
        norm: bool = False,
        code: int = 0,
    ):
        super().__init__()
        layers: list[nn.Module] = []
        for width in widths:
            convolution = nn.Conv2d(channels, width, 3, padding=1, bias=not norm)
            layers += [convolution, nn.MaxPool2d(2)]
            if norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.ReLU())
            channels = width
        if code:
            layers += [nn.Conv2d(channels, code, 1), nn.AdaptiveAvgPool2d(1)]
        layers.append(nn.Flatten())
        if code:
            layers.append(nn.BatchNorm1d(code, affine=False))
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        """(n, d) codes of pictures x (n, c, h, w)."""
        return self.layers(x)


def head(
    d: int, widths: tuple[int, ...], k: int, *, dropout: float = 0.0, norm: bool = False
) -> nn.Sequential:
    """A network (n, d) -> (n, k) scores: fully connected layers with ReLU between.

    norm: batch normalisation before each ReLU. dropout: after each ReLU, if above 0.
    """
    layers: list[nn.Module] = []
    for width in widths:
        layers.append(nn.Linear(d, width))
        if norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(nn.ReLU())
        if dropout:
            layers.append(nn.Dropout(dropout))
        d = width
    return nn.Sequential(*layers, nn.Linear(d, k))


def backbone(name: str, shape: tuple[int, ...], weights: str = "") -> nn.Module:
    """A base (n, *shape) -> (n, d): `conv3`, the paper's, or any timm model by its name.

    weights: a .safetensors file for it. Pickled checkpoints are refused, because loading one runs
    its code.

    Raises:
        InputError: if timm has no such network, or the weights do not fit it.
    """
    if name == "conv3":
        base: nn.Module = ConvBase(shape[0])
    else:
        base = _timm(name, shape)
    if weights:
        _load_weights(base, Path(weights))
    return base


def known(argument: str, name: str, *others: str) -> str:
    """`name`, if timm has such a network.

    Raises:
        InputError: if it has not, with names like it, and the others allowed.
    """
    import timm

    models = timm.list_models()
    if name not in models:
        close = timm.list_models(f"*{name}*")[:5]
        shown = (close or models)[:10]
        one_of(argument, name, [*others, *shown, "... any timm model"])
    return name


def _timm(name: str, shape: tuple[int, ...]) -> nn.Module:
    import timm

    known("backbone", name, "conv3")
    size: dict[str, Any] = {}
    if name.startswith(FIXED_SIZE):
        size["img_size"] = shape[1:]
    return timm.create_model(name, pretrained=False, in_chans=shape[0], num_classes=0, **size)


def _load_weights(base: nn.Module, path: Path) -> None:
    from safetensors.torch import load_file

    if path.suffix != ".safetensors":
        hint = "pickled checkpoints can run code; convert it"
        raise InputError("weights", str(path), "a .safetensors file", hint)
    if not path.exists():
        raise InputError("weights", str(path), "a file that exists")
    state = load_file(path)
    needed = base.state_dict()
    fits = {}
    for name, value in state.items():
        if name in needed and needed[name].shape == value.shape:
            fits[name] = value
    missing = sorted(set(needed) - set(fits))
    if missing:  # a half-loaded network would be a random one in disguise
        hint = f"missing or misshapen: {missing[0]} ..."
        raise InputError("weights", str(path), "every tensor of the backbone", hint)
    base.load_state_dict(fits)


@torch.no_grad()
def code_dim(base: nn.Module, shape: tuple[int, ...]) -> int:
    """d of a base (n, *shape) -> (n, d) for one input shape."""
    base.eval()
    return base(torch.zeros(2, *shape)).shape[1]
