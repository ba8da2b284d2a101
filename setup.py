"""The repository root *is* the package `privbench`: the path on disk is the path in `import`."""

import re
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
ROOMS = find_packages(include=["bench*", "defenses*", "attackers*", "datasets*"])
FEDERATED = [
    "flwr>=1.41,<1.43",
    "opacus>=1.6,<2",
]  # Flower's messages changed in most of its releases
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "__init__.py").read_text(encoding="utf-8"))[1]


class BuildWithMarker(build_py):
    """Puts py.typed beside the root's `__init__.py`, which is a module here and no package."""

    def run(self) -> None:
        """Build as usual, then copy the marker; an editable install finds it where it is."""
        super().run()
        if not self.editable_mode:
            self.copy_file(str(HERE / "py.typed"), str(Path(self.build_lib) / "privbench"))


setup(
    name="privbench",
    version=VERSION,
    description="Measures what a representation still gives away and what it still does well",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    # Listing the root itself in `packages` would ship setup.py; a top-level `datasets` would
    # overwrite Hugging Face's.
    package_dir={"privbench": "."},
    packages=["privbench." + room for room in ROOMS],
    py_modules=["privbench.__init__"],
    cmdclass={"build_py": BuildWithMarker},
    install_requires=[
        "click>=8.1",
        "cloudpickle>=3",
        "moocore>=0.3",
        "numpy>=1.26",
        "pandas>=2.1",
        "pillow>=10",
        "safetensors>=0.4",
        "scikit-learn>=1.5",
        "scipy>=1.11",
        "seaborn>=0.13",
        "timm>=1.0",
        "tomli-w>=1.0",
        "torch>=2.4",
        "torchvision",
        "tqdm>=4.60",
    ],
    extras_require={
        "ray": ["ray>=2.30"],
        "parquet": ["pyarrow>=14"],
        "federated": FEDERATED,
        "onnx": ["onnxruntime>=1.18"],
        "test": [
            "pytest>=8",
            "pytest-xdist",
            "pytest-cov",
            "nbclient>=0.10",
            "ipykernel>=6",
            "polars>=1",
            "hypothesis",
            "scikit-image",
            "ruff",
            "pyright",
            "build",
            "ray>=2.30",
            "pyarrow>=14",
            "onnx>=1.16",
            "onnxruntime>=1.18",
            *FEDERATED,
        ],
    },
    entry_points={"console_scripts": ["privbench = privbench.bench.cli.main:main"]},
)
