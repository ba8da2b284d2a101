"""What a training says while it runs."""

import contextlib

from privbench.bench.runner import session
from privbench.bench.toolkit import progress

SAYS = """
from dataclasses import dataclass
import numpy as np
from privbench.bench.toolkit import progress

@dataclass(frozen=True)
class Says:
    "Tells how far it is."
    def fit(self, samples, task, *, seed, device):
        for epoch in (1, 2): progress.say(f"epoch {epoch}")
        class Encoder:
            def __call__(self, x): return {"codes": x}
            def save(self, folder): folder.mkdir(parents=True)
        return Encoder()
    def load(self, folder, *, device): return self.fit(None, None, seed=0, device=device)
"""


def test_every_listener_hears_a_line_while_it_listens():
    first, second = [], []
    with progress.heard(first.append):
        progress.say("one")
        with contextlib.suppress(KeyError), progress.heard(second.append):
            progress.say("two")
            raise KeyError
        progress.say("three")
    progress.say("four")
    assert (first, second) == (["one", "two", "three"], ["two"])


def test_what_a_training_says_in_a_worker_is_heard_where_the_run_was_started(tmp_path):
    (tmp_path / "says.py").write_text(SAYS)
    heard = []
    with progress.heard(heard.append):
        asked = session.Request(
            ("says",),
            ("lda",),
            dataset="gaussian:people=4,rows=12,nuisance=2",
            folds=3,
            fold=(0,),
            jobs="1",
            plugin=(str(tmp_path / "says.py"),),
            out=str(tmp_path / "o"),
        )
        ready = session.prepare(asked)
        list(session.execute(ready, *session.work(ready)))
    assert heard == ["epoch 1", "epoch 2"]
    progress.say("to nobody")
    assert len(heard) == 2
