"""A federated training carried out as a deployment, for the first fold of a plan."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .. import seeds
from ..runner import cells, session, worker
from . import deploy
from .deploy import Site
from .examine import federated_groups

LOOK = 2.0  # seconds between two looks at a run
LAST_WORDS = 800  # characters of a log that an error quotes


def federate(request: session.Request, *, wait: float, tell: Callable[[str], None]) -> Path:
    """The encoder's folder, after the first fold's participants were trained as a deployment.

    Each is a process on loopback, with TLS. wait: seconds for participants to come, and for each
    round's answers. tell: is given a line now and then.

    Raises:
        InputError: if no defense is federated.
        RuntimeError: if Flower's run did not end with an encoder.
    """
    ready = session.prepare(replace(request, attacker=request.attacker or ("majority",)))
    plan = ready.plan
    worker.settle(plan)
    group = federated_groups(plan)[0]
    folder = ready.folder.resolve() / "deployment"
    out = folder / "encoder"
    shutil.rmtree(out, ignore_errors=True)  # that of an earlier run would pass for this one's
    train = ready.samples.take(cells.fold_of(group, ready.samples).train)
    seed = seeds.stream(group.seed, "deployment")
    with deploy.superlink(folder) as site:
        app, config, files = group.defense.deployment(train, plan.task, folder, seed=seed)
        for file in files:
            deploy.supernode(site, file.stem, file)
        run = deploy.submit(site, app, {**config, "out": str(out), "wait": wait})
        tell(f"run {run}: {len(files)} participants, logs in {folder}")
        ended = _watched(site, run, tell)
        if not (out / "updates.npz").exists():
            log = site.log("superlink")[-LAST_WORDS:]
            raise RuntimeError(f"the run ended as {ended}, without an encoder: {log}")
    return out


def _watched(site: Site, run: str, tell: Callable[[str], None]) -> str:
    """The status that a run ends with; each other one is told once."""
    last = ""
    while True:
        status = deploy.status(site, run)
        if status.startswith("finished"):
            return status
        if status != last:
            tell(status)
            last = status
        threading.Event().wait(LOOK)
