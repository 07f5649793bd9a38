"""Every case of golden.py has the bits laid down, on every machine: threads, ISAs, batches.

Where one fails, a change has altered results. If that is meant, see golden.py for what to do.
"""

import pytest

import golden
from brisknet import _core
from brisknet.data import compressed

THREADS = (1, 2, 3, 8)
TABLE = golden.load()


def on_every_machine(call):
    """The hashes, with where they come from."""
    for isa in _core.usable_isas():
        for threads in THREADS:
            _core.use_isa(isa)
            _core.set_num_threads(threads)
            yield f"{isa}, {threads} threads", call()


@pytest.mark.parametrize("name", [*golden.CASES, *golden.OTHERS])
def test_the_bits_laid_down(name, machine):
    case = golden.CASES.get(name)
    for where, got in on_every_machine(lambda: golden.run(case) if case else golden.OTHERS[name]()):
        assert got == TABLE[name], f"other bits with {where}"


@pytest.mark.parametrize("name", golden.SPARSE_CASES)
def test_zero_skipping_on_and_off(name, machine):
    case = golden.SPARSE_CASES[name]
    assert compressed.compressor(case.inputs()) is not None  # so the test above skipped zeros
    for wanted in (True, False):
        for isa in _core.usable_isas():
            _core.use_isa(isa)
            with golden.zero_skipping(wanted):
                assert golden.run(case) == TABLE[name], f"other bits with {isa}, skipping {wanted}"


def test_the_table_has_the_cases():
    assert TABLE.keys() == golden.CASES.keys() | golden.OTHERS.keys()
