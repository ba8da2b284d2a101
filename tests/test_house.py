"""How the code reads: bounds that keep a line, a function and a file small."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bench", "attackers", "datasets", "defenses")
LINES_A_FILE = 300
LINES_A_FUNCTION = 40  # without its docstring
PARAMETERS = 6  # self apart
NODES_A_LINE = 5.0  # expression nodes a line, over the package
NODES_A_LINE_OF_A_FILE = 7.0
# Calls whose parameters are what a notebook types.
MANY_PARAMETERS = {"audit", "run"}
FILES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
NAMES = [str(p.relative_to(ROOT)) for p in FILES]


@cache
def parsed(name):
    text = (ROOT / name).read_text()
    return text, ast.parse(text)


def code_lines(text, tree):
    """Lines that are neither blank, nor a comment, nor of a docstring."""
    lines = [line.strip() for line in text.split("\n")]
    for node in ast.walk(tree):
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if documented and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines[docstring.lineno - 1 : docstring.end_lineno] = [""] * (
                docstring.end_lineno - docstring.lineno + 1
            )
    return sum(1 for line in lines if line and not line.startswith("#"))


def functions(tree):
    return [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]


def expressions(tree):
    return sum(isinstance(node, ast.expr) for node in ast.walk(tree))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_fits_in_the_head(name):
    text, _ = parsed(name)
    assert text.count("\n") <= LINES_A_FILE, "a file that grows is two things: divide it"


@pytest.mark.parametrize("name", NAMES)
def test_a_function_fits_on_a_screen(name):
    for node in functions(parsed(name)[1]):
        docstring = ast.get_docstring(node)
        documented = len(docstring.split("\n")) + 1 if docstring else 0
        length = node.end_lineno - node.lineno + 1 - documented
        assert length <= LINES_A_FUNCTION, f"{node.name}: {length} lines"


@pytest.mark.parametrize("name", NAMES)
def test_a_function_takes_few_parameters(name):
    for node in functions(parsed(name)[1]):
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        named = [a.arg for a in arguments if a.arg not in ("self", "cls")]
        allowed = len(named) <= PARAMETERS or node.name in MANY_PARAMETERS
        options = any("click" in ast.unparse(d) for d in node.decorator_list)
        assert allowed or options, f"{node.name}: settings travel as a frozen dataclass"


@pytest.mark.parametrize("name", NAMES)
def test_one_comprehension_level_a_line(name):
    kinds = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    for node in ast.walk(parsed(name)[1]):
        if isinstance(node, kinds):
            assert len(node.generators) == 1, f"line {node.lineno}: two loops in one comprehension"
        if isinstance(node, ast.Lambda):
            inner = [n for n in ast.walk(node.body) if isinstance(n, ast.Lambda)]
            assert not inner, f"line {node.lineno}: a lambda in a lambda"


def test_lines_are_sparse():
    """`pytest tests/test_house.py -k sparse -s` prints the files that hold most in a line."""
    rows = []
    for name in NAMES:
        text, tree = parsed(name)
        rows.append((expressions(tree), max(code_lines(text, tree), 1), name))
    dense = sorted(((nodes / lines, name) for nodes, lines, name in rows), reverse=True)
    for density, name in dense[:15]:
        print(f"{density:.2f} {name}")
    total = sum(nodes for nodes, _, _ in rows) / sum(lines for _, lines, _ in rows)
    print(f"{total:.2f} over the package")
    assert total <= NODES_A_LINE
    assert dense[0][0] <= NODES_A_LINE_OF_A_FILE, f"{dense[0][1]}: name the steps"


def test_every_module_has_a_docstring():
    for name in NAMES:
        assert ast.get_docstring(parsed(name)[1]), name
