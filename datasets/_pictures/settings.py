"""The settings that every set of pictures has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from ...bench.checks import number, one_of
from ...bench.types import Card

Fit = Literal["crop", "pad", "stretch"]


@dataclass(frozen=True)
class ImageSettings:
    """How the pictures of a set are read.

    size: side in pixels of the square result. fit: how a picture becomes square: cut to its centre
    (crop), bordered with black (pad), or distorted (stretch). color: three channels instead of one.
    augment: total number of rows including turned, mirrored and noisy copies, drawn from
    augment_seed; 0 makes none. partial: take what is there of an incomplete copy instead of
    refusing it.
    """

    size: int = 48
    fit: Fit = "crop"
    color: bool = False
    augment: int = 0
    augment_seed: int = 0
    partial: bool = False

    card: ClassVar[Card]  # each set brings its own

    def __post_init__(self) -> None:
        number("size", self.size, 8, 1024)
        one_of("fit", self.fit, get_args(Fit))
        number("augment", self.augment, 0)
        number("augment_seed", self.augment_seed, 0)
