"""A model that exists already: nothing is trained, its codes are the release.

A TorchScript file is a program: load one only from where you would run a program. A file that is a
pickle is refused, as loading it could run anything. Weights for a network of timm are read from a
local file and never downloaded; a network without weights is untrained, no model, and refused.
"""

from __future__ import annotations

import re
from dataclasses import InitVar, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..bench.checks import InputError, images, one_of, settings
from ..bench.types import Samples, Task
from ._shared.frozen_snapshot import held, opened

if TYPE_CHECKING:
    from ._shared.frozen_encoder import FrozenEncoder
    from ._shared.frozen_models import Opened

NAME = re.compile(r"[\w.-]+")
SOURCES = ("path", "timm", "model")


@dataclass(frozen=True)
class Frozen:
    """A model that exists already: a TorchScript or ONNX file, a timm network, one from memory.

    path: a TorchScript file, or an ONNX file (which needs `pip install privbench[onnx]` and runs on
    the CPU). timm: a network of timm by name, without its classifier, with weights: a .safetensors
    file. size: pixels a side that pictures are resized to; 0: as they are. normalise: imagenet, to
    its mean and deviation a channel. batch: rows a call. release: the name of the codes; of a model
    with several named outputs, the one to release.

    No settings: name: what reports call a model from memory; a file goes by its path. model: a
    torch module, a callable or a scikit-learn transformer, see `privbench.frozen`. transform: is
    given what the model is given, after size and normalise: a tensor (n, ...) for a torch module,
    TorchScript and timm, else an array (n, ...).

    A module is copied for each fit, put into evaluation mode and moved to the device of the run;
    other objects are copied as they are now. Grey pictures stand three times where the first
    convolution wants three channels.
    """

    path: str = ""
    timm: str = ""
    weights: str = ""
    size: int = 0
    normalise: Literal["none", "imagenet"] = "none"
    batch: int = 256
    release: str = "features"
    name: InitVar[str] = "frozen"
    model: Any = field(default=None, repr=False)
    transform: Any = field(default=None, repr=False)

    def __post_init__(self, name: str) -> None:
        settings(self, size=0, batch=1)
        one_of("frozen:normalise", self.normalise, ("none", "imagenet"))
        _check_name("frozen:release", self.release)
        _check_name("frozen:name", name)
        object.__setattr__(self, "name", name)  # no setting: it changes nothing
        if len(self._sources()) > 1:
            raise InputError("frozen", " and ".join(self._sources()), "one model")
        if self.weights and not self.timm:
            raise InputError("frozen:weights", repr(self.weights), "timm=NAME beside it")
        for setting in ("model", "transform"):
            object.__setattr__(self, setting, held(f"frozen:{setting}", getattr(self, setting)))

    def _sources(self) -> list[str]:
        return [s for s in SOURCES if getattr(self, s) is not None and getattr(self, s) != ""]

    def check(self, samples: Samples) -> None:
        """InputError if there is no model, it cannot take such rows, or it is not frozen."""
        self._tried(samples, None)

    def fit(self, samples: Samples, task: Task, *, seed: int, device: str) -> FrozenEncoder:
        """The model itself: nothing is trained. InputError as `check`."""
        return self._tried(samples, device)

    def load(self, folder: Path, *, device: str) -> FrozenEncoder:
        """The model itself, opened anew; InputError if it is not the one that was saved."""
        from ._shared.frozen_encoder import check_same, saved

        about = saved(folder)
        encoder = self._encoder(tuple(about["shape"]), device)
        check_same(encoder, about)
        return encoder

    def _tried(self, samples: Samples, device: str | None) -> FrozenEncoder:
        from ._shared.frozen_encoder import check_frozen

        if self.timm:
            images("frozen:timm", samples.x)
        encoder = self._encoder(samples.x.shape[1:], device)
        check_frozen(encoder, samples.x)
        return encoder

    def _encoder(self, shape: tuple[int, ...], device: str | None) -> FrozenEncoder:
        """The encoder for rows of this shape. device: None for where an object from memory is."""
        from ._shared.frozen_encoder import FrozenEncoder
        from ._shared.frozen_pictures import Pictures

        pictures = Pictures(self.size, self.normalise)
        model = self._opened(pictures.shape(shape), device)
        transform = opened(self.transform)
        return FrozenEncoder(model, pictures, transform, self.batch, self.release, shape)

    def _opened(self, shape: tuple[int, ...], device: str | None) -> Opened:
        from ._shared import frozen_files, frozen_models

        if self.path:
            return frozen_models.of_file(frozen_files.read(self.path), device or "cpu")
        if self.timm and not self.weights:
            allowed = "weights=FILE.safetensors beside it"
            hint = "without weights it is untrained; none are downloaded"
            raise InputError("frozen:timm", repr(self.timm), allowed, hint)
        if self.timm:
            return frozen_models.of_timm(self.timm, self.weights, shape, device or "cpu")
        if self.model is None:
            allowed = "path=FILE, timm=NAME,weights=FILE, or privbench.frozen(model)"
            raise InputError("frozen", "no model", allowed)
        return frozen_models.of_object(self.model, device)


def _check_name(argument: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise InputError(argument, repr(name), "a name of letters, digits, _ . -")
