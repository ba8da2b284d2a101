"""Worker processes."""

import subprocess
import sys


def test_a_worker_ends_with_its_parent_however_that_went(tmp_path):
    """It is in the middle of a cell that would never end; whoever is left holds the pipe open."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import multiprocessing as mp, os, threading\n"
        "def work():\n"
        "    from privbench.bench.runner import worker\n"
        "    worker.end_with_parent()\n"
        "    os.write(1, b'busy')\n"
        "    threading.Event().wait()\n"
        "if __name__ == '__main__':\n"
        "    mp.get_context('spawn').Process(target=work).start()\n"
        "    threading.Event().wait()\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.read(4) == b"busy"
    parent.kill()
    assert parent.stdout.read() == b""  # ends when nobody is left
    parent.wait()
