"""Who may import whom: one order of packages, no circle by files; looking around costs no torch."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("attackers", "datasets", "defenses")
# Ground to roof: a file imports from its own line and from those above it, rooms not from each
# other.
ORDER = (
    ("bench/types.py", "bench/reasons.py", "bench/checks.py", "bench/seeds.py"),
    ("bench/capabilities.py", "bench/records.py", "bench/specs.py", "bench/suite.py",
     "bench/text.py"),
    ("bench/digests.py",),
    ("bench/registry.py",),
    ("bench/toolkit",),
    ("bench/metrics",),
    ROOMS,
    ("bench/testing.py",),
    ("bench/runner",),
    ("bench/verdicts",),
    ("bench/analysis",),
    ("bench/report",),
    ("bench/federation", "bench/pictures"),
    ("bench/studies",),
    ("bench/api",),
    ("bench/cli",),
)  # fmt: skip
GROUND = {"bench/types.py", "bench/reasons.py", "bench/checks.py", "bench/seeds.py"}
FOR_COMPETITORS = ("bench/toolkit", "bench/metrics")  # beside the ground
PROGRAMS = ("bench/speed",)  # scripts beside the package
HEAVY = {"torch", "pandas", "click", "timm", "sklearn", "matplotlib", "seaborn"}
ISOTONIC = "bench/metrics/scored_pairs.py"  # has its regression from scikit-learn


def sources(root=ROOT):
    """Every file of the package but the `__init__` of packages, which hold no code of the bench."""
    files = [p for room in ("bench", *ROOMS) for p in (root / room).rglob("*.py")]
    names = [str(p.relative_to(root)) for p in files if p.name != "__init__.py"]
    return sorted(n for n in names if not n.startswith(PROGRAMS))


def level(name):
    """The line of ORDER that a file stands in, and the entry that says so."""
    for number, entries in enumerate(ORDER):
        for entry in entries:
            if name == entry or name.startswith(f"{entry}/"):
                return number, entry
    raise AssertionError(f"{name} is in no package of the order: give it a room")


def imports(name, root=ROOT):
    """(files of ours that a file imports, for types alone too; packages of others)."""
    ours, others = set(), set()
    here = Path(name).parent.parts
    for node in ast.walk(ast.parse((root / name).read_text())):
        if isinstance(node, ast.Import):
            others |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            others.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] + tuple((node.module or "").split("."))
            ours |= set(_files(root, "/".join(filter(None, base)), node.names))
    return ours, others


def _files(root, base, names):
    """The files behind `from base import names`: modules of a package, or the module itself."""
    for alias in names:
        module = f"{base}/{alias.name}.py".lstrip("/")
        if (root / module).is_file():
            yield module
        elif (root / f"{base}.py").is_file():
            yield f"{base}.py"


@pytest.mark.parametrize("name", sources())
def test_a_file_imports_what_lies_below_it(name):
    mine, entry = level(name)
    for other in imports(name)[0] - {name}:
        theirs, place = level(other)
        assert theirs <= mine, f"{name} imports upwards: {other}"
        assert theirs < mine or not entry.startswith(ROOMS) or place == entry, f"{name}: {other}"


def test_no_file_imports_itself_by_way_of_others():
    graph = {name: imports(name)[0] - {name} for name in sources()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("name", [n for n in sources() if n.startswith(ROOMS)])
def test_competitors_know_the_contracts_and_the_toolkit_only(name):
    room = name.partition("/")[0]
    for other in imports(name)[0]:
        allowed = other in GROUND or other.startswith((*FOR_COMPETITORS, f"{room}/"))
        assert allowed, f"{name} imports {other}"


LEAVES = [*sorted(GROUND), "bench/runner/folds.py"]
LEAVES += [n for n in sources() if n.startswith("bench/metrics/") and n != ISOTONIC]


@pytest.mark.parametrize("name", LEAVES)
def test_leaves_need_numpy_and_scipy_only(name):
    assert not imports(name)[1] & HEAVY


def test_isotonic_regression_needs_scikit_learn_and_nothing_heavier():
    assert imports(ISOTONIC)[1] & HEAVY == {"sklearn"}


def test_the_layer_tests_see_an_offence(tmp_path):
    for folder in ("bench/runner", "bench/metrics", "attackers", "defenses"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("bench/runner/cells.py", "attackers/knn.py", "bench/types.py"):
        (tmp_path / name).write_text("")
    bad = "defenses/bad.py"
    text = "from ..attackers import knn\nfrom ..bench.runner.cells import run\nimport torch\n"
    (tmp_path / bad).write_text(f"{text}def f():\n    from ..bench import types\n")
    ours, others = imports(bad, tmp_path)
    assert ours == {"attackers/knn.py", "bench/runner/cells.py", "bench/types.py"}
    assert others == {"torch"}
    with pytest.raises(AssertionError, match="no package"):
        level("bench/new_hall.py")


@pytest.mark.parametrize("call", ["import privbench", "main(['--help'])", "main(['list'])"])
def test_looking_around_imports_no_torch(call):
    start = "import sys\n"
    if "main" in call:
        start += "from privbench.bench.cli.main import main\n"
    end = "\nassert 'torch' not in sys.modules, 'torch was imported'"
    code = f"{start}try:\n    {call}\nexcept SystemExit:\n    pass{end}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
