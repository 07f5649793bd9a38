"""Variables: copies in, the same array throughout, shapes kept."""

import operator

import numpy as np
import pytest

from brisknet import Variable, optimizers


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3, 4]],
        np.array([[1, 2], [3, 4]], np.float64),
        np.array([[1, 2], [3, 4]], np.uint8),
        np.array([[1, 3], [2, 4]], np.float32).T,
        np.array([[1, 0, 2], [3, 0, 4]], np.float32)[:, ::2],
        np.array([[1, 2], [3, 4]], ">f4"),
    ],
    ids=["list", "float64", "uint8", "fortran", "strided", "big-endian"],
)
def test_value_is_a_contiguous_float32_copy(value):
    v = Variable(value)
    assert v.value.dtype == np.dtype("<f4")
    assert v.value.flags.c_contiguous
    assert v.value.tolist() == [[1, 2], [3, 4]]
    assert not np.shares_memory(v.value, np.asarray(value))


def test_describes_itself():
    v = Variable(np.zeros((2, 3)), trainable=False, name="kernel")
    assert (v.shape, v.dtype, v.name, v.path, v.trainable) == (
        (2, 3),
        "float32",
        "kernel",
        "kernel",
        False,
    )
    v.path = "dense/kernel"
    assert repr(v) == "<Variable 'dense/kernel' shape=(2, 3) dtype=float32>"
    assert Variable(1.5).shape == ()
    assert Variable(1.5).trainable


def test_assign_keeps_the_array():
    v = Variable([1, 2])
    array = v.value
    v.assign([3, 4])
    v.assign_add([10, 20])
    v.assign_sub([1, 1])
    assert v.value is array
    assert array.tolist() == [12, 23]


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
@pytest.mark.parametrize("value", [3, [3], [[3, 4]], [3, 4, 5]])
def test_another_shape_is_refused(method, value):
    v = Variable([1, 2])
    v.path = "dense/bias"
    if method != "assign" and np.size(value) == 1:
        assert getattr(v, method)(value).shape == (2,)  # spread, as in Keras
        return
    with pytest.raises(ValueError, match=r"expected value of shape \(2,\) for 'dense/bias', got"):
        getattr(v, method)(value)
    assert v.numpy().tolist() == [1, 2]


@pytest.mark.parametrize("value", [None, [1j], [True], [None], ["1"], np.float16(1)])
def test_other_types_are_refused(value):
    with pytest.raises(
        TypeError, match=r"\[Variable\] expected w: float32, float64 or integers, got"
    ):
        Variable(value, name="w")
    v = Variable(1.0)
    with pytest.raises(TypeError, match="expected value: float32, float64 or integers, got"):
        v.assign(value)
    assert v.numpy() == 1


def test_initializer():
    assert Variable("ones", (2, 3)).numpy().tolist() == [[1, 1, 1]] * 2
    assert Variable(lambda shape, dtype: np.full(shape, 4), (2,)).numpy().tolist() == [4, 4]
    assert Variable([1, 2], (2,), "float32").shape == (2,)
    for arguments, message in [
        (("ones",), "expected shape together with an initializer"),
        (("nope", (2,)), "unknown initializer 'nope'"),
        (([1, 2], (3,)), r"expected w of shape \(3,\), got \(2,\)"),
        ((lambda shape, dtype: [1], (3,)), r"expected w of shape \(3,\), got \(1,\)"),
        (
            ([1, 2], None, "float64"),
            "expected dtype 'float32', or 'int32' and the like, got 'float64'",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            Variable(*arguments, name="w")


def test_value_and_dtype_cannot_be_replaced():
    v = Variable([1])
    for name in ("value", "shape", "dtype"):
        with pytest.raises(AttributeError):
            setattr(v, name, 0)


def test_gradient_is_zero_until_assigned():
    v = Variable([[1, 2]])
    assert not v.has_grad
    v.grad = [[3, 4]]
    assert v.has_grad
    assert v.grad.tolist() == [[3, 4]]

    v = Variable([[1, 2]])
    v.grad[...] = 5  # kernels write into it
    assert v.has_grad
    assert v.grad.tolist() == [[5, 5]]


def test_gradient_is_a_copy_in_one_array():
    v = Variable([1, 2])
    dy = np.array([3, 4], np.float32)
    v.grad = dy
    array = v.grad
    dy[:] = 0
    assert array.tolist() == [3, 4]
    v.grad = [5, 6]
    assert v.grad is array
    assert array.tolist() == [5, 6]


def test_gradient_of_another_shape_is_refused():
    v = Variable([1, 2])
    with pytest.raises(ValueError, match=r"expected grad of shape \(2,\).*got \(2, 1\)"):
        v.grad = [[1], [2]]
    assert not v.has_grad


def test_arrays_of_its_values_are_copies():
    v = Variable([1, 2])
    for array in (v.numpy(), np.asarray(v), np.array(v)):
        assert array.dtype == np.float32
        array[:] = 9
    assert v.numpy().tolist() == [1, 2]
    assert np.asarray(v, dtype=np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="is a copy"):
        v.__array__(copy=False)


def test_whole_numbers():
    v = Variable("zeros", (2,), "int", trainable=False, name="count")
    assert (v.dtype, v.numpy().dtype, np.asarray(v).dtype) == ("int32", np.int32, np.int32)
    v.assign([3.0, 2**24 + 1])
    v.assign_add([1, 0])
    assert v.value.tolist() == [4, 2**24 + 1]
    assert repr(v) == "<Variable 'count' shape=(2,) dtype=int32>"
    for wrong in ([0.5, 1], [2**31, 0], [np.nan, 0]):
        with pytest.raises(ValueError, match="expected value: int32 numbers, got others"):
            v.assign(wrong)
    assert v.value.tolist() == [4, 2**24 + 1]
    with pytest.raises(ValueError, match=r"expected trainable=False .* dtype 'int64'"):
        Variable([1], dtype="int64")


def test_assigning_returns_the_values_as_a_copy():
    v = Variable([1, 2])
    for new, expected in [
        (v.assign([3, 4]), [3, 4]),
        (v.assign_add([1, 1]), [4, 5]),
        (v.assign_sub([2, 2]), [2, 3]),
    ]:
        assert new.tolist() == expected
        assert not np.shares_memory(new, v.value)


BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    operator.matmul,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
]


@pytest.mark.parametrize("function", BINARY)
def test_operators_are_those_of_its_values(function):
    a, b = np.array([1, 2.5], np.float32), np.array([2, 0.5], np.float32)
    v, w = Variable(a), Variable(b)
    for result in (function(v, w), function(v, b), function(a, w)):
        np.testing.assert_array_equal(result, function(a, b))
        assert result.dtype == function(a, b).dtype
    if function is not operator.matmul:
        np.testing.assert_array_equal(function(v, 2), function(a, np.float32(2)))
        np.testing.assert_array_equal(function(2, v), function(np.float32(2), a))
        assert function(v, 2).dtype in (np.float32, bool)


def test_logic_and_signs():
    v, w = Variable([0, 1, 2]), Variable([1, 0, 1])
    assert (v & w).tolist() == [False, False, True]
    assert (v | [0, 0, 0]).tolist() == [False, True, True]
    assert ([0, 0, 1] ^ v).tolist() == [False, True, False]
    assert (-v).tolist() == [0, -1, -2]
    assert abs(-v).tolist() == (+v).tolist() == [0, 1, 2]
    assert round(Variable(1.26), 1) == np.float32(1.3)
    assert (~Variable([1], dtype="int32", trainable=False)).tolist() == [-2]
    with pytest.raises(TypeError):
        operator.invert(v)


def test_in_place_operators_leave_it_alone():
    v = old = Variable([1, 2])
    v += 1
    assert isinstance(v, np.ndarray)
    assert old.numpy().tolist() == [1, 2]


def test_indices_lengths_numbers():
    v = Variable([[1, 2], [3, 4]])
    part = v[0]
    part[:] = 9
    assert v.numpy().tolist() == [[1, 2], [3, 4]]
    assert v[:, 1].tolist() == [2, 4]
    assert v[1, 0] == 3
    assert len(v) == 2
    assert [row.tolist() for row in v] == [[1, 2], [3, 4]]
    assert (float(Variable(2.5)), int(Variable(2.5))) == (2.5, 2)
    for kind in (float, int):
        with pytest.raises(TypeError, match=r"expected a single number, got 'w' of shape \(1,\)"):
            kind(Variable([1.0], name="w"))
    with pytest.raises(TypeError, match="'w' has no truth value"):
        bool(Variable(1.0, name="w"))
    with pytest.raises(TypeError):
        v[0] = 1
    assert len({v, v, Variable(1.0)}) == 2


def test_arguments_without_effect():
    v = Variable([1], None, None, True, True, "mean", "on_read", "w")
    assert (v.name, v.aggregation, v.synchronization) == ("w", "mean", "on_read")
    with pytest.raises(ValueError, match=r"expected aggregation None, 'none', .*, got 'max'"):
        Variable([1], aggregation="max")
    with pytest.raises(ValueError, match="expected synchronization"):
        Variable([1], synchronization="never")


def test_an_optimizers_numbers_return_what_they_are_assigned():
    optimizer = optimizers.SGD(0.5)
    assert optimizer.learning_rate.assign(0.25) == 0.25
    assert optimizer.learning_rate.assign_add(0.5) == 0.75
    assert optimizer.iterations.assign(3) == 3
    assert optimizer.iterations.assign_sub(1) == 2
    assert (optimizer.learning_rate, optimizer.iterations) == (0.75, 2)
