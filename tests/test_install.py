"""The wheel, in an environment of its own: exactly the package, and nobody else's `datasets`."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bench", "defenses", "attackers", "datasets")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from what git tracks, so that no build folder can bring deleted modules back."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if files.returncode:
        pytest.skip("not a git checkout, so there is no list of the project's files")
    for name in files.stdout.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(out),
        str(source),
    ]
    subprocess.run(pip, check=True)
    return next(out.glob("*.whl"))


def test_it_contains_exactly_the_package(wheel):
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    packages = [p.parent for room in ROOMS for p in (ROOT / room).rglob("__init__.py")]
    files = [p for package in packages for p in package.glob("*.py")]
    modules = {f"privbench/{p.relative_to(ROOT)}" for p in files}
    assert names == modules | {"privbench/__init__.py", "privbench/py.typed"}


def test_it_runs_in_a_clean_environment_beside_another_datasets(wheel, tmp_path):
    env = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", str(env)], check=True)
    python = env / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)], check=True)
    site = Path(
        subprocess.run(
            [python, "-c", "import site; print(site.getsitepackages()[0])"],
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    # The dependencies, without the editable privbench of this environment: .pth files of a borrowed
    # path are not read.
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    (site / "datasets").mkdir()
    (site / "datasets" / "__init__.py").write_text("WHOSE = 'Hugging Face'\n")
    code = "import datasets, privbench; assert datasets.WHOSE == 'Hugging Face'; "
    code += "print(privbench.__file__)"
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    found = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=clean
    )
    assert str(site) in found.stdout, found.stderr
    run = [
        env / "bin" / "privbench",
        "run",
        "-d",
        "raw",
        "-a",
        "lda",
        "--dataset",
        "gaussian:rows=8",
        "--folds",
        "2",
    ]
    done = subprocess.run(
        [*run, "--jobs", "1"], capture_output=True, text=True, cwd=tmp_path, env=clean
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "privbench-out").glob("*/leaderboard.csv"))


def test_starting_in_the_root_says_whose_datasets_this_is():
    code = "import sys; sys.path.insert(0, '.'); import datasets"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "privbench's folder `datasets`, not Hugging Face's" in done.stderr


def test_no_face_image_is_tracked():
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    pictures = [f for f in files if f.endswith((".jpg", ".jpeg", ".pgm", ".tiff", ".gif", ".bmp"))]
    assert not pictures
