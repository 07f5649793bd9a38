"""What the bound functions refuse: with an error that names the operation and the argument, and
before the first byte is written."""

import functools
import itertools
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from brisknet import _core


def floats(*shape):
    return np.linspace(0.1, 0.9, int(np.prod(shape)), dtype=np.float32).reshape(shape)


TANH = _core.Activation("tanh")
KEY = {"rate": 0.5, "seed": 1, "stream": 2}

# Every function that takes arrays, with arguments that it accepts, the optional ones too.
CALLS = {
    "matmul": lambda: {
        "a": floats(3, 4),
        "b": floats(4, 5),
        "bias": floats(5),
        "out": floats(3, 5),
    },
    "csr_matmul": lambda: {
        "a": _core.Csr(floats(6, 4)),
        "rows": np.array([5, 0, 2]),
        "b": floats(4, 5),
        "bias": floats(5),
        "out": floats(3, 5),
    },
    "csr_matmul_transposed": lambda: {
        "a": _core.Csr(floats(6, 4)),
        "rows": np.array([5, 0, 2]),
        "b": floats(3, 5),
        "out": floats(4, 5),
    },
    "column_sums": lambda: {"x": floats(3, 4), "out": floats(4)},
    "row_dots": lambda: {"a": floats(5, 4), "b": floats(5, 4), "out": floats(5)},
    "weighted_sum": lambda: {"x": floats(3, 4), "weight": floats(3, 4)},
    "exp": lambda: {"x": floats(3, 4), "out": floats(3, 4)},
    "log": lambda: {"x": floats(3, 4), "out": floats(3, 4)},
    "activation": lambda: {"f": TANH, "x": floats(3, 4), "out": floats(3, 4)},
    "activation_backward": lambda: {
        "f": TANH,
        "x_or_y": floats(3, 4),
        "dy": floats(3, 4),
        "out": floats(3, 4),
    },
    "softmax": lambda: {"x": floats(3, 4), "out": floats(3, 4)},
    "log_softmax": lambda: {"x": floats(3, 4), "out": floats(3, 4)},
    "softmax_backward": lambda: {"y": floats(3, 4), "dy": floats(3, 4), "out": floats(3, 4)},
    "log_softmax_backward": lambda: {"y": floats(3, 4), "dy": floats(3, 4), "out": floats(3, 4)},
    "dropout": lambda: {"x": floats(50, 2), "out": floats(50, 2), **KEY},
    "dropout_backward": lambda: {
        "dy": floats(50, 2),
        "mask": np.array([3, 5], np.uint64),
        "rate": 0.5,
        "out": floats(50, 2),
    },
    "softmax_cross_entropy": lambda: {
        "x": floats(3, 4),
        "target": floats(3, 4),
        "weight": floats(3),
    },
    "cross_entropy": lambda: {"x": floats(3, 4), "target": floats(3, 4), "weight": floats(3)},
    "binary_cross_entropy": lambda: {
        "x": floats(3, 4),
        "target": floats(3, 4),
        "weight": floats(3),
    },
    "mean_squared_error": lambda: {"x": floats(3, 4), "target": floats(3, 4), "weight": floats(3)},
    "mean_absolute_error": lambda: {"x": floats(3, 4), "target": floats(3, 4), "weight": floats(3)},
    "decay": lambda: {"w": floats(3, 4), "amount": 0.1},
    "sum_of_squares": lambda: {"x": floats(3, 4)},
    "scale": lambda: {"x": floats(3, 4), "factor": 2.0, "divisor": 3.0, "out": floats(3, 4)},
    "clip": lambda: {"x": floats(3, 4), "limit": 0.5, "out": floats(3, 4)},
    "flush": lambda: {"x": floats(3, 4), "gradient": False, "out": floats(3, 4)},
    "gather": lambda: {"x": floats(6, 4), "index": np.array([5, 0, 2]), "out": floats(3, 4)},
    "scatter": lambda: {
        "x": floats(3, 4),
        "index": np.array([5, 0, 5]),
        "rows": 6,
        "out": floats(6, 4),
    },
}
RULES = _core.rules()
SLOTS = {slot for _, slots, _ in RULES.values() for slot in slots}


def variable(rule):
    """The arrays of a step of a rule, and its numbers."""
    scalars, slots, _ = RULES[rule]
    arrays = {name: floats(3, 4) for name in ("w", "g", *slots)}
    return {**arrays, "scalars": [0.5] * len(scalars)}


CALLS |= {rule: functools.partial(variable, rule) for rule in RULES}


def run(op, arguments):
    """Calls the function of this name, or makes a step by the rule of this name."""
    if op not in RULES:
        return getattr(_core, op)(**arguments)
    *arrays, scalars = arguments.values()
    return _core.Update(op, [arrays]).step(scalars)


WRITTEN = {"out", "w", *SLOTS}
OPTIONAL = {
    *{(op, name) for op in CALLS for name in ("out", "bias", "weight")},
    *{(op, name) for op, (_, slots, n) in RULES.items() for name in slots[len(slots) - n :]},
    ("row_dots", "b"),
}
ARRAYS = [
    (op, name)
    for op, arguments in CALLS.items()
    for name, value in arguments().items()
    if isinstance(value, np.ndarray)
]
every_array = pytest.mark.parametrize(("op", "name"), ARRAYS)


def test_calls_cover_every_function_that_takes_arrays():
    functions = {name for name in dir(_core) if "NDArray" in (getattr(_core, name).__doc__ or "")}
    functions -= {"random_uniform", "random_normal", "permutation", "Activation", "count_nonzeros"}
    assert functions | set(RULES) == set(CALLS)


def assert_refused(op, arguments, expected, error=(TypeError, ValueError)):
    """The call fails with "[op] expected …, got …", and all arrays are as before."""
    arrays = [a for a in arguments.values() if isinstance(a, np.ndarray)]
    before = [a.tobytes() for a in arrays]
    with pytest.raises(error, match=rf"^\[{op}\] expected {expected}.*, got .") as caught:
        run(op, arguments)
    assert [a.tobytes() for a in arrays] == before
    return str(caught.value)


@pytest.mark.parametrize("op", CALLS)
def test_the_calls_themselves_are_accepted(isa, op):
    arguments = CALLS[op]()
    run(op, arguments)
    missing = {name: None for name in arguments if (op, name) in OPTIONAL}
    run(op, {**arguments, **missing})


def misaligned(a):
    memory = np.zeros(a.nbytes + 1, np.uint8)
    view = memory[1:].view(a.dtype).reshape(a.shape)
    view[...] = a
    return view


DAMAGED = {
    "float16": lambda a: a.astype(np.float16),
    "float64": lambda a: a.astype(np.float64),
    "int32": lambda a: a.astype(np.int32),
    "uint32": lambda a: a.astype(np.uint32),
    "bool": lambda a: a.astype(bool),
    "complex64": lambda a: a.astype(np.complex64),
    "object": lambda a: a.astype(object),
    "text": lambda a: a.astype(str),
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "reversed": lambda a: a[::-1],
    "Fortran's order": lambda a: np.asfortranarray(a) if a.ndim > 1 else a[::-1],
    "broadcast": lambda a: np.broadcast_to(a[:1], a.shape),
    "misaligned": misaligned,
    "list": lambda a: a.tolist(),
    "tuple": lambda a: tuple(a),
    "number": lambda a: 1.0,
    "NumPy's number": lambda a: np.float32(1),
    "text itself": lambda a: "x",
    "buffer": lambda a: memoryview(a),
}


@every_array
@pytest.mark.parametrize("damage", DAMAGED)
def test_not_such_an_array(op, name, damage):
    if (op, name, damage) == ("gather", "x", "float64"):
        return  # one of its types
    arguments = CALLS[op]()
    arguments[name] = DAMAGED[damage](arguments[name])
    message = assert_refused(op, arguments, f"{name}: ", TypeError)
    for word in {
        "strided": ["not C-contiguous"],
        "misaligned": ["misaligned"],
        "float64": ["got float64 array of shape ("],
        "big-endian": ["got >"],
        "list": ["got list"],
    }.get(damage, []):
        assert word in message


@pytest.mark.parametrize("damage", DAMAGED)
def test_is_floats_and_is_numbers(damage):
    good = floats(3, 4)
    assert _core.is_floats(good)
    assert _core.is_floats(good[0, 0:1].reshape(()))
    assert _core.is_floats(good.view(np.memmap))
    assert not _core.is_floats(DAMAGED[damage](good))
    assert _core.is_numbers(DAMAGED[damage](good)) == (damage == "float64")
    assert all(map(_core.is_numbers, (good, good.astype(np.uint8))))


@every_array
def test_none(op, name):
    if (op, name) not in OPTIONAL:
        assert_refused(op, {**CALLS[op](), name: None}, f"{name}: ", TypeError)


@every_array
def test_read_only(op, name):
    arguments = CALLS[op]()
    arguments[name].flags.writeable = False
    if name in WRITTEN:
        assert "(read-only)" in assert_refused(op, arguments, f"{name}: ", TypeError)
    else:
        run(op, arguments)


@every_array
def test_wrong_shape(op, name):
    if op in ("decay", "sum_of_squares"):
        return  # its array may have any
    good = CALLS[op]()[name]
    wrong = [
        np.concatenate([good, good[..., :1]], axis=-1),
        good[..., :-1].copy(),
        good.reshape(-1)[:1].reshape(()),
    ]
    if (op, name) != ("column_sums", "x"):  # which may have more axes
        wrong.append(good[None])
    if good.ndim > 1:
        wrong += [good.reshape(-1), np.ascontiguousarray(good.T)]
    for array in wrong:
        assert_refused(op, {**CALLS[op](), name: array}, "", ValueError)


@pytest.mark.parametrize("op", ["softmax_cross_entropy", "cross_entropy"])
def test_labels(op):
    labels = np.array([0, 3, 1])
    getattr(_core, op)(floats(3, 4), labels)
    labels.flags.writeable = False
    getattr(_core, op)(floats(3, 4), labels)
    for damage in ("int32", "big-endian", "strided", "reversed", "misaligned", "list", "bool"):
        arguments = {"x": floats(3, 4), "target": DAMAGED[damage](labels)}
        assert_refused(op, arguments, "target: ", TypeError)
    for shape in ((2,), (4,), (3, 1), (1, 3), (), (3, 4)):
        arguments = {"x": floats(3, 4), "target": np.zeros(shape, np.int64)}
        assert_refused(op, arguments, "target of shape ", ValueError)


def test_messages_say_what_was_expected_and_what_was_given():
    for call, message in [
        (
            lambda: _core.matmul(floats(2, 3), floats(4, 5)),
            "[matmul] expected a and b with the same inner length, got shapes (2, 3) and (4, 5)",
        ),
        (
            lambda: _core.matmul(floats(2, 3), floats(4, 5), transpose_b=True),
            "[matmul] expected a and b with the same inner length, "
            "got shapes (2, 3) and (4, 5) (transposed)",
        ),
        (
            lambda: _core.matmul(floats(2, 3), floats(3, 5), out=floats(5, 2)),
            "[matmul] expected out of shape (2, 5), got (5, 2)",
        ),
        (
            lambda: _core.matmul(floats(2, 3), floats(3, 5), floats(2)),
            "[matmul] expected bias of shape (5,), got (2,)",
        ),
        (
            lambda: _core.softmax(floats(1)[0]),
            "[softmax] expected x: a C-contiguous float32 array, got float32",
        ),
        (
            lambda: _core.column_sums(np.array(1, np.float32)),
            "[column_sums] expected x with at least one axis, got a scalar",
        ),
        (
            lambda: _core.gather(floats(6, 4).astype(np.int32), np.array([0])),
            "[gather] expected x: a C-contiguous float32, float64 or uint8 array, "
            "got int32 array of shape (6, 4)",
        ),
        (
            lambda: _core.Activation("rely"),
            "[Activation] expected the name of an elementwise activation, got 'rely'",
        ),
    ]:
        with pytest.raises((TypeError, ValueError)) as caught:
            call()
        assert str(caught.value) == message


# Values out of range

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("op", ["softmax_cross_entropy", "cross_entropy"])
@pytest.mark.parametrize("label", [-1, 4, 2**32, 2**63 - 1, -(2**63)])
@pytest.mark.parametrize("at", [0, 2])
def test_label_out_of_range(op, label, at):
    labels = np.zeros(3, np.int64)
    labels[at] = label
    message = assert_refused(op, {"x": floats(3, 4), "target": labels}, "class numbers", ValueError)
    assert message.endswith(f"from 0 to 3, got {label}")


@pytest.mark.parametrize("index", [-1, 6, 2**32, 2**63 - 1, -(2**63)])
def test_index_out_of_range(index):
    arguments = {**CALLS["gather"](), "index": np.array([0, index, 0])}
    message = assert_refused("gather", arguments, "indices", ValueError)
    assert message.endswith(f"from 0 to 5, got {index}")
    assert_refused("gather", {"x": floats(0, 4), "index": np.array([0])}, "indices", ValueError)


OUT_OF_RANGE = [
    *(
        (op, "smoothing", value)
        for op in ("softmax_cross_entropy", "cross_entropy", "binary_cross_entropy")
        for value in (-0.1, -1e-300, 1.001, INF, NAN)
    ),
    *(
        (op, "epsilon", value)
        for op in ("cross_entropy", "binary_cross_entropy")
        for value in (-1e-7, 0.5, 1, INF, NAN)
    ),
    ("cross_entropy", "epsilon", 0),
    *(
        (op, "rate", value)
        for op in ("dropout", "dropout_backward")
        for value in (-0.1, -1e-300, 1, 2, INF, -INF, NAN)
    ),
]


@pytest.mark.parametrize(("op", "name", "value"), OUT_OF_RANGE)
def test_number_out_of_range(op, name, value):
    assert_refused(op, {**CALLS[op](), name: value}, f"{name} in ", ValueError)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: _core.set_num_threads(0), "[set_num_threads] expected count between 1 and 4096"),
        (lambda: _core.set_num_threads(-3), "[set_num_threads] expected count between 1 and 4096"),
        (lambda: _core.set_num_threads(4097), "[set_num_threads] expected count between"),
        (lambda: _core.use_isa("sse9"), "[use_isa] expected one of "),
        (lambda: _core.random_uniform((3, -1), 0, 1, 0, 0), "[random_uniform] expected a shape"),
        (lambda: _core.random_normal((-1,), 0, 1, True, 0, 0), "[random_normal] expected a shape"),
        (lambda: _core.permutation(-1, 0, 0), "[permutation] expected "),
    ],
)
def test_number_out_of_range_elsewhere(call, message):
    before = _core.get_num_threads(), _core.active_isa()
    with pytest.raises(ValueError, match=f"^{re.escape(message)}.*, got "):
        call()
    assert (_core.get_num_threads(), _core.active_isa()) == before


@pytest.mark.parametrize(
    ("op", "name", "value"),
    [
        ("dropout", "rate", "0.5"),
        ("dropout", "rate", None),
        ("dropout", "seed", -1),
        ("dropout", "seed", 2**64),
        ("dropout", "seed", 1.5),
        ("dropout", "stream", None),
        ("activation", "f", None),
        ("activation", "f", "tanh"),
        ("matmul", "activation", "relu"),
        ("decay", "amount", None),
        ("softmax_cross_entropy", "smoothing", "no"),
    ],
)
def test_not_a_number(op, name, value):
    arguments = {**CALLS[op](), name: value}
    before = {k: a.tobytes() for k, a in arguments.items() if isinstance(a, np.ndarray)}
    with pytest.raises(TypeError, match=f"^{op}\\(\\): incompatible function arguments"):
        run(op, arguments)
    assert {k: arguments[k].tobytes() for k in before} == before


def test_nothing_beside_an_array_is_touched():
    """In a process of its own: each array lies against a page that may not be touched."""
    code = f"""
import ctypes, mmap, sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
import numpy as np
import test_boundary
from test_boundary import CALLS, _core

PAGE = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)
kept = []

def fenced(array, at_end):
    pages = -(-array.nbytes // PAGE)
    memory = mmap.mmap(-1, (pages + 2) * PAGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for page in (0, pages + 1):
        assert libc.mprotect(ctypes.c_void_p(address + page * PAGE), PAGE, 0) == 0
    kept.append(memory)
    offset = (pages + 1) * PAGE - array.nbytes if at_end else PAGE
    copy = np.frombuffer(memory, array.dtype, array.size, offset).reshape(array.shape)
    copy[...] = array
    return copy

def floats(*shape):
    return np.ones(shape, np.float32)

def run(op, arguments):
    for at_end in (False, True):
        test_boundary.run(op, {{
            name: fenced(value, at_end) if isinstance(value, np.ndarray) else value
            for name, value in arguments.items()
        }})

for isa in _core.usable_isas():
    _core.use_isa(isa)
    for op, arguments in CALLS.items():
        run(op, arguments())
    for m, n, k in ((3, 5, 7), (13, 17, 3), (49, 37, 401)):
        for ta in (False, True):
            for tb in (False, True):
                a, b = floats(*(k, m) if ta else (m, k)), floats(*(n, k) if tb else (k, n))
                run("matmul", {{"a": a, "b": b, "bias": floats(n), "out": floats(m, n),
                               "transpose_a": ta, "transpose_b": tb}})
    for cols in range(1, 34):
        x, labels = floats(2, cols), np.zeros(2, np.int64)
        run("softmax", {{"x": x, "out": x}})
        run("softmax_cross_entropy", {{"x": x, "target": labels}})
        run("column_sums", {{"x": x, "out": x[0]}})
        run("activation", {{"f": _core.Activation("tanh"), "x": x, "out": x}})
        run("dropout", {{"x": x, "rate": 0.5, "seed": 1, "stream": 1, "out": x}})
        run("decay", {{"w": x, "amount": 0.1}})
        run("sum_of_squares", {{"x": x}})
        run("scale", {{"x": x, "factor": 0.1, "divisor": 2.0, "out": x.copy()}})
        run("lamb", {{"w": x, "g": x.copy(), "momentum": x.copy(), "velocity": x.copy(),
                     "scalars": [0.5] * 6}})
        for dtype in (np.float32, np.float64, np.uint8):
            run("gather", {{"x": x.astype(dtype), "index": labels + 1, "out": x}})
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def overlapping(first, second, by):
    """Copies of two arrays in one memory: the first one begins `by` elements after the second."""
    memory = np.empty(first.size + second.size + by, np.float32)
    one = memory[by : by + first.size].reshape(first.shape)
    two = memory[: second.size].reshape(second.shape)
    two[...] = second
    one[...] = first
    return one, two


def reads(op, arguments):
    """The float32 arrays among the arguments that are only read."""
    return [
        name
        for name, value in arguments.items()
        if (op, name) in ARRAYS and name not in WRITTEN and value.dtype == np.float32
    ]


@pytest.mark.parametrize(
    ("op", "name"),
    [
        (op, name)
        for op, arguments in CALLS.items()
        if "out" in arguments()
        for name in reads(op, arguments())
    ],
)
def test_out_may_not_overlap_an_input(op, name):
    arguments = CALLS[op]()
    for by in (1, 3):
        arguments[name], arguments["out"] = overlapping(arguments[name], arguments["out"], by)
        assert_refused(op, arguments, "out", ValueError)
        arguments["out"], arguments[name] = overlapping(arguments["out"], arguments[name], by)
        assert_refused(op, arguments, "out", ValueError)


def test_out_may_not_be_an_input_of_a_product():
    square = floats(4, 4)
    assert_refused("matmul", {"a": square, "b": floats(4, 4), "out": square}, "out", ValueError)
    assert_refused("matmul", {"a": floats(4, 4), "b": square, "out": square}, "out", ValueError)
    row = floats(1, 4)
    biased = {"a": floats(1, 4), "b": square, "bias": row[0], "out": row}
    assert_refused("matmul", biased, "out", ValueError)
    assert_refused("gather", {"x": square, "index": np.arange(4), "out": square}, "out", ValueError)


@pytest.mark.parametrize("op", [op for op, arguments in CALLS.items() if "g" in arguments()])
def test_state_arrays_may_not_overlap(op):
    for one, other in itertools.combinations([name for o, name in ARRAYS if o == op], 2):
        for by in (0, 1):
            arguments = CALLS[op]()
            arguments[one], arguments[other] = overlapping(arguments[one], arguments[other], by)
            assert_refused(op, arguments, "", ValueError)


@pytest.mark.parametrize("op", CALLS)
def test_no_reference_is_kept(op):
    arguments = CALLS[op]()
    arrays = [a for a in arguments.values() if isinstance(a, np.ndarray)]
    before = [sys.getrefcount(a) for a in arrays]
    for _ in range(10):
        run(op, arguments)
        with pytest.raises((TypeError, ValueError)):
            run(op, {**arguments, next(n for o, n in ARRAYS if o == op): "x"})
    assert [sys.getrefcount(a) for a in arrays] == before
