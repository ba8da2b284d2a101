"""Who may import whom, and that looking around costs no torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "pandas", "click", "timm", "sklearn", "matplotlib", "seaborn"}
COMPETITORS = {
    "types", "checks", "metrics", "nets", "train", "seeds", "memo", "memory", "planted", "likeness", "covert",
    "progress", "sequences", "recurrent", "regression", "updates",
}  # fmt: skip
REPORTS = {
    "types",
    "stats",
    "pareto",
    "metrics",
    "checks",
    "summary",
    "tables",
    "plots",
    "leaderboard",
    "report",
    "store",
    "sheet",
}
MAY = {  # module of bench -> what of bench it may import
    "types": set(), "seeds": set(), "pareto": set(), "memo": set(),
    "checks": {"types"}, "folds": {"types", "checks"}, "metrics": {"types", "checks"}, "stats": {"types", "checks"},
    "certify": {"types", "checks", "stats"}, "planted": {"types", "checks", "memory"},
    "verification": {"types", "checks"},
    "pairs": {"types", "checks", "verification"},
    "likeness": {"types", "checks"}, "nets": {"types", "checks"}, "train": {"types", "checks"},
    "registry": {"checks"},
    "memory": {"types"}, "codes": {"types", "checks", "memory"},
    "plan": {"types", "checks", "registry", "folds", "suite"}, "suite": set(), "sheet": set(), "hits": {"types"},
    "diagnose": {"types"}, "controls": {"types", "planted", "memo", "seeds"},
    "sequences": {"types"}, "recurrent": {"types", "checks", "sequences", "train"},
    "updates": {"registry", "types", "metrics", "seeds", "stats", "verification"},
    "deploy": {"checks"}, "reproduce_mase": {"types", "checks", "registry", "run", "seeds", "session", "summary"},
    "federated": {
        "types", "checks", "deploy", "engine", "plan", "registry", "run", "seeds", "session", "sheet", "updates",
    },
    "regression": {"types", "checks"},
    "asking": {"types", "controls", "hits", "memo", "memory", "metrics", "regression", "sequences"},
    "run": {
        "plan", "registry", "folds", "codes", "memo", "memory", "seeds", "types", "controls", "diagnose",
        "pairs", "suite", "asking", "sequences",
    },
    "blind": {"types", "hits", "metrics"}, "evidence": {"types", "blind", "plan", "run"},
    "flagged": {"types", "controls", "hits"}, "tries": {"types", "blind", "hits", "certify"},
    "objections": {"types", "blind", "controls", "flagged", "hits", "stats", "certify", "tries"},
    "verdicts": {"types", "blind", "flagged", "pairs", "sheet", "stats", "suite", "certify", "objections", "tries"},
    "exposure": {"types", "hits", "sheet", "stats", "certify"},
    "summary": {"types", "stats", "metrics", "regression", "checks"}, "tables": {"types", "summary", "regression"},
    "plots": REPORTS | {"budget"}, "leaderboard": REPORTS, "report": REPORTS | {"verdicts", "exposure"},
    "synthesis": {"types", "checks", "likeness"}, "contact": {"types"}, "covert": {"types"},
    "progress": set(), "curves": {"checks"},
    "studio": {"types", "checks", "engine", "registry", "run", "seeds", "session", "synthesis"},
    "crossfit": {"types", "summary", "metrics"}, "compare": REPORTS | {"crossfit", "seeds"}, "options": set(),
}  # fmt: skip


def imports(path):
    """(own modules as `room.module`, outside packages, outside packages at the top level) of a file."""
    tree, own, outside = ast.parse(path.read_text()), set(), set()
    room = path.parent.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            outside |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            outside.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            base = room if node.level == 1 else ""
            full = ".".join(part for part in (base, module) if part)
            if full in ("", "bench", "defenses", "attackers", "datasets"):
                own |= {f"{full}.{alias.name}".strip(".") for alias in node.names}
            else:
                own.add(full)
    return own, outside


@pytest.mark.parametrize("name", sorted(MAY))
def test_bench_modules_import_only_what_they_may(name):
    own, _ = imports(ROOT / "bench" / f"{name}.py")
    assert {m.removeprefix("bench.") for m in own} <= MAY[name] | {name}


@pytest.mark.parametrize(
    "name", ["types", "seeds", "pareto", "checks", "folds", "metrics", "likeness", "stats"]
)
def test_leaves_need_numpy_and_scipy_only(name):
    assert not imports(ROOT / "bench" / f"{name}.py")[1] & HEAVY


@pytest.mark.parametrize("room", ["defenses", "attackers", "datasets"])
def test_competitors_know_the_contracts_and_their_own_room_only(room):
    for path in (ROOT / room).glob("*.py"):
        for module in imports(path)[0]:
            home, _, name = module.partition(".")
            assert home == room or (home == "bench" and name in COMPETITORS), (
                f"{path.name} imports {module}"
            )


def test_nobody_imports_the_command_line():
    for path in ROOT.glob("*/*.py"):
        if path.parent.name != "tests":
            assert "bench.cli" not in imports(path)[0], path


def test_the_layer_test_sees_an_offence(tmp_path):
    (tmp_path / "defenses").mkdir()
    bad = tmp_path / "defenses" / "bad.py"
    bad.write_text("from ..attackers import knn\nfrom ..bench.run import run\nimport torch\n")
    assert imports(bad) == ({"attackers.knn", "bench.run"}, {"torch"})


@pytest.mark.parametrize("call", ["import privbench", "main(['--help'])", "main(['list'])"])
def test_looking_around_imports_no_torch(call):
    start = (
        "import sys\nfrom privbench.bench.cli import main\n" if "main" in call else "import sys\n"
    )
    end = "\nassert 'torch' not in sys.modules, 'torch was imported'"
    code = f"{start}try:\n    {call}\nexcept SystemExit:\n    pass{end}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
