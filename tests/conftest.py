"""Fixtures of all tests: random numbers, instruction sets, threads, the handler of Ctrl-C."""

import signal

import numpy as np
import pytest

import brisknet as bn
from brisknet import _core
from reference import THREADS, assert_same_bits


@pytest.fixture
def rng():
    """The same random numbers for each test, whichever others run."""
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _same_initial_weights():
    bn.random.set_global_seed(0)


@pytest.fixture
def machine():
    """Restores the instruction set and the number of threads after the test."""
    before = _core.active_isa(), _core.get_num_threads()
    yield
    _core.use_isa(before[0])
    _core.set_num_threads(before[1])


@pytest.fixture(params=_core.usable_isas())
def isa(request, machine):
    _core.use_isa(request.param)
    return request.param


@pytest.fixture(params=THREADS)
def threads(request, machine):
    _core.set_num_threads(request.param)
    return request.param


@pytest.fixture
def same_bits(machine):
    """Calls a function on each instruction set and number of threads; the results must agree."""

    def check(call):
        first = None
        for isa in _core.usable_isas():
            for threads in THREADS:
                _core.use_isa(isa)
                _core.set_num_threads(threads)
                results = call()
                results = results if isinstance(results, tuple) else (results,)
                first = first or results
                for one, other in zip(first, results, strict=True):
                    assert_same_bits(one, other, f"{isa}, {threads} threads")
        return first

    return check


@pytest.fixture
def handler():
    """Python's handler of SIGINT, which background jobs ignore; puts the one before back."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)
