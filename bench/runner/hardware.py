"""Where networks train: the device, and the precision that is faster on it."""

from __future__ import annotations

import sys
from pathlib import Path

from ..checks import InputError, one_of

BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # as processors name them
GPU_NODES = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")


def device(text: str) -> str:
    """`auto`, `cpu`, `cuda` or `cuda:1` -> what PyTorch calls it.

    InputError where there is none.
    """
    one_of("--device", text.partition(":")[0], ("auto", "cpu", "cuda"))
    if text == "cpu" or (text == "auto" and not _may_have_gpu()):
        return "cpu"
    import torch

    if text == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not torch.cuda.is_available():
        raise InputError("--device", text, "auto or cpu", "PyTorch sees no CUDA device here")
    return text


def precision(text: str, device: str) -> str:
    """`auto`, `fp32` or `bf16` -> what networks train in on a device."""
    one_of("--precision", text, ("auto", "fp32", "bf16"))
    if text != "auto":
        return text
    return "bf16" if _gains_from_bf16(device) else "fp32"


def _may_have_gpu() -> bool:
    """A finished run, started again, need not load PyTorch to learn that there is no GPU."""
    on_linux = sys.platform.startswith("linux")
    return not on_linux or any(Path(node).exists() for node in GPU_NODES)


def _gains_from_bf16(device: str) -> bool:
    """Whether products of bfloat16 are faster than those of float32: there are instructions."""
    cpuinfo = Path("/proc/cpuinfo")
    if device == "cpu" and cpuinfo.exists():
        words = set(cpuinfo.read_text(encoding="utf-8", errors="replace").split())
        return bool(words & BF16_FLAGS)
    import torch

    if device != "cpu":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if not hasattr(torch.cpu, "get_capabilities"):
        return False
    flags = torch.cpu.get_capabilities()
    return any(flags.get(flag) for flag in BF16_FLAGS)
