"""Datasets: one file, one dataset."""

if __name__ == "datasets":  # Python was started in the repository root with the root on sys.path
    raise ImportError(
        "this is privbench's folder `datasets`, not Hugging Face's: the repository root is on sys.path. "
        "Import privbench.datasets, and start tests with `pytest`, not `python -m pytest`"
    )
