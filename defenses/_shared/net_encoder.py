"""Frozen encoders around a network: how they are fitted, and written to disk without a pickle."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...bench import checks
from ...bench.toolkit import nets, train
from ...bench.types import Array, Codes, Samples

Transform = Callable[[Array], Array]


@dataclass(frozen=True)
class Form:
    """What a network is made of.

    backbone: its name. weights: a file of weights to start from, or nothing. transform: what
    pictures become before; None leaves them as they are.
    """

    backbone: str
    weights: str = ""
    transform: Transform | None = None


@dataclass(frozen=True)
class NetEncoder:
    """Releases `features`, and `image`, the transformed picture, where there is a transform.

    features: (n, d), the codes of a frozen base. meta: what is needed to build the base again, and
    the training curve where there is one.
    """

    base: nn.Module
    device: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    transform: Transform | None = None

    def __call__(self, x: Array, /) -> Codes:
        """`features` (n, d), and `image` (n, c, h, w), of pictures (n, c, h, w) in [0, 1]."""
        releases: Codes = {}
        if self.transform is not None:
            x = self.transform(x)
            releases["image"] = x
        z = train.forward(self.base, train.tensor(x, self.device), exact=True)
        return {**releases, "features": z.cpu().numpy()}

    def save(self, folder: Path, /) -> None:
        """Write the weights as safetensors and `meta` as JSON."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        state = {}
        for name, value in self.base.state_dict().items():
            state[name] = value.detach().cpu().contiguous()
        save_file(state, folder / "base.safetensors")
        text = json.dumps(dict(self.meta), indent=1)
        (folder / "meta.json").write_text(text, encoding="utf-8")


def standardised(base: nn.Module, x: torch.Tensor) -> tuple[nn.Sequential, int]:
    """(net, d): the base behind a layer that standardises pixels as in x; d is that of codes."""
    net = nn.Sequential(nets.Standardise(x), base)
    shape = tuple(x.shape[1:])
    return net, nets.code_dim(net, shape)


def fit_features(
    samples: Samples, label: str, form: Form, budget: train.Budget, *, seed: int, device: str
) -> NetEncoder:
    """The base of a network trained to predict `label` from pictures; its head is thrown away."""
    pictures = checks.images("x", samples.x)
    if form.transform is not None:
        pictures = form.transform(pictures)
    x = torch.from_numpy(pictures)
    shape = tuple(x.shape[1:])
    with nets.seeded(seed):
        base, d = standardised(nets.backbone(form.backbone, shape, form.weights), x)
        head = nets.head(d, nets.FC_WIDTHS, samples.n_classes(label))
    net = nn.Sequential(base, head).to(device)
    y = torch.from_numpy(samples.labels[label]).to(device)
    losses = train.fit_classifier(net, train.tensor(pictures, device), y, budget, seed=seed)
    meta = {"shape": list(shape), "loss": losses}
    return NetEncoder(base.eval(), device, meta, form.transform)


def restore(
    folder: Path,
    build: Callable[[tuple[int, ...]], nn.Module],
    *,
    device: str,
    transform: Transform | None = None,
) -> NetEncoder:
    """The encoder that `save` wrote.

    build(shape) makes a base of the right form, whose weights are replaced.
    """
    from safetensors.torch import load_file

    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    shape = tuple(meta["shape"])
    base, _ = standardised(build(shape), torch.zeros(2, *shape))
    base.load_state_dict(load_file(folder / "base.safetensors"))
    return NetEncoder(base.to(device).eval(), device, meta, transform)
