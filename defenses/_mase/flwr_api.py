"""Flower, imported in one place: without telemetry, and with a plain error where it is missing."""

from __future__ import annotations

import logging
import os

# Both are read when flwr is imported, so that nothing else may import it.
os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")
os.environ.setdefault("FLWR_DISABLE_UPDATE_CHECK", "1")

from ...bench.checks import InputError

try:
    from flwr.app import (
        ArrayRecord,
        ConfigRecord,
        Context,
        Error,
        Message,
        MessageType,
        MetricRecord,
        RecordDict,
        UserConfig,
    )
    from flwr.clientapp import ClientApp
    from flwr.clientapp.mod import LocalDpMod
    from flwr.serverapp import Grid, ServerApp
    from flwr.serverapp import strategy as strategies
    from flwr.serverapp.strategy import DifferentialPrivacyServerSideFixedClipping, Strategy
    from flwr.supercore.run import Run
    from flwr.supercore.task_identity import TaskIdentity
except ImportError as error:
    install = 'pip install "privbench[federated]"'
    raise InputError("au-federated", "no Flower", install, str(error)) from error

logging.getLogger("flwr").setLevel(logging.ERROR)

__all__ = [
    "ArrayRecord",
    "ClientApp",
    "ConfigRecord",
    "Context",
    "DifferentialPrivacyServerSideFixedClipping",
    "Error",
    "Grid",
    "LocalDpMod",
    "Message",
    "MessageType",
    "MetricRecord",
    "RecordDict",
    "Run",
    "ServerApp",
    "Strategy",
    "TaskIdentity",
    "UserConfig",
    "strategies",
]
