"""Checkpoints of a PPRL-VGAN training, from which it goes on to the same weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch.optim import Optimizer

from ...bench.checks import InputError
from . import weights
from .game import Game
from .weights import Tensors

NAME = "checkpoint.safetensors"


def save(game: Game, folder: Path) -> None:
    """Write a checkpoint: weights, optimisers and curve; whole or not at all."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = weights.tensors_of(game.parts)
    for name, optimiser in game.optimisers.items():
        tensors |= _numbers(f"{name}-optimiser", optimiser)
    meta = {"epoch": game.epoch, "steps": game.steps, "curve": game.curve, "about": about(game)}
    beside = folder / "writing.safetensors"
    save_file(weights.plain(tensors), beside, {"meta": json.dumps(meta)})
    beside.replace(folder / NAME)


def _numbers(name: str, optimiser: Optimizer) -> Tensors:
    """`NAME.NUMBER.KEY` -> what the optimiser knows of the parameter with this number."""
    tensors = {}
    states = optimiser.state_dict()["state"]
    for number, state in states.items():
        for key, value in state.items():
            tensors[f"{name}.{number}.{key}"] = torch.as_tensor(value)
    return tensors


def about(game: Game) -> dict[str, Any]:
    """What a checkpoint must agree on to be gone on from."""
    return {
        "format": 1,
        "form": {**vars(game.form), "shape": list(game.form.shape)},
        "rows": len(game.x),
        "seed": game.seed,
        "recipe": game.recipe.alike(),
    }


def resume(game: Game, folder: Path) -> None:
    """Go on from the checkpoint in `folder`, if there is one.

    Raises:
        InputError: if it is of another architecture, recipe or version of the format.
    """
    from safetensors import safe_open

    path = folder / NAME
    if not path.exists():
        return
    with safe_open(path, "pt") as file:
        kept = file.metadata() or {}
        meta = json.loads(kept.get("meta", "{}"))
        _check(path, meta.get("about"), game)
        names = list(file.keys())
        tensors = {name: file.get_tensor(name) for name in names}
    for name, part in game.parts.items():
        part.load_state_dict(weights.named(name, tensors))
    for name, optimiser in game.optimisers.items():
        _restore(optimiser, weights.named(f"{name}-optimiser", tensors))
    game.epoch = meta["epoch"]
    game.steps = meta["steps"]
    game.curve = meta["curve"]


def _check(path: Path, theirs: Any, game: Game) -> None:
    """InputError if the checkpoint is `about` another training."""
    ours = json.loads(json.dumps(about(game)))  # tuples become lists
    if theirs == ours:
        return
    theirs = theirs or {}
    odd = sorted(key for key in ours if theirs.get(key) != ours[key])
    got = f"a checkpoint with other {', '.join(odd)}"
    raise InputError(str(path), got, "one of this training", "remove it")


def _restore(optimiser: Optimizer, tensors: Tensors) -> None:
    """Give an optimiser what it knew of its parameters. tensors: by `NUMBER.KEY`."""
    state: dict[int, Tensors] = {}
    for name, value in tensors.items():
        number, key = name.split(".")
        known = state.setdefault(int(number), {})
        known[key] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
