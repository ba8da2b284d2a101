"""Files of models: read once, so that the hash is that of what is loaded; pickles are refused."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ...bench.checks import InputError

ALLOWED = "a TorchScript or ONNX file"
CONVERT = 'torch.jit.script(model).save("model.ts")'
PICKLE = b"\x80"  # the first byte of a pickle of protocol 2 and above
TORCHSCRIPT = "torchscript"
ONNX = "onnx"


@dataclass(frozen=True)
class ModelFile:
    """The bytes of a file. kind: `torchscript` or `onnx`."""

    path: str
    kind: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Of all bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def read(path: str) -> ModelFile:
    """A model file, whole.

    Raises:
        InputError: if there is no such file, it is a pickle, or no model at all.
    """
    data = contents("frozen:path", path)
    return ModelFile(path, _kind(path, data), data)


def contents(argument: str, path: str) -> bytes:
    """The bytes of a file; InputError if there is none."""
    if not Path(path).is_file():
        raise InputError(argument, repr(path), "a file that exists")
    return Path(path).read_bytes()


def _kind(path: str, data: bytes) -> str:
    names = _names_in_zip(data)
    if any(name.endswith("/constants.pkl") for name in names):
        return TORCHSCRIPT
    if data.startswith(PICKLE) or any(name.endswith("data.pkl") for name in names):
        hint = f"loading one runs its code; where the model is at hand: {CONVERT}"
        raise InputError("frozen:path", f"{path!r}, a pickle", ALLOWED, hint)
    suffix = Path(path).suffix.lower()
    if suffix == ".safetensors":
        hint = "weights alone are no model: frozen:timm=NAME,weights=FILE"
        raise InputError("frozen:path", repr(path), ALLOWED, hint)
    if suffix != ".onnx":
        raise InputError("frozen:path", repr(path), ALLOWED, CONVERT)
    return ONNX


def _names_in_zip(data: bytes) -> list[str]:
    """What a zip archive holds; nothing of any other file."""
    archive = io.BytesIO(data)
    if not zipfile.is_zipfile(archive):
        return []
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()
