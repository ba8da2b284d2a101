"""A federated training as it would be deployed: a SuperLink and SuperNodes on loopback, with TLS.

Each is a process of its own; a SuperNode is given the rows of its participant and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..checks import InputError
from . import certificates
from .certificates import HOST

PAUSE = 0.5  # seconds between two looks at a process
TIMEOUT = 120  # seconds that a command of Flower's may take
RETRIES = 10  # of a SuperNode that does not reach its SuperLink
LAST_WORDS = 500  # characters of a log that an error quotes
PROJECT = """\
[project]
name = "privbench-federated"
version = "1.0.0"
license = { text = "Apache-2.0" }
[tool.flwr.app]
publisher = "privbench"
[tool.flwr.app.components]
"""


@dataclass
class Site:
    """A folder with certificates, logs and Flower's own files, and the processes that run in it."""

    folder: Path
    port: int
    env: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: object) -> subprocess.Popen[bytes]:
        """A process whose output goes to `name`.log; it is stopped with the site."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                env=self.env,
            )
        self.processes[name] = process
        return process

    def log(self, name: str) -> str:
        """What the process wrote up to now."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def superlink(folder: Path) -> Iterator[Site]:
    """The site of a running SuperLink; all that was started in it is stopped, whatever happens.

    Raises:
        RuntimeError: if the SuperLink ends before it listens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    certificates.write(folder)
    port = free_port()
    site = Site(folder, port, _environment(_flower_home(folder, port)))

    def listens() -> bool:
        return _listens(port)

    try:
        process = _start_superlink(site)
        _wait_until(listens, process, "superlink", site)
        yield site
    finally:
        for process in site.processes.values():
            stop(process)


def _flower_home(folder: Path, port: int) -> Path:
    """The folder of Flower's own files, with a configuration that knows one SuperLink, `here`."""
    home = folder / "flower"
    home.mkdir(exist_ok=True)
    authority = json.dumps(str(folder / "ca.crt"))
    lines = [
        "[superlink]",
        'default = "here"',
        "[superlink.here]",
        f'address = "{HOST}:{port}"',
        f"root-certificates = {authority}",
    ]
    (home / "config.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return home


def _environment(home: Path) -> dict[str, str]:
    """This process's environment, in which Flower finds its tools and keeps to itself."""
    tools = Path(sys.executable).parent
    path = os.environ.get("PATH", "")
    return {
        **os.environ,
        "FLWR_HOME": str(home),
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "NO_COLOR": "1",
        "PATH": f"{tools}{os.pathsep}{path}",
        "OMP_NUM_THREADS": "1",
    }


def _start_superlink(site: Site) -> subprocess.Popen[bytes]:
    options = {
        "--host": HOST,
        "--port": site.port,
        "--ssl-ca-certfile": site.folder / "ca.crt",
        "--ssl-certfile": site.folder / "server.pem",
        "--ssl-keyfile": site.folder / "server.key",
        "--database": site.folder / "state.db",
    }
    return site.start(
        "superlink",
        _tool("flower-superlink"),
        *_arguments(options),
        "--disable-runtime-dependency-installation",
    )


def supernode(site: Site, name: str, data: Path) -> subprocess.Popen[bytes]:
    """A SuperNode that knows one file."""
    options = {
        "--superlink": f"{HOST}:{site.port}",
        "--root-certificates": site.folder / "ca.crt",
        "--host": HOST,
        "--port": free_port(),
        "--max-retries": RETRIES,
        "--node-config": f"data={json.dumps(str(data))}",
    }
    return site.start(name, _tool("flower-supernode"), *_arguments(options))


def _arguments(options: Mapping[str, object]) -> list[object]:
    """Each option before its value."""
    arguments: list[object] = []
    for option, value in options.items():
        arguments += [option, value]
    return arguments


def submit(site: Site, app: Mapping[str, str], config: Mapping[str, Any]) -> str:
    """Hand the app in; the number of the run.

    app: `serverapp` and `clientapp`, each module:attribute. config: what both are given.
    """
    project = site.folder / "app"
    project.mkdir(exist_ok=True)
    lines = [f"{name} = {json.dumps(where)}" for name, where in app.items()]
    lines.append("[tool.flwr.app.config]")
    lines += [f"{key} = {json.dumps(value)}" for key, value in config.items()]
    text = PROJECT + "\n".join(lines) + "\n"
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    answer = _flwr(site, "run", project, "here")
    return str(answer["run-id"])


def status(site: Site, run: str) -> str:
    """What Flower says of the run, such as `running` or `finished:completed`."""
    answer = _flwr(site, "list", "here", "--run-id", run)
    return answer["runs"][0]["status"]


def stop(
    process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, wait: float = 10
) -> None:
    """End a process and all that it has started, some of which detach themselves."""
    family = _family(process.pid)
    with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
        process.send_signal(how)
        process.wait(wait)
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """The number of a port of this host that is free now."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        return free.getsockname()[1]


def _tool(name: str) -> Path:
    """A program of Flower's, beside this interpreter."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise InputError("federate", f"no {name}", 'pip install "privbench[federated]"')
    return path


def _flwr(site: Site, *command: object) -> dict[str, Any]:
    """The answer of Flower's command line."""
    words = [str(_tool("flwr")), *map(str, command), "--format", "json"]
    done = subprocess.run(
        words, env=site.env, cwd=site.folder, capture_output=True, text=True, timeout=TIMEOUT
    )
    start = done.stdout.find("{")
    if done.returncode or start < 0:
        output = (done.stdout + done.stderr).strip()
        raise RuntimeError(f"flwr {command[0]}: {output[-LAST_WORDS:]}")
    return json.loads(done.stdout[start:])


def _listens(port: int) -> bool:
    """Whether a process takes connections there."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False


def _wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, site: Site
) -> None:
    """Return once ready; a process that ends before is an error with its last words."""
    while not ready():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PAUSE)
            raise RuntimeError(f"{name} ended: {site.log(name)[-LAST_WORDS:]}")


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            _, _, after_name = path.read_text().rpartition(")")
            parent = int(after_name.split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    family = [pid]
    for member in family:  # grows as it is read
        family += children.get(member, [])
    return family
