"""Weights of several networks in one file, as safetensors: `NETWORK.KEY`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from ...bench.checks import InputError

Tensors = dict[str, Tensor]


def write(parts: Mapping[str, nn.Module], path: Path) -> None:
    """Write the weights of networks with names."""
    from safetensors.torch import save_file

    save_file(plain(tensors_of(parts)), path)


def tensors_of(parts: Mapping[str, nn.Module]) -> Tensors:
    """`NETWORK.KEY` -> tensor, of all networks."""
    tensors = {}
    for name, part in parts.items():
        for key, value in part.state_dict().items():
            tensors[f"{name}.{key}"] = value
    return tensors


def plain(tensors: Tensors) -> Tensors:
    """The same numbers as a file takes them: in memory of their own, without a graph."""
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}


def named(name: str, tensors: Tensors) -> Tensors:
    """`KEY` -> tensor, of those that are called `NAME.KEY`."""
    prefix = f"{name}."
    part = {}
    for key, value in tensors.items():
        if key.startswith(prefix):
            part[key.removeprefix(prefix)] = value
    return part


def read(parts: Mapping[str, nn.Module], path: Path) -> None:
    """Fill networks with what `write` wrote.

    Raises:
        InputError: if a tensor is missing or of another shape.
    """
    from safetensors.torch import load_file

    tensors = load_file(path)
    for name, part in parts.items():
        theirs = named(name, tensors)
        odd = _odd(part, theirs)
        if odd:
            got = f"another {odd[0]} of the {name}"
            raise InputError(str(path), got, "the tensors that meta.json tells of")
        part.load_state_dict(theirs)


def _odd(part: nn.Module, theirs: Tensors) -> list[str]:
    """Sorted names of tensors of the network that are missing in `theirs`, or of another shape."""
    odd = []
    for key, value in part.state_dict().items():
        if key not in theirs or theirs[key].shape != value.shape:
            odd.append(key)
    return sorted(odd)
