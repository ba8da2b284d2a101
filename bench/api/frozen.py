"""`privbench.frozen`: a release of a model that exists already."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import Any

from ..checks import InputError, one_of

TIMM = "timm:"
ALLOWED = "a torch module, a callable, a scikit-learn transformer, a path or timm:NAME"


def frozen(
    model: Any,
    *,
    transform: Any = None,
    batch: int = 256,
    name: str = "frozen",
    release: str = "features",
    **settings: Any,
) -> Any:
    """A defense that releases what a trained model gives, as it is: nothing is trained.

    Args:
        model: a torch module; a callable, which is given an array (n, ...); a fitted transformer of
            scikit-learn, which is given rows flattened to (n, d); the path of a TorchScript file
            (a program: trust it first) or an ONNX file; or `timm:NAME` with weights=FILE.
        transform: is given what the model is given, a tensor (n, ...) for a module, TorchScript and
            timm, else an array (n, ...); what it returns goes into the model.
        batch: rows a call.
        name: what it is called in reports; two models of one run need two names. A file goes by
            its path.
        release: the name of the codes; of a model with several named outputs, the one to release.
        settings: any other setting of the defense `frozen`: weights, size, normalise.

    Returns:
        A defense for `privbench.run`. A module is copied and put into evaluation mode for each fit:
        yours stays as it is.

    Raises:
        InputError: for what is no model, at once; when it is run, for a file that is missing or a
            pickle, for rows that the model does not take, and for a model that is not frozen.

    >>> import privbench as pb
    >>> from sklearn.decomposition import PCA
    >>> from privbench.datasets.gaussian import Gaussian
    >>> rows = Gaussian(rows=20, people=3).load(None)
    >>> half = pb.frozen(PCA(4).fit(rows.x), name="pca")
    >>> report = pb.run(half, "lda", dataset=rows, folds=2, progress=False, out=folder)
    >>> report.verdict.name
    'pca / features'
    """
    from ...defenses.frozen import Frozen

    known = [f.name for f in fields(Frozen)]
    more = {one_of("setting", key, known): _plain(value) for key, value in settings.items()}
    return Frozen(
        **_source(model),
        transform=transform,
        batch=batch,
        name=name,
        release=release,
        **more,
    )


def _source(model: Any) -> dict[str, Any]:
    """The setting of `Frozen` that a model is."""
    if isinstance(model, (str, os.PathLike)):
        path = os.fspath(model)
        if str(path).startswith(TIMM):
            return {"timm": str(path).removeprefix(TIMM)}
        return {"path": path}
    if not callable(model) and not hasattr(model, "transform"):
        raise InputError("model", f"a {type(model).__name__}", ALLOWED)
    return {"model": model}


def _plain(value: Any) -> Any:
    return os.fspath(value) if isinstance(value, os.PathLike) else value
