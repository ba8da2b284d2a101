"""The same records on a cluster of several nodes, also when one of them is killed in the middle."""

import subprocess
import sys

import pytest
from privbench.bench.checks import InputError
from privbench.bench.runner.ray_cluster import execute
from privbench.bench.runner.records_csv import read as read_csv

cluster_utils = pytest.importorskip(
    "ray.cluster_utils", reason="needs Ray: pip install 'privbench[ray]'"
)

DATA = "synthfaces:people=4,renderings=3,size=16"
JOB = (
    "run -d raw -d noise:sigma=0 -a lda -a mlp:epochs=8 -a fc2:epochs=8 "
    f"--folds 3 --seed 0 --seed 1 --dataset {DATA}"
)


@pytest.fixture(scope="module")
def nodes():
    """A head without CPUs and two nodes with one each, on loopback.

    Ray makes its workers nice (15): beside other tests that want the CPU they would hardly get any.
    """
    patch = pytest.MonkeyPatch()
    patch.setenv("RAY_worker_niceness", "0")
    cluster = cluster_utils.Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    yield cluster, [cluster.add_node(num_cpus=1) for _ in range(2)]
    cluster.shutdown()
    patch.undo()


def command(folder, *more):
    code = "from privbench.bench.cli.main import main; main()"
    return [sys.executable, "-c", code, *JOB.split(), "--out", str(folder), *more]


def test_a_killed_node_costs_time_only(nodes, tmp_path, finished_cells):
    cluster, members = nodes
    subprocess.run(command(tmp_path / "here"), check=True, capture_output=True)
    there = command(tmp_path / "there", "--engine", "ray", "--address", cluster.address)
    log = tmp_path / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(there, stdout=stream, stderr=subprocess.STDOUT)
    finished = finished_cells(process, tmp_path / "there", 3)
    cluster.remove_node(members[1], allow_graceful=False)
    process.wait()
    output = log.read_text()
    assert process.returncode == 0, output
    assert finished < 2 * 4 * 3 * 2, "the run was over before the node could be killed"
    here, there = (read_csv(tmp_path / name) for name in ("here", "there"))
    assert here == there  # seconds do not count in the equality of records
    assert all(r.status != "failed" for r in there)


def test_an_address_where_nobody_answers_is_one_clear_error():
    with pytest.raises(InputError, match=r"--address: got 127\.0\.0\.1:1;"):
        next(execute([object()], None, address="127.0.0.1:1", n_jobs=1, cache=None))  # type: ignore[list-item]
