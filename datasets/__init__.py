"""Datasets: one file, one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "datasets":  # Python was started in the repository root with the root on sys.path
    raise ImportError(
        "this is privbench's folder `datasets`, not Hugging Face's: the repository root is on "
        "sys.path. Import privbench.datasets, and start tests with `pytest`, not `python -m pytest`"
    )

if TYPE_CHECKING:
    from ..bench.types import Samples


def load(spec: str, root: str | Path | None = None) -> Samples:
    """The rows of a dataset SPEC, such as `cmu-faces:size=64`; root: the folder or file it reads.

    Raises:
        InputError: if there is no such dataset, or the folder does not hold it.

    >>> import privbench as pb
    >>> pb.datasets.load("gaussian:people=3,rows=7").x.shape
    (21, 20)
    """
    from ..bench import registry

    return registry.build("datasets", spec).load(None if root is None else Path(root))
