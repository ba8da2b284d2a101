"""Frozen encoders around a network, and how they are fitted and written to disk without a pickle."""

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
class NetEncoder:
    """Releases the codes of a frozen base, and the transformed picture itself where there is a transform.

    meta: whatever is needed to rebuild the base, and the training curve where there is one.
    """

    base: nn.Module
    device: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    transform: Transform | None = None

    def __call__(self, x: Array, /) -> Codes:
        releases: Codes = {}
        if self.transform is not None:
            x = releases["image"] = self.transform(x)
        z = train.forward(self.base, train.tensor(x, self.device), exact=True)
        return {**releases, "features": z.cpu().numpy()}

    def save(self, folder: Path, /) -> None:
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        state = {k: v.detach().cpu().contiguous() for k, v in self.base.state_dict().items()}
        save_file(state, folder / "base.safetensors")
        (folder / "meta.json").write_text(json.dumps(dict(self.meta), indent=1), encoding="utf-8")


def standardised(base: nn.Module, x: torch.Tensor) -> tuple[nn.Sequential, int]:
    """The base behind a layer that standardises pixels as in x, and the dimension of its codes."""
    net = nn.Sequential(nets.Standardise(x), base)
    return net, nets.code_dim(net, tuple(x.shape[1:]))


def fit_features(
    samples: Samples,
    label: str,
    *,
    backbone: str,
    weights: str,
    budget: train.Budget,
    seed: int,
    device: str,
    transform: Transform | None = None,
) -> NetEncoder:
    """The base of a network trained to tell `label` from (transformed) pictures; its head is thrown away."""
    x = checks.images("x", samples.x)
    x = torch.from_numpy(x if transform is None else transform(x))
    with nets.seeded(seed):
        base, d = standardised(nets.backbone(backbone, tuple(x.shape[1:]), weights), x)
        net = nn.Sequential(base, nets.head(d, nets.FC_WIDTHS, samples.n_classes(label))).to(device)
    y = torch.from_numpy(samples.labels[label]).to(device)
    losses = train.fit_classifier(net, train.tensor(x.numpy(), device), y, budget, seed=seed)
    meta = {"shape": list(x.shape[1:]), "loss": losses}
    return NetEncoder(base.eval(), device, meta, transform)


def restore(
    folder: Path,
    build: Callable[[tuple[int, ...]], nn.Module],
    *,
    device: str,
    transform: Transform | None = None,
) -> NetEncoder:
    """The encoder that `save` wrote; `build(shape)` makes a base of the right form, whose weights are replaced."""
    from safetensors.torch import load_file

    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    shape = tuple(meta["shape"])
    base, _ = standardised(build(shape), torch.zeros(2, *shape))
    base.load_state_dict(load_file(folder / "base.safetensors"))
    return NetEncoder(base.to(device).eval(), device, meta, transform)
