"""Frozen encoders around a network, and how they are written to disk without a pickle."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..bench import nets, train
from ..bench.types import Array, Codes

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
        z = train.forward(self.base, train.tensor(x, self.device))
        return {**releases, "features": z.float().cpu().numpy()}

    def save(self, folder: Path, /) -> None:
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        save_file({k: v.contiguous() for k, v in self.base.state_dict().items()}, folder / "base.safetensors")
        (folder / "meta.json").write_text(json.dumps(dict(self.meta), indent=1), encoding="utf-8")


def restore(folder: Path, build: Callable[[tuple[int, ...]], nn.Module], *, device: str, transform: Transform | None = None) -> NetEncoder:
    """The encoder that `save` wrote; `build(shape)` makes a base of the right form, whose weights are replaced."""
    from safetensors.torch import load_file

    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    shape = tuple(meta["shape"])
    base = nn.Sequential(nets.Standardise(torch.zeros(2, *shape)), build(shape))
    nets.code_dim(base, shape)
    base.load_state_dict(load_file(folder / "base.safetensors"))
    return NetEncoder(base.to(device).eval(), device, meta, transform)


def standardised(base: nn.Module, x: torch.Tensor) -> tuple[nn.Sequential, int]:
    """The base behind a layer that standardises pixels as in x, and the dimension of its codes."""
    net = nn.Sequential(nets.Standardise(x), base).to(x.device)
    return net, nets.code_dim(net, tuple(x.shape[1:]))
