"""Threads: how many there are, forks, concurrent callers, and what a host set of its own."""

import contextlib
import ctypes
import functools
import hashlib
import multiprocessing
import os
import platform
import select
import signal
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from brisknet import _core
from processes import DEADLINE, run
from reference import assert_same_bits


def work(seed=0):
    """A digest of what many kernels give, most of it on several threads."""
    rng = np.random.default_rng(seed)
    a, b, w = rng.standard_normal((3, 150, 150), np.float32)
    rows = rng.standard_normal((3000, 20), np.float32)
    state = np.zeros_like(rows), np.zeros_like(rows)
    silu = _core.Activation("silu")
    results = [
        _core.matmul(a, b, w[0], silu),
        _core.matmul(a, b, transpose_a=True, transpose_b=True),
        _core.activation(silu, rows),
        _core.softmax(rows),
        *_core.softmax_cross_entropy(rows, rng.integers(0, 20, 3000)),
        *_core.dropout(rows, 0.3, seed, 1),
        _core.random_normal((50_000,), 0, 1, True, seed, 2),
        _core.gather(rows, rng.integers(0, 3000, 3000)),
        _core.column_sums(rows),
    ]
    variable = (rows, rows[::-1].copy(), *state, None)
    _core.Update("adam", [variable]).step((0.1, 0.9, 0.999, 1e-7))
    digest = hashlib.blake2b()
    for result in [*results, rows, *state]:
        digest.update(result.tobytes())
    return digest.hexdigest()


# How many


def test_set_and_get(threads):
    assert _core.get_num_threads() == threads
    for count in (1, 4096, 2):
        _core.set_num_threads(count)
        assert _core.get_num_threads() == count


COUNT = "from brisknet import _core; print(_core.get_num_threads())"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"BRISKNET_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "5"}, 5),
        ({"OMP_NUM_THREADS": "4,2,1"}, 4),
        ({"BRISKNET_NUM_THREADS": "3", "OMP_NUM_THREADS": "5"}, 3),
        ({"BRISKNET_NUM_THREADS": "many", "OMP_NUM_THREADS": "5"}, 5),
        ({"BRISKNET_NUM_THREADS": "3 or so", "OMP_NUM_THREADS": "5"}, 5),
        ({"BRISKNET_NUM_THREADS": "0", "OMP_NUM_THREADS": "5"}, 5),
        ({"BRISKNET_NUM_THREADS": "-2", "OMP_NUM_THREADS": "5"}, 5),
        ({"BRISKNET_NUM_THREADS": "", "OMP_NUM_THREADS": "5"}, 5),
        ({"BRISKNET_NUM_THREADS": "99999999999999999999"}, 4096),
    ],
)
def test_environment(environment, expected):
    assert run(COUNT, **environment) == str(expected)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux")
def test_affinity():
    available = sorted(os.sched_getaffinity(0))
    for cpus in (available[:1], available[-1:], available):
        bound = f"import os; os.sched_setaffinity(0, {cpus}); {COUNT}"
        count = int(run(bound))
        assert 1 <= count <= len(cpus)  # fewer where a cgroup grants less
        assert run(bound, BRISKNET_NUM_THREADS="7") == "7"


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="Linux")
def test_workers_are_hired_as_needed_and_take_no_signals():
    printed = run(
        """
import os, signal, time
import numpy as np
from brisknet import _core

def tasks():
    return set(os.listdir("/proc/self/task"))

def blocked(task):
    status = open(f"/proc/self/task/{task}/status").read()
    return int(status.split("SigBlk:")[1].split()[0], 16)

before = tasks()
for threads, expected in ((1, 0), (3, 3), (2, 3), (5, 5)):  # with the one that opens the region
    _core.set_num_threads(threads)
    _core.matmul(*np.ones((2, 300, 300), np.float32))
    deadline = time.monotonic() + 10
    while len(hired := tasks() - before) != expected and time.monotonic() < deadline:
        time.sleep(0.01)
    print(len(hired), all(blocked(t) >> signal.SIGINT - 1 & 1 for t in hired))
print(blocked(os.getpid()))
"""
    )
    assert printed.splitlines() == ["0 True", "3 True", "3 True", "5 True", "0"]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="Linux")
def test_workers_beyond_the_team_rest():
    printed = run(
        """
import os, time
import numpy as np
from brisknet import _core

def turns(task):  # how often it was given a core
    status = open(f"/proc/self/task/{task}/status").read()
    return sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)

def work():
    for i in range(200):
        _core.matmul(a, a)
        time.sleep(0.0005)  # time for those who spin to fall asleep

before = set(os.listdir("/proc/self/task"))
a = np.ones((200, 200), np.float32)
_core.set_num_threads(24)
work()
_core.set_num_threads(2)
work()
hired = sorted(set(os.listdir("/proc/self/task")) - before, key=int)
first = [turns(task) for task in hired]
work()
woken = [turns(task) > then for task, then in zip(hired, first)]
_core.set_num_threads(24)
work()
all_woken = sum(turns(task) > then for task, then in zip(hired, first))
print(len(hired), sum(woken[2:]), all_woken > 12)
"""
    )
    assert printed == "24 0 True"  # with the one that opened the region


# Forks


def forked(call):
    """What the call returns in a forked child; fails where the child hangs or dies."""
    receive, send = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads
        child = os.fork()
    if child == 0:
        try:
            os.write(send, str(call()).encode())
        finally:
            os._exit(0)
    os.close(send)
    try:
        ready, _, _ = select.select([receive], [], [], DEADLINE)
        if not ready:
            os.kill(child, signal.SIGKILL)
        result = os.read(receive, 10_000).decode()
    finally:
        os.close(receive)
        _, status = os.waitpid(child, 0)
    assert ready, "the child hung"
    assert status == 0
    return result


@pytest.mark.parametrize("isa", _core.usable_isas()[-1:], indirect=True)
def test_a_forked_child_works(isa, threads):
    expected = work()
    assert forked(work) == expected
    assert forked(lambda: forked(work)) == expected
    assert forked(_core.get_num_threads) == "1"
    assert _core.get_num_threads() == threads
    assert work() == expected


@pytest.mark.skipif(
    "tsan" in os.environ.get("LD_PRELOAD", ""), reason="ThreadSanitizer knows no threads of a child"
)
def test_a_forked_child_may_ask_for_threads(threads):
    def work_on_three():
        _core.set_num_threads(3)
        return work(), _core.get_num_threads()

    expected = work()
    assert forked(work_on_three) == str((expected, 3))
    assert forked(lambda: forked(work_on_three)) == str((expected, 3))
    assert _core.get_num_threads() == threads


def test_a_child_forked_while_threads_work(machine):
    _core.set_num_threads(3)
    expected = [work(seed) for seed in range(3)]
    stop = threading.Event()

    def keep_working(seed):
        while not stop.is_set():
            assert work(seed) == expected[seed]

    with ThreadPoolExecutor(2) as pool:
        others = [pool.submit(keep_working, seed) for seed in (1, 2)]
        try:
            for _ in range(5):
                assert forked(work) == expected[0]
        finally:
            stop.set()
        for other in others:
            other.result(DEADLINE)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_pool_of_forked_processes(machine):
    _core.set_num_threads(2)
    expected = [work(seed) for seed in range(6)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(work, range(6)).get(DEADLINE) == expected


# Concurrent callers


def test_concurrent_callers_get_what_a_single_one_gets(threads):
    expected = [work(seed) for seed in range(6)]
    with ThreadPoolExecutor(6) as pool:
        for _ in range(3):
            results = [pool.submit(work, seed) for seed in range(6)]
            assert [result.result(DEADLINE) for result in results] == expected


def test_settings_may_change_while_others_work(machine):
    expected = [work(seed) for seed in range(3)]
    stop = threading.Event()

    def keep_working(seed):
        for _ in range(10):
            assert work(seed) == expected[seed]

    def keep_changing():
        rng = np.random.default_rng(0)
        isas = _core.usable_isas()
        while not stop.wait(1e-4):
            _core.set_num_threads(int(rng.integers(1, 9)))
            _core.use_isa(isas[rng.integers(len(isas))])

    with ThreadPoolExecutor(4) as pool:
        changing = pool.submit(keep_changing)
        try:
            for working in [pool.submit(keep_working, seed) for seed in range(3)]:
                working.result(DEADLINE)
        finally:
            stop.set()
        changing.result(DEADLINE)


@pytest.mark.skipif(
    "tsan" in os.environ.get("LD_PRELOAD", ""), reason="they write one array at once, on purpose"
)
def test_threads_may_share_an_output():
    """Its reference count stays right: kernels hand it back with the interpreter's lock."""
    printed = run(
        """
import sys, threading
import numpy as np
from brisknet import _core

sys.setswitchinterval(1e-5)
f = _core.Activation("linear")
x, rows = np.ones(26_000, np.float32), np.ones((101, 1001), np.float32)
few, square = rows[:13].copy(), np.ones((50, 50), np.float32)
bits, index = np.ones((rows.size + 63) // 64, np.uint64), np.arange(101)
calls = [  # each of just so much work that the lock is released
    (lambda out: _core.activation(f, x, out), x),
    (lambda out: _core.activation_backward(f, x, x, out), x),
    (lambda out: _core.softmax(few, out), few),
    (lambda out: _core.softmax_backward(few, few, out), few),
    (lambda out: _core.dropout(x, 0.5, 1, 1, out), x),
    (lambda out: _core.dropout_backward(rows, bits, 0.5, out), rows),
    (lambda out: _core.gather(rows, index, out), rows),
    (lambda out: _core.matmul(square, square, out=out), square),
    (lambda out: _core.column_sums(rows, out), rows[0]),
]
for call, like in calls:
    out = np.ones_like(like)
    before = sys.getrefcount(out)

    def work():
        for _ in range(2500):
            call(out)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        [out for _ in range(1000)]
    for thread in threads:
        thread.join()
    print(sys.getrefcount(out) - before)
"""
    )
    assert printed.split() == ["0"] * 9


# The host's floating-point settings

ROUNDING = {  # of fenv.h
    "x86_64": {"upward": 0x800, "downward": 0x400, "towards zero": 0xC00},
    "aarch64": {"upward": 0x400000, "downward": 0x800000, "towards zero": 0xC00000},
}.get(platform.machine(), {})
# Where fenv_t keeps the control register, and its bits that flush denormals to zero.
FLUSH = {"x86_64": (28, 0x8040), "aarch64": (0, 1 << 24)}.get(platform.machine())


@contextlib.contextmanager
def floating_point(setting):
    """A setting of the calling thread; whether it is still in force at the end is checked."""
    libm = ctypes.CDLL("libm.so.6")
    default = ctypes.create_string_buffer(64)
    assert libm.fegetenv(default) == 0
    if setting == "flush to zero":
        offset, bits = FLUSH
        changed = ctypes.create_string_buffer(default.raw, 64)
        register = ctypes.c_uint32.from_buffer(changed, offset)
        register.value |= bits
    else:
        libm.fesetround(ROUNDING[setting])
        changed = ctypes.create_string_buffer(64)
        libm.fegetenv(changed)
        libm.fesetenv(default)
    after = ctypes.create_string_buffer(64)
    libm.fesetenv(changed)
    try:
        yield
        libm.fegetenv(after)
        kept = libm.fegetround()
    finally:
        libm.fesetenv(default)
    if setting == "flush to zero":
        assert ctypes.c_uint32.from_buffer(after, offset).value & bits == bits
    else:
        assert kept == ROUNDING[setting]


def kernels():
    """Calls that round in every step, of arrays with denormals: what is to be computed, by name."""
    rng = np.random.default_rng(0)
    x, y, g = rng.standard_normal((3, 60, 401), np.float32)
    x[::7] *= np.float32(2.0**-140)
    p = rng.random((60, 401), np.float32)
    thirds = x.astype(np.float64) / 3
    labels = rng.integers(0, 401, 60)
    bits = rng.integers(0, 2**63, (x.size + 63) // 64, np.uint64)
    f = _core.Activation("elu", 0.7)

    def update(rule):
        scalars, slots, _ = _core.rules()[rule]
        arrays = [x.copy(), *(np.full_like(x, 0.25) for _ in slots)]
        _core.Update(rule, [(arrays[0], g, *arrays[1:])]).step([0.7] * len(scalars))
        return arrays

    def decay():
        w = x.copy()
        _core.decay(w, 0.7)
        return [w]

    return {
        "matmul": lambda: [_core.matmul(x, y, x[1, :60].copy(), transpose_b=True)],
        "column_sums": lambda: [_core.column_sums(x)],
        "weighted_sum": lambda: [np.array([_core.weighted_sum(x, y), _core.weighted_sum(x[0])])],
        "activation": lambda: [_core.activation(f, x)],
        "activation_backward": lambda: [_core.activation_backward(f, x, g)],
        "softmax": lambda: [_core.softmax(x)],
        "log_softmax": lambda: [_core.log_softmax(x)],
        "softmax_backward": lambda: [_core.softmax_backward(p, g)],
        "log_softmax_backward": lambda: [_core.log_softmax_backward(x, g)],
        "softmax_cross_entropy": lambda: _core.softmax_cross_entropy(
            x, labels, x[:, 0].copy(), 0.7, 0.1
        ),
        "cross_entropy": lambda: _core.cross_entropy(p, labels, None, 0.7, 0.1, 1e-3),
        "binary_cross_entropy": lambda: _core.binary_cross_entropy(p, p[::-1].copy(), None, 0.7),
        "mean_squared_error": lambda: _core.mean_squared_error(x, y, None, 0.7),
        "mean_absolute_error": lambda: _core.mean_absolute_error(x, y, None, 0.7),
        "dropout": lambda: _core.dropout(x, 0.3, 1, 2),
        "dropout_backward": lambda: [_core.dropout_backward(x, bits, 0.3)],
        "random_uniform": lambda: [_core.random_uniform((30_000,), -0.7, 0.9, 1, 2)],
        "random_normal": lambda: [_core.random_normal((30_000,), 0.1, 0.7, True, 1, 2)],
        "gather": lambda: [_core.gather(thirds, labels % 60)],
        "decay": decay,
        **{rule: functools.partial(update, rule) for rule in _core.rules()},
    }


@pytest.mark.skipif(
    not ROUNDING or platform.libc_ver()[0] != "glibc", reason="glibc on x86-64 or aarch64"
)
@pytest.mark.parametrize("kernel", kernels())
def test_floating_point_settings_of_the_host(isa, kernel):
    call = kernels()[kernel]
    expected = call()
    for setting in ("flush to zero", *ROUNDING):
        for threads in (1, 3):
            _core.set_num_threads(threads)
            with floating_point(setting):
                got = call()
            for one, other in zip(expected, got, strict=True):
                assert_same_bits(one, other, f"{setting}, {threads} threads")
