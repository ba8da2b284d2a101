import pytest
from privbench.bench import registry


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch):
    """What a test registers from memory is gone after it."""
    for name in ("_plugins", "_objects"):
        monkeypatch.setattr(registry, name, {room: {} for room in registry.ROOMS})
    monkeypatch.setattr(registry, "_digests", {})
