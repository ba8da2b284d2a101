"""A federated training as it would be deployed: a SuperLink and a SuperNode a participant, on loopback, with TLS.

Each is a process of its own; a SuperNode is given the rows of its participant and nothing else.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..checks import InputError

HOST = "127.0.0.1"
PAUSE = 0.5  # seconds between two looks at a process


@dataclass
class Site:
    """A folder with certificates, logs and Flower's own files, and the processes that run in it."""

    folder: Path
    port: int
    env: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: object) -> subprocess.Popen[bytes]:
        """A process whose output goes to `name`.log."""
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
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A running SuperLink; everything that was started inside is stopped at the end, whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    certificates(folder)
    home = folder / "flower"
    home.mkdir(exist_ok=True)
    port = free_port()
    (home / "config.toml").write_text(
        f'[superlink]\ndefault = "here"\n[superlink.here]\naddress = "{HOST}:{port}"\n'
        f"root-certificates = {json.dumps(str(folder / 'ca.crt'))}\n",
        encoding="utf-8",
    )
    own = {
        "FLWR_HOME": str(home),
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "NO_COLOR": "1",
    }
    path = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "OMP_NUM_THREADS": "1",
    }
    found = Site(folder, port, {**os.environ, **own, **path})
    try:
        link = found.start(
            "superlink",
            _tool("flower-superlink"),
            "--host",
            HOST,
            "--port",
            port,
            "--ssl-ca-certfile",
            folder / "ca.crt",
            "--ssl-certfile",
            folder / "server.pem",
            "--ssl-keyfile",
            folder / "server.key",
            "--database",
            folder / "state.db",
            "--disable-runtime-dependency-installation",
        )
        _await(lambda: _listens(port), link, "superlink", found)
        yield found
    finally:
        for process in found.processes.values():
            stop(process)


def node(own: Site, name: str, data: Path) -> subprocess.Popen[bytes]:
    """A SuperNode that knows one file."""
    return own.start(
        name,
        _tool("flower-supernode"),
        "--superlink",
        f"{HOST}:{own.port}",
        "--root-certificates",
        own.folder / "ca.crt",
        "--host",
        HOST,
        "--port",
        free_port(),
        "--max-retries",
        10,
        "--node-config",
        f"data={json.dumps(str(data))}",
    )


def submit(own: Site, app: Mapping[str, str], config: Mapping[str, Any]) -> str:
    """Hand the app in; the number of the run. app: `serverapp` and `clientapp`, each module:attribute."""
    project = own.folder / "app"
    project.mkdir(exist_ok=True)
    lines = [
        "[project]",
        'name = "privbench-federated"',
        'version = "1.0.0"',
        'license = { text = "Apache-2.0" }',
    ]
    lines += ["[tool.flwr.app]", 'publisher = "privbench"', "[tool.flwr.app.components]"]
    lines += [f"{name} = {json.dumps(where)}" for name, where in app.items()]
    lines += [
        "[tool.flwr.app.config]",
        *(f"{key} = {json.dumps(value)}" for key, value in config.items()),
    ]
    (project / "pyproject.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(_flwr(own, "run", project, "here")["run-id"])


def status(own: Site, run: str) -> str:
    """What Flower says of the run, such as `running` or `finished:completed`."""
    return _flwr(own, "list", "here", "--run-id", run)["runs"][0]["status"]


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


def certificates(folder: Path) -> None:
    """A throw-away authority, ca.crt, and a certificate of it for this host: server.pem, server.key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    named = lambda text: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def draft(text: str, key: Any, ca: bool) -> Any:
        usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
        made = (
            x509.CertificateBuilder()
            .subject_name(named(text))
            .issuer_name(named("privbench authority"))
        )
        made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - day).not_valid_after(now + 7 * day)
        made = made.add_extension(x509.BasicConstraints(ca, None), True).add_extension(usage, True)
        made = made.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
        )
        whose = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
        return made.add_extension(whose, False)

    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    )
    server = draft("superlink", own, False).add_extension(names, False)
    server = server.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    root = draft("privbench authority", authority, True).sign(authority, hashes.SHA256())
    (folder / "ca.crt").write_bytes(root.public_bytes(pem))
    (folder / "server.pem").write_bytes(server.sign(authority, hashes.SHA256()).public_bytes(pem))
    (folder / "server.key").touch(0o600)
    (folder / "server.key").write_bytes(
        own.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return found.getsockname()[1]


def _tool(name: str) -> Path:
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise InputError("federate", f"no {name}", 'pip install "privbench[federated]"')
    return path


def _flwr(own: Site, *command: object) -> dict[str, Any]:
    """The answer of Flower's command line."""
    words: Sequence[str] = [str(_tool("flwr")), *map(str, command), "--format", "json"]
    done = subprocess.run(
        words, env=own.env, cwd=own.folder, capture_output=True, text=True, timeout=120
    )
    start = done.stdout.find("{")
    if done.returncode or start < 0:
        raise RuntimeError(f"flwr {command[0]}: {(done.stdout + done.stderr).strip()[-500:]}")
    return json.loads(done.stdout[start:])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False


def _await(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, own: Site
) -> None:
    """Until ready; a process that ends before is an error with its last words."""
    while not ready():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PAUSE)
            raise RuntimeError(f"{name} ended: {own.log(name)[-500:]}")


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    below: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
            below.setdefault(parent, []).append(int(path.parent.name))
    found = [pid]
    for each in found:
        found += below.get(each, [])
    return found
