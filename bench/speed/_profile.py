"""Where the time of one thread goes, and what the processor could do at most.

It says why the ratios of the other parts are what they are.

    python bench/speed/_profile.py PRECISION REPEATS       one precision, in a process of its own
"""

# pyright: reportMissingImports=false
# (the package is the repository itself, which a type checker cannot find under its name)

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from _tools import HERE, Options, Raw, fixed, say, table, timed

KINDS = {  # what an operator belongs to, by parts of its name
    "convolutions": ("convolution", "conv2d"),
    "matrix products": ("addmm", "::mm", "linear"),
    "optimiser": ("adam",),
    "pooling and ReLU": ("pool", "relu", "threshold"),
}
WORK = ("base and head", "head on 8,192-d codes", "frozen base")
BATCH = 64
CODES = 8192  # dimensions

Step = Callable[[], object]


def measure(o: Options) -> Raw:
    """What `_one` measures, of each precision."""
    repeats = "2" if o.small else "20"
    results = {}
    for precision in ("fp32", "bf16"):
        script = str(HERE / "_profile.py")
        _, output = timed([sys.executable, script, precision, repeats])
        results[precision] = json.loads(output.splitlines()[-1])
        say(f"profile, {precision}: done")
    return results


def text(raw: Raw) -> list[str]:
    """The section of the part profile."""
    rows = []
    for precision, result in raw.items():
        for name in WORK:
            cells = _row(result["work"][name], result["peak"])
            rows.append([name, precision, *cells])
    shares = [f"{kind}, %" for kind in KINDS]
    header = ["one batch of 64, one thread", "", "ms", "rows/s", "GFLOP/s", "% of peak", *shares]
    peaks = [f"{fixed(one['peak'], 0)} GFLOP/s in {precision}" for precision, one in raw.items()]
    copy = fixed(raw["fp32"]["copy"], 1)
    return [
        f"Peak: the best of several matrix products, {', '.join(peaks)}; copying memory: {copy}"
        " GB/s. Floating-point operations are counted by PyTorch's own counter. A head of 256-128-K"
        " on 8,192-d codes has 2.1 million weights: its optimiser reads and writes some 60 MB a"
        " step, whatever the precision of the products.",
        *table(header, rows),
    ]


def _row(work: Raw, peak: float) -> list[str]:
    milliseconds = work["ms"]
    speed = work["gflops"]
    rows_a_second = 1000 * BATCH / milliseconds
    of_peak = 100 * speed / peak
    cells = [fixed(milliseconds, 1), fixed(rows_a_second, 0), fixed(speed, 0), fixed(of_peak, 0)]
    for kind in KINDS:
        share = 100 * work["share"][kind]
        cells.append(fixed(share, 0))
    return cells


def _one(precision: str, repeats: int) -> Raw:
    """The peak, the speed of copying, and what each kind of work takes."""
    import torch
    from privbench.bench.toolkit import nets, train

    train.threads(1)
    train.precision(precision)
    train.keep_memory()
    x = train.tensor(torch.rand(BATCH, 1, 64, 64).numpy(), "cpu")
    y = torch.arange(BATCH) % 10
    z = torch.rand(BATCH, CODES)
    base = nets.ConvBase(1)
    whole = torch.nn.Sequential(base, nets.head(CODES, nets.FC_WIDTHS, 10))
    head = nets.head(CODES, nets.FC_WIDTHS, 10)

    def pass_on() -> object:
        return train.forward(base, x)

    steps = (_step(whole, x, y), _step(head, z, y), pass_on)
    work = {}
    for name, step in zip(WORK, steps, strict=True):
        work[name] = _measured(step, repeats)
    return {"peak": _peak(precision, repeats), "copy": _copy(repeats), "work": work}


def _step(net: Any, x: Any, y: Any) -> Step:
    """One optimiser step, as the training loop makes it."""
    import numpy as np
    from privbench.bench.toolkit import train
    from torch.nn import functional as F

    optimiser = train.optimiser(list(net.parameters()), 1e-3)

    def loss(rows: Any) -> Any:
        scores = net(x[rows]).float()
        return F.cross_entropy(scores, y[rows])

    def step() -> object:
        order = np.random.default_rng(0)
        return train.epoch(loss, len(x), optimiser, batch=BATCH, order=order)

    return step


def _measured(step: Step, repeats: int) -> Raw:
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
    return {
        "ms": 1000 * seconds,
        "gflops": counter.get_total_flops() / seconds / 1e9,
        "share": _shares(times),
    }


def _shares(times: dict[str, float]) -> dict[str, float]:
    """{kind: share} of the time of all operators; times: of each, by its name."""
    total = sum(times.values())
    shares = {}
    for kind, parts in KINDS.items():
        of_kind = 0.0
        for operator, seconds in times.items():
            if any(part in operator for part in parts):
                of_kind += seconds
        shares[kind] = of_kind / total
    return shares


def _peak(precision: str, repeats: int) -> float:
    """GFLOP/s of the fastest of several square products."""
    import torch

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    speeds = []
    for n in (512, 1024, 2048):
        a = torch.rand(n, n, dtype=dtype)

        def square(a: Any = a) -> Any:
            return a @ a

        for _ in range(repeats):
            speeds.append(2 * n**3 / _seconds(square) / 1e9)
    return max(speeds)


def _copy(repeats: int) -> float:
    """GB/s read and written by a copy that no cache holds."""
    import torch

    a = torch.rand(2**26)
    b = torch.empty_like(a)

    def copy() -> object:
        return b.copy_(a)

    seconds = min(_seconds(copy) for _ in range(repeats))
    return 2 * a.nbytes / seconds / 1e9


def _seconds(call: Step) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_one(sys.argv[1], int(sys.argv[2]))) + "\n")
