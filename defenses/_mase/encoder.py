"""A frozen recurrent network on sequences: what it releases, and how it is kept."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...bench.checks import InputError
from ...bench.toolkit import nets, sequences, train
from ...bench.toolkit.recurrent import Frames, Recurrent
from ...bench.types import Array, Codes
from .aim import Aim
from .postprocess import Postprocess
from .recipe import Recipe

FORMAT = 1  # of the files that `save` writes
ABOUT = ("recipe", "d", "k", "each_frame", "names")


class Network(nn.Module):
    """(n, t, d + 1) -> codes (n, t, h) and predictions, (n, t, k) of frames or (n, k) of rows."""

    def __init__(self, how: Recipe, d: int, k: int, each_frame: bool):
        super().__init__()
        self.codes = Recurrent(how.kind, d, how.size, how.layers)
        self.each_frame = each_frame
        width = self.codes.width
        layers: list[nn.Module] = []
        if how.wide:
            layers = [nn.Linear(width, how.wide), nn.ReLU()]
            width = how.wide
        self.head = nn.Sequential(*layers, nn.Linear(width, k))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(codes, predictions); those of a row are made of the mean code of its frames."""
        z = self.codes(x)
        if self.each_frame:
            return z, self.head(z.float()).float()
        there = x[..., -1:]
        count = there.sum(1).clamp_min(1)
        mean = (z * there).sum(1) / count
        return z, self.head(mean).float()


def network(how: Recipe, d: int, aim: Aim, seed: int, device: str) -> Network:
    """An untrained network for sequences of d numbers a frame."""
    with nets.seeded(seed):
        return Network(how, d, aim.k, aim.each_frame).to(device)


@torch.no_grad()
def predict(net: Network, x: Tensor) -> tuple[Array, Array]:
    """(codes, predictions) in evaluation mode, in batches, in 32 bits."""
    net.eval()
    codes = []
    predictions = []
    with train.mixed(x.device, off=True):
        for part in x.split(train.INFERENCE_BATCH):
            z, prediction = net(part)
            codes.append(z)
            predictions.append(prediction)
    return _joined(codes), _joined(predictions)


def _joined(parts: list[Tensor]) -> Array:
    return torch.cat(parts).float().cpu().numpy()


@dataclass(frozen=True)
class RecurrentEncoder:
    """Releases `code` (n, t, h), a recurrent code of each frame, and `output`, the predictions.

    about: the recipe and the form of the network, as they are kept.
    """

    net: Network
    ready: Frames
    postprocess: Postprocess
    about: dict[str, Any]
    device: str

    def __call__(self, x: Array, /) -> Codes:
        """`code` and `output` of sequences (n, t, d); NaN beyond the last frame."""
        ready = train.tensor(self.ready(x), self.device)
        z, prediction = predict(self.net, ready)
        ended = sequences.ended(x)[..., None]
        if prediction.ndim == 3:
            prediction = np.where(ended, np.nan, self.postprocess(prediction))
        code = np.where(ended, np.nan, z)
        return {"code": code, "output": prediction.astype(np.float32)}

    def save(self, folder: Path, /) -> None:
        """Write the weights as safetensors and the rest as JSON."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        state = {}
        for name, value in self.net.state_dict().items():
            state[name] = value.detach().cpu().contiguous()
        save_file(state, folder / "net.safetensors")
        frames = {"mean": self.ready.mean.tolist(), "scale": self.ready.scale.tolist()}
        spoken = asdict(self.postprocess)
        meta = {"format": FORMAT, **self.about, "frames": frames, "spoken": spoken}
        text = json.dumps(meta, indent=1)
        (folder / "meta.json").write_text(text, encoding="utf-8")


def about(how: Recipe, d: int, aim: Aim) -> dict[str, Any]:
    """What `load` needs to build the network again. d: numbers a frame."""
    return {
        "recipe": asdict(how),
        "d": d,
        "k": aim.k,
        "each_frame": aim.each_frame,
        "names": aim.names,
    }


def load(folder: Path, *, device: str) -> RecurrentEncoder:
    """The encoder that `save` wrote.

    Raises:
        InputError: if it is of another format.
    """
    from safetensors.torch import load_file

    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if meta.get("format") != FORMAT:
        got = f"format {meta.get('format')}"
        raise InputError(str(folder), got, str(FORMAT), "written by another version")
    recipe = Recipe(**meta["recipe"])
    net = Network(recipe, meta["d"], meta["k"], meta["each_frame"])
    net.load_state_dict(load_file(folder / "net.safetensors"))
    mean = np.array(meta["frames"]["mean"], np.float32)
    scale = np.array(meta["frames"]["scale"], np.float32)
    postprocess = Postprocess(**meta["spoken"])
    kept = {name: meta[name] for name in ABOUT}
    frozen = net.to(device).eval()
    return RecurrentEncoder(frozen, Frames(mean, scale), postprocess, kept, device)
