"""Digests change with what a number depends on, and with nothing else."""

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from privbench.bench import digests
from torch import nn

CODE = """
from dataclasses import dataclass
from privbench.bench import digests

@dataclass(frozen=True)
class Mine:
    "{docs}"
    size: int = {size}
    def fit(self, samples):{comment}
        return [s for s in samples if s > {threshold}]

print(digests.of_class(Mine))
"""


def typed(size=1, threshold=2, docs="A class.", comment=""):
    """The digest of a class that was typed into a script."""
    code = CODE.format(size=size, threshold=threshold, docs=docs, comment=comment)
    done = subprocess.run([sys.executable, "-"], input=code, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_class_of_a_script_counts_by_what_it_does():
    assert typed() == typed()
    assert typed() == typed(comment="  # says more")
    assert typed() != typed(threshold=3)
    assert typed() != typed(size=2)


def net(seed=0, dtype=torch.float32):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).to(dtype)


def test_a_network_counts_by_its_numbers():
    assert digests.of_object(net()) == digests.of_object(net())
    assert digests.of_object(net()) != digests.of_object(net(1))
    assert digests.of_object(net()) != digests.of_object(net(dtype=torch.bfloat16))
    moved = net()
    moved[1].running_mean += 1
    assert digests.of_object(moved) != digests.of_object(net())


def test_arrays_count_by_shape_and_numbers():
    assert digests.of_object(np.zeros(4)) == digests.of_object(np.zeros(4))
    assert digests.of_object(np.zeros(4)) != digests.of_object(np.zeros((2, 2)))
    assert digests.of_object(np.zeros(4)) != digests.of_object(np.ones(4))


@dataclass(frozen=True)
class Held:
    """Holds anything."""

    value: Any = None


def test_an_instance_counts_by_each_of_its_fields():
    assert digests.of_instance(Held(np.zeros(2))) == digests.of_instance(Held(np.zeros(2)))
    assert digests.of_instance(Held(np.zeros(2))) != digests.of_instance(Held(np.ones(2)))
