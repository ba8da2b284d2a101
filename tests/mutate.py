"""Which changes of the code no test notices: a mutation run, a command for people, not for CI.

    python tests/mutate.py --sample 80 --seed 0 bench/metrics
    python tests/mutate.py bench/metrics/pareto.py=tests/bench/metrics/test_pareto.py

Each argument is a module or a folder of them, with `=` and a comma-separated list of tests; without
a list, the file of the module's name in `tests`. Every mutant changes one comparison, operator,
number, truth value or `return` of a copy of the package, and `pytest -x` runs there in a process of
its own. A survivor is printed: it is a missing test, or an equivalent mutant, which changes nothing
that can be seen; only a reader can say which. (mutmut finds no test of a package that is the
repository itself; cosmic-ray changes the files in their place.)
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis  # noqa: F401  loaded once here, not in every fork
import pytest
import scipy.stats  # noqa: F401
import sklearn.isotonic  # noqa: F401

ROOT = Path(__file__).parent.parent
SECONDS = 300  # for the tests of one mutant
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "results", "*.egg-info", "build", "dist")
PAIRS = (
    (ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot),
    (ast.In, ast.NotIn), (ast.Add, ast.Sub), (ast.Mult, ast.Div), (ast.BitAnd, ast.BitOr),
    (ast.And, ast.Or),
)  # fmt: skip
SWAPPED = {**dict(PAIRS), **{b: a for a, b in PAIRS}}
SWAPPED |= {ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult}


@dataclass(frozen=True)
class Mutant:
    """A changed source of a module, where, how, and the tests that should notice."""

    module: Path
    line: int
    change: str
    source: str
    tests: tuple[str, ...]


def changed(node: ast.AST) -> ast.AST | None:
    """The node with one thing changed, or None where there is nothing to change."""
    new = copy.copy(node)
    if isinstance(new, ast.Compare) and type(new.ops[0]) in SWAPPED:
        new.ops = [SWAPPED[type(new.ops[0])](), *new.ops[1:]]
    elif isinstance(new, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(new.op) in SWAPPED:
        new.op = SWAPPED[type(new.op)]()
    elif isinstance(new, ast.UnaryOp):
        return new.operand
    elif isinstance(new, ast.Constant) and isinstance(new.value, bool):
        new.value = not new.value
    elif isinstance(new, ast.Constant) and isinstance(new.value, int | float):
        new.value = new.value + 1
    elif isinstance(new, ast.Return) and new.value is not None:
        new.value = None
    else:
        return None
    return new


def places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """(parent, field, index there or None) of every child that runs: annotations do not."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "format_spec"):
            continue
        several = isinstance(value, list)
        for index, child in enumerate(value if several else [value]):
            if isinstance(child, ast.AST):
                yield node, field, index if several else None
                yield from places(child)


def mutants(module: Path, tests: tuple[str, ...]) -> Iterator[Mutant]:
    """Every mutant of a module of the repository."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    for parent, field, index in list(places(tree)):
        value = getattr(parent, field)
        old = value if index is None else value[index]
        new = changed(old)
        if new is None:
            continue
        setattr(parent, field, new if index is None else [*value[:index], new, *value[index + 1 :]])
        change = f"{ast.unparse(old)}  ->  {ast.unparse(new)}"
        yield Mutant(module, getattr(old, "lineno", 0), change, ast.unparse(tree), tests)
        setattr(parent, field, value)


def wanted(argument: str) -> Iterator[Mutant]:
    """The mutants that one argument of the command asks for."""
    path, _, tests = argument.partition("=")
    here = ROOT / path
    modules = sorted(here.glob("*.py")) if here.is_dir() else [here]
    for file in modules:
        module = file.relative_to(ROOT)
        mirrored = str(Path("tests") / module.parent / f"test_{module.name}")
        listed = tuple(tests.split(",")) if tests else (mirrored,)
        if all((ROOT / test).exists() for test in listed):
            yield from mutants(module, listed)
        elif module.name != "__init__.py":
            sys.stderr.write(f"no tests: {module}\n")


def status(root: Path, tests: tuple[str, ...]) -> int:
    """Exit status of the tests on the copy of the package, in a fork; not 0 after too long."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        sys.path.insert(0, str(root.parent))
        os.chdir(root)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
    return os.waitpid(child, 0)[1]


def main() -> None:
    """Run the mutants, write the survivors and the share that was noticed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="+", metavar="MODULE[=TEST,...]")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants; 0 runs all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    given = parser.parse_args()
    sys.dont_write_bytecode = True  # a mutant as long and as old as another would be read from it
    asked = [mutant for argument in given.modules for mutant in wanted(argument)]
    chosen = random.Random(given.seed).sample(asked, min(given.sample or len(asked), len(asked)))
    noticed = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "privbench"
        shutil.copytree(ROOT, root, ignore=LEFT_OUT)
        for tests in sorted({mutant.tests for mutant in chosen}):
            if status(root, tests) != 0:
                sys.exit(f"{' '.join(tests)}: no success without a mutant")
        for mutant in chosen:
            file = root / mutant.module
            kept = file.read_text(encoding="utf-8")
            file.write_text(mutant.source, encoding="utf-8")
            survived = status(root, mutant.tests) == 0
            file.write_text(kept, encoding="utf-8")
            noticed += not survived
            if survived:
                sys.stdout.write(f"SURVIVED {mutant.module}:{mutant.line}: {mutant.change}\n")
                sys.stdout.flush()
    share = f"{noticed} of {len(chosen)} mutants noticed"
    sys.stdout.write(f"{share} (of {len(asked)} that there are)\n")


if __name__ == "__main__":
    main()
