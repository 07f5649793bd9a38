"""Instruction sets, numbers of threads, and what show_config prints."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import _core
from probes import python


@pytest.mark.parametrize("isa", _core.usable_isas())
def test_chosen_instruction_set(isa):
    done = python(
        "import brisknet; print(brisknet._core.active_isa())", environment={"BRISKNET_ISA": isa}
    )
    assert (done.stdout, done.stderr) == (f"{isa}\n", "")


def test_widest_instruction_set_by_default():
    done = python(
        "import brisknet; print(brisknet._core.active_isa())", environment={"BRISKNET_ISA": ""}
    )
    assert done.stdout.strip() == _core.usable_isas()[-1]


@pytest.mark.parametrize("isa", ["sse9", "AVX2", "avx2 "])
def test_instruction_set_that_there_is_not(isa):
    done = python("import brisknet", environment={"BRISKNET_ISA": isa})
    usable = ", ".join(_core.usable_isas())
    assert done.returncode == 1
    assert f"ImportError: BRISKNET_ISA={isa} is not built: expected one of {usable}" in done.stderr


def test_set_num_threads():
    before = bn.get_num_threads()
    try:
        for count in (1, np.int64(3), 4096):
            bn.set_num_threads(count)
            assert bn.get_num_threads() == count
        for count in (0, -1, 4097):
            with pytest.raises(ValueError, match="threads"):
                bn.set_num_threads(count)
        for count in (1.5, "2", None, True):
            with pytest.raises(TypeError, match=r"\[set_num_threads\] expected count: an integer"):
                bn.set_num_threads(count)
        assert bn.get_num_threads() == 4096
    finally:
        bn.set_num_threads(before)


def test_show_config(capsys):
    bn.show_config()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["brisknet", bn.__version__]
    assert f"{_core.active_isa()} active; usable: {', '.join(_core.usable_isas())}" in lines[-2]
    assert lines[-1].startswith("threads")
