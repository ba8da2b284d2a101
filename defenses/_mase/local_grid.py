"""Flower in one process: server and clients with messages that are calls.

`flwr.simulation` would start a Ray cluster for every fold, and put a dead worker back in its pool.
The three things that Flower does not make public are touched here and nowhere else.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from .flwr_api import (
    ClientApp,
    Context,
    Error,
    Grid,
    Message,
    RecordDict,
    Run,
    ServerApp,
    TaskIdentity,
    UserConfig,
)

T = TypeVar("T")
SERVER = 1  # node number; clients follow


class LocalGrid(Grid):
    """Messages are calls, one after the other, in the order of the clients."""

    def __init__(self, app: ClientApp, clients: Sequence[Mapping[str, Any]]):
        TaskIdentity.task_id = 1  # type: ignore[assignment]
        TaskIdentity.run_id = 1  # type: ignore[assignment]
        TaskIdentity.node_id = SERVER  # type: ignore[assignment]
        self._run = Run.create_empty(run_id=1)
        self.app = app
        self.box: dict[str, Message] = {}
        self.serial = itertools.count(1)
        self.contexts: dict[int, Context] = {}
        for node, client in enumerate(clients, SERVER + 1):
            config: Any = UserConfig(client)  # type: ignore[arg-type]
            self.contexts[node] = Context(1, node, config, RecordDict(), UserConfig())

    def set_run(self, run: Run) -> None:
        """Take a run's description, as Flower's protocol asks."""
        self._run = run

    @property
    def run(self) -> Run:
        """The run's description."""
        return self._run

    def create_message(
        self, content: Any, message_type: str, dst_node_id: int, group_id: str, ttl: Any = None
    ) -> Any:
        """A message to one node."""
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def get_node_ids(self) -> list[int]:
        """The numbers of all clients' nodes."""
        return list(self.contexts)

    def push_messages(self, messages: Iterable[Message]) -> list[str]:
        """Ask the clients; the keys of their replies."""
        keys = []
        for message in messages:
            alone = copy.deepcopy(message)  # strategies share one record among all
            keys.append(self._ask(alone))
        return keys

    def pull_messages(self, message_ids: Iterable[str]) -> list[Message]:
        """The replies with these keys, each of which is given once."""
        return [self.box.pop(key) for key in message_ids if key in self.box]

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> list[Message]:
        """The replies to these messages."""
        return self.pull_messages(self.push_messages(messages))

    def _ask(self, message: Message) -> str:
        key = str(next(self.serial))
        message.metadata.__dict__["_message_id"] = key
        context = self.contexts[message.metadata.dst_node_id]
        try:
            reply = self.app(message, context)
        except Exception as error:  # a client's own failure: the others go on
            reason = f"{type(error).__name__}: {error}"
            reply = Message(Error(code=2, reason=reason), reply_to=message)
        self.box[key] = reply
        return key


def play(app: ClientApp, clients: Sequence[Mapping[str, Any]], serve: Callable[[Grid], T]) -> T:
    """What `serve(grid)` returns as a server of these clients.

    clients: the configuration of each node.
    """
    server = ServerApp()
    results: list[T] = []

    @server.main()
    def main(grid: Grid, context: Context) -> None:
        results.append(serve(grid))

    context = Context(1, SERVER, UserConfig(), RecordDict(), UserConfig())
    server(LocalGrid(app, clients), context)
    return results[0]
