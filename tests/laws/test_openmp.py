"""The threads are OpenMP's: its settings, threadpoolctl, and other OpenMP runtimes beside ours."""

import itertools
import os

import pytest

from brisknet import _core
from processes import run

linux = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="Linux")

WORK = """
import os, time
import numpy as np
import brisknet
from brisknet import _core

a = np.ones((300, 300), np.float32)

def work():
    assert (_core.matmul(a, a) == 300).all()

def hired(expected):  # threads that came with work, once they are as many
    for _ in range(1000):
        work()
        if len(tasks := set(os.listdir("/proc/self/task")) - before) == expected:
            break
        time.sleep(0.01)
    return tasks

before = set(os.listdir("/proc/self/task"))
"""


def test_show_config_names_the_runtime(capsys):
    import brisknet

    brisknet.show_config()
    assert capsys.readouterr().out.strip().endswith(f"from OpenMP ({_core.openmp_runtime()})")
    assert _core.openmp_runtime().startswith(("libgomp", "libomp", "libiomp"))


# Settings


@linux
def test_threads_are_bound_to_places():
    """Each worker to a place of its own, as beside the caller in a region of the caller's."""
    printed = run(
        WORK
        + """
def nanoseconds(task):
    return int(open(f"/proc/self/task/{task}/schedstat").read().split()[0])

tasks = hired(_core.get_num_threads())
for _ in range(300):
    work()
sleeper, *workers = (os.sched_getaffinity(int(task)) for task in sorted(tasks, key=nanoseconds))
places = sorted(place.pop() for place in workers)
print(_core.get_num_threads(), os.sched_getaffinity(0), sleeper, places)
""",
        OMP_PLACES="threads",
        OMP_PROC_BIND="close",
    )
    cpus = sorted(os.sched_getaffinity(0))
    count = int(printed.split()[0])
    if count == 1:
        pytest.skip("one CPU")
    assert printed == f"{count} {{{cpus[0]}}} {{{cpus[0]}}} {cpus[1:count]}"


@linux
def test_stack_size():
    printed = run(
        WORK
        + """
def writable():  # memory, in MB, that is reserved
    (line,) = [line for line in open("/proc/self/status") if line.startswith("VmData")]
    return int(line.split()[1]) / 1024

reserved = writable()
hired(3)
print(writable() - reserved)
""",
        BRISKNET_NUM_THREADS="3",
        OMP_STACKSIZE="77M",
    )
    assert 2 * 77 <= float(printed) < 3 * 77


@linux
def test_thread_limit():
    printed = run(
        WORK + "print(_core.get_num_threads())\n_core.set_num_threads(4)\nprint(len(hired(2)))",
        OMP_THREAD_LIMIT="2",
    )
    assert int(printed.split()[0]) <= 2
    assert printed.split()[1] == "2"


@linux
def test_threads_that_cannot_be_had():
    """Both runtimes end the process where the system refuses them a thread."""
    printed = run(
        WORK
        + """
import resource
resident = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (resident + (200 << 20), resource.RLIM_INFINITY))
_core.set_num_threads(100)
for _ in range(20):
    work()
    time.sleep(0.01)
print(len(set(os.listdir("/proc/self/task")) - before) < 50)
"""
    )
    assert printed == "True"


# threadpoolctl


def test_threadpoolctl_limits_the_calling_thread():
    pytest.importorskip("threadpoolctl")
    printed = run(
        WORK
        + """
import threading
from threadpoolctl import threadpool_info, threadpool_limits

print(any(_core.openmp_runtime().startswith(library["prefix"]) for library in threadpool_info()))
print(_core.get_num_threads())
with threadpool_limits(1):
    print(_core.get_num_threads(), len(hired(0)))
    thread = threading.Thread(target=lambda: print(_core.get_num_threads()))
    thread.start()
    thread.join()
with threadpool_limits(3, user_api="openmp"):
    with threadpool_limits(2):
        print(_core.get_num_threads(), len(hired(2)))
        _core.set_num_threads(8)
        print(_core.get_num_threads())
    print(_core.get_num_threads())
print(_core.get_num_threads())
_core.set_num_threads(1)
with threadpool_limits(3):
    print(_core.get_num_threads())
""",
        OMP_NUM_THREADS="4",
    )
    assert printed.split() == "True 4 1 0 4 2 2 2 3 8 1".split()


def test_an_estimator_leaves_the_number_as_it_was_under_a_limit():
    pytest.importorskip("sklearn")
    printed = run(
        WORK
        + """
from threadpoolctl import threadpool_limits
from brisknet.sklearn import MLPRegressor

estimator = MLPRegressor(max_iter=1, n_threads=2, early_stopping=False, tol=1e9, n_iter_no_change=1)
with threadpool_limits(1):
    estimator.fit(a[:20, :3], a[:20, 0])
print(_core.get_num_threads())
""",
        OMP_NUM_THREADS="4",
    )
    assert printed == "4"


# Other runtimes

USES = {
    "brisknet": "\nwork()\n",
    "sklearn": """
from sklearn.ensemble import HistGradientBoostingRegressor
HistGradientBoostingRegressor(max_iter=2).fit(np.ones((500, 3)), np.arange(500))
""",
    "torch": """
import torch
torch.mm(torch.ones(300, 300), torch.ones(300, 300))
""",
}


@pytest.mark.parametrize("order", list(itertools.permutations(USES, 2)), ids="-".join)
def test_beside_other_runtimes(order):
    for name in order:
        pytest.importorskip(name)
    imports = "".join(f"import {name}\n" for name in order)
    uses = "".join(USES[name] for name in order)
    printed = run(
        f"{imports}{WORK}{uses}{uses}"
        + """
child = os.fork()
if child == 0:
    _core.set_num_threads(2)
    work()
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""
    )
    assert printed == "0"
