"""Where the time of one thread goes, and what the processor could do at most: why the ratios are what they are.

python bench/speed/_profile.py PRECISION       one precision, in a process of its own
"""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from _tools import HERE, Options, say, table, timed

KINDS = {  # what an operator belongs to, by parts of its name
    "convolutions": ("convolution", "conv2d"),
    "matrix products": ("addmm", "::mm", "linear"),
    "optimiser": ("adam",),
    "pooling and ReLU": ("pool", "relu", "threshold"),
}
WORK = ("base and head", "head on 8,192-d codes", "frozen base")


def measure(o: Options) -> dict[str, Any]:
    found = {}
    for precision in ("fp32", "bf16"):
        _, text = timed(
            [sys.executable, str(HERE / "_profile.py"), precision, "2" if o.small else "20"]
        )
        found[precision] = json.loads(text.splitlines()[-1])
        say(f"profile, {precision}: done")
    return found


def text(raw: dict[str, Any]) -> list[str]:
    rows = []
    for precision, found in raw.items():
        for name in WORK:
            w = found["work"][name]
            rows.append(
                [
                    name,
                    precision,
                    f"{w['ms']:.1f}",
                    f"{64000 / w['ms']:.0f}",
                    f"{w['gflops']:.0f}",
                    f"{100 * w['gflops'] / found['peak']:.0f}",
                    *(f"{100 * w['share'][kind]:.0f}" for kind in KINDS),
                ]
            )
    header = [
        "one batch of 64, one thread",
        "",
        "ms",
        "rows/s",
        "GFLOP/s",
        "% of peak",
        *(f"{k}, %" for k in KINDS),
    ]
    peaks = ", ".join(
        f"{found['peak']:.0f} GFLOP/s in {precision}" for precision, found in raw.items()
    )
    return [
        f"Peak: the best of several matrix products, {peaks}; copying memory: {raw['fp32']['copy']:.1f} GB/s. "
        "Floating-point operations are counted by PyTorch's own counter. A head of 256-128-K on 8,192-d codes has 2.1 "
        "million weights: its optimiser reads and writes some 60 MB a step, whatever the precision of the products.",
        *table(header, rows),
    ]


def _one(precision: str, repeats: int) -> dict[str, Any]:
    import torch
    from privbench.bench.toolkit import nets, train

    train.threads(1)
    train.precision(precision)
    train.keep_memory()
    x, y = train.tensor(torch.rand(64, 1, 64, 64).numpy(), "cpu"), torch.arange(64) % 10
    z = torch.rand(64, 8192)
    base = nets.ConvBase(1)
    whole, head = (
        torch.nn.Sequential(base, nets.head(8192, nets.FC_WIDTHS, 10)),
        nets.head(8192, nets.FC_WIDTHS, 10),
    )
    steps = {
        WORK[0]: _step(whole, x, y),
        WORK[1]: _step(head, z, y),
        WORK[2]: lambda: train.forward(base, x),
    }
    work = {name: _measured(step, repeats) for name, step in steps.items()}
    return {"peak": _peak(precision, repeats), "copy": _copy(repeats), "work": work}


def _step(net: Any, x: Any, y: Any) -> Callable[[], object]:
    """One optimiser step, as the training loop makes it."""
    import numpy as np
    from privbench.bench.toolkit import train
    from torch.nn import functional as F

    opt = train.optimiser(list(net.parameters()), 1e-3)
    loss = lambda rows: F.cross_entropy(net(x[rows]).float(), y[rows])
    return lambda: train.epoch(loss, len(x), opt, batch=64, order=np.random.default_rng(0))


def _measured(step: Callable[[], object], repeats: int) -> dict[str, Any]:
    """Milliseconds, GFLOP/s, and the share of each kind of operator in the time of all."""
    from torch.profiler import ProfilerActivity, profile
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with counter:
        step()
    seconds = min(_seconds(step) for _ in range(repeats))
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        for _ in range(5):
            step()
    times = {e.key.lower(): e.self_cpu_time_total for e in seen.key_averages()}
    total = sum(times.values())
    share = {
        kind: sum(t for key, t in times.items() if any(p in key for p in parts))
        for kind, parts in KINDS.items()
    }
    return {
        "ms": 1000 * seconds,
        "gflops": counter.get_total_flops() / seconds / 1e9,
        "share": {kind: t / total for kind, t in share.items()},
    }


def _peak(precision: str, repeats: int) -> float:
    """GFLOP/s of the fastest of several square products."""
    import torch

    found = []
    for n in (512, 1024, 2048):
        a = torch.rand(n, n, dtype=torch.bfloat16 if precision == "bf16" else torch.float32)
        found += [2 * n**3 / _seconds(lambda a=a: a @ a) / 1e9 for _ in range(repeats)]
    return max(found)


def _copy(repeats: int) -> float:
    """GB/s read and written by a copy that no cache holds."""
    import torch

    a = torch.rand(2**26)
    b = torch.empty_like(a)
    return 2 * a.nbytes / min(_seconds(lambda: b.copy_(a)) for _ in range(repeats)) / 1e9


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_one(sys.argv[1], int(sys.argv[2]))) + "\n")
