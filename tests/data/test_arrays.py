"""Batches from what users pass: every dtype and layout, and errors that name what is wrong."""

import numpy as np
import pytest

import brisknet as bn
from brisknet import layers
from brisknet.data import Data

X = np.arange(60, dtype=np.float32).reshape(20, 3) % 7
Y = np.arange(20) % 3

FORMS = {
    "float32": lambda a: a.astype(np.float32),
    "float64": lambda a: a.astype(np.float64),
    "float16": lambda a: a.astype(np.float16),
    "longdouble": lambda a: a.astype(np.longdouble),
    "uint8": lambda a: a.astype(np.uint8),
    "int8": lambda a: a.astype(np.int8),
    "int32": lambda a: a.astype(np.int32),
    "int64": lambda a: a.astype(np.int64),
    "uint64": lambda a: a.astype(np.uint64),
    "big-endian": lambda a: a.astype(">f4"),
    "fortran": np.asfortranarray,
    "fortran-uint8": lambda a: np.asfortranarray(a.astype(np.uint8)),
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
    "reversed": lambda a: a[::-1].copy()[::-1],
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "misaligned": lambda a: np.frombuffer(b"x" + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
    "list": lambda a: a.tolist(),
    "tuple of arrays": tuple,
    "list of arrays": list,
}


def batches(data, size=6, order=None):
    return list(data.batches(size, order))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shuffled", [False, True])
def test_inputs_of_every_form(form, shuffled):
    order = np.random.default_rng(0).permutation(20) if shuffled else None
    data = Data("fit", FORMS[form](X))
    got = batches(data, order=order)
    assert [len(batch.x) for batch in got] == [6, 6, 6, 2]
    for batch in got:
        assert batch.x.dtype == np.dtype("<f4")
        assert batch.x.flags.c_contiguous
        assert batch.x.flags.aligned
        assert (batch.y, batch.weight) == (None, None)
    expected = X if order is None else X[order]
    assert np.concatenate([batch.x for batch in got]).tolist() == expected.tolist()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shuffled", [False, True])
def test_targets_of_every_form(form, shuffled):
    order = np.random.default_rng(0).permutation(20) if shuffled else None
    given = FORMS[form](X)
    got = batches(Data("fit", X, given, X[:, 0]), order=order)
    is_integer = np.asarray(given).dtype.kind in "iu"
    expected = X if order is None else X[order]
    for batch in got:
        assert batch.y.dtype == (np.int64 if is_integer else np.float32)
        assert batch.y.flags.c_contiguous
        assert batch.weight.dtype == np.float32
    assert np.concatenate([batch.y for batch in got]).tolist() == expected.tolist()
    assert np.concatenate([batch.weight for batch in got]).tolist() == expected[:, 0].tolist()


@pytest.mark.parametrize("form", FORMS)
def test_class_numbers_of_every_form(form):
    y = FORMS[form](Y)
    model = bn.Sequential([bn.Input((3,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert model.evaluate(X, y, verbose=0) == model.evaluate(X, Y, verbose=0)
    loss = bn.losses.sparse_categorical_crossentropy
    assert (loss(y, np.full((20, 3), 0.3)) == loss(Y, np.full((20, 3), 0.3))).all()


def test_booleans():
    bits = X > 3
    (batch,) = batches(Data("fit", bits, bits[:, 0]), size=20)
    assert batch.x.tolist() == bits.astype(np.float32).tolist()
    assert batch.y.dtype == np.int64
    assert batch.y.tolist() == bits[:, 0].astype(int).tolist()


def test_memory_map(tmp_path):
    np.save(tmp_path / "x.npy", X)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    data = Data("fit", x)
    assert np.shares_memory(data.x, x)
    for order in (None, np.arange(20)[::-1].copy()):
        got = np.concatenate([batch.x for batch in data.batches(7, order)])
        assert got.tolist() == (X if order is None else X[::-1]).tolist()


def test_arrays_are_held_not_copied():
    for form in ("float32", "float64", "uint8", "fortran", "strided"):
        x = FORMS[form](X)
        assert np.shares_memory(Data("fit", x).x, x)
    kept = X.copy()
    model = bn.Sequential([layers.Dense(3, activation="relu"), layers.Rescaling(2.0)])
    model.compile("sgd", "mse")
    model.fit(X, X, epochs=2, verbose=0)
    model.predict(X, verbose=0)
    assert (kept == X).all()


@pytest.mark.parametrize("form", FORMS)
def test_training_does_not_depend_on_the_form(form):
    def trained(x, y):
        bn.utils.set_random_seed(1)
        model = bn.Sequential([bn.Input((3,)), layers.Dense(3, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(x, y, batch_size=6, epochs=2, verbose=0)
        return [w.tobytes() for w in model.get_weights()], model.predict(x, verbose=0).tobytes()

    assert trained(FORMS[form](X), FORMS[form](Y.astype(np.float32))) == trained(X, Y)


def test_one_axis_becomes_two():
    data = Data("fit", [1, 2, 3])
    assert data.x.shape == (3, 1)
    model = bn.Sequential([layers.Dense(1, kernel_initializer="ones")])
    assert model.predict([1, 2, 3], verbose=0).tolist() == [[1], [2], [3]]


def test_more_axes():
    x = np.arange(24).reshape(2, 3, 4)
    (batch,) = batches(Data("fit", x), size=5)
    assert batch.x.tolist() == x.tolist()


class Strange:
    def __repr__(self):
        return "strange"


BAD = [
    (None, ValueError, "an array, got None"),
    ("abc", TypeError, "an array of numbers, got <U3 array of shape ()"),
    (["a", "b"], TypeError, "an array of numbers, got <U1 array of shape (2,)"),
    (np.array([b"a"]), TypeError, "an array of numbers, got |S1 array"),
    ([[1, 2], [3]], ValueError, "an array, got list"),
    ([Strange()], TypeError, "an array of numbers, got object array of shape (1,)"),
    (Strange(), TypeError, "an array of numbers, got Strange"),
    ([None, 1], TypeError, "an array of numbers, got object array"),
    ({"a": 1}, TypeError, "an array, got dict; models have one input and one output"),
    ({1, 2}, TypeError, "an array of numbers, got set"),
    (np.array([1j]), TypeError, "an array of numbers, got complex128 array"),
    (np.array(["2020-01-01"], "M8[D]"), TypeError, "an array of numbers, got datetime64[D] array"),
    (np.zeros(2, [("a", "f4")]), TypeError, "an array of numbers, got"),
    ((i for i in range(3)), TypeError, "an array, got generator"),
    (iter([1, 2]), TypeError, "an array, got list_iterator"),
    (3, ValueError, "got a scalar"),
    (np.float32(3), ValueError, "got a scalar"),
]
every_bad = pytest.mark.parametrize(
    ("value", "error", "message"),
    BAD,
    ids=[f"{type(b[0]).__name__}-{i}" for i, b in enumerate(BAD)],
)


@every_bad
@pytest.mark.parametrize("name", ["x", "y", "sample_weight"])
def test_errors_name_the_argument_and_what_came(name, value, error, message):
    if name != "x" and value is None:
        return
    with pytest.raises(error) as caught:
        Data("fit", **{"x": X, "y": Y, name: value})
    text = str(caught.value)
    assert text.startswith(f"[fit] expected {name}")
    assert message in text


@every_bad
def test_the_model_is_unchanged(value, error, message):
    model = bn.Sequential([bn.Input((3,)), layers.Dense(3)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    for arguments in [(value, X), (X, value)]:
        for method in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
            quiet = {} if "batch" in method.__name__ else {"verbose": 0}
            expected = rf"\[{method.__name__}\] expected ([xy]|at least one batch)"
            with pytest.raises((error, ValueError), match=expected):
                method(*arguments, **quiet)
    for method in (model.predict, model.predict_on_batch):
        expected = rf"\[{method.__name__}\] expected (x|at least one batch)"
        with pytest.raises((error, ValueError), match=expected):
            method(value)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("value", [[], np.zeros((0, 3)), np.zeros((3, 0)), np.zeros((0, 3, 4))])
def test_empty_inputs(value):
    with pytest.raises(
        ValueError, match=r"\[fit\] expected x with at least one sample, got float64 arr"
    ):
        Data("fit", value)


@pytest.mark.parametrize("name", ["y", "sample_weight"])
@pytest.mark.parametrize("value", [Y[:-1], [], np.zeros((3, 20)), [1]], ids=lambda v: str(len(v)))
def test_other_lengths(name, value):
    with pytest.raises(ValueError, match=rf"expected {name} with as many samples as x, 20, got"):
        Data("fit", **{"x": X, "y": Y, name: value})


@pytest.mark.parametrize("name", ["y", "sample_weight"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_nan(name, dtype):
    value = np.ones((20, 2), dtype)
    value[7, 1] = value[9, 0] = np.nan
    with pytest.raises(ValueError, match=rf"expected {name} without NaN, .* at index \(7, 1\)"):
        Data("fit", **{"x": X, "y": Y, name: value})


def test_nan_in_inputs_is_the_users_affair():
    x = X.copy()
    x[3, 1] = np.nan
    model = bn.Sequential([layers.Dense(1)])
    y = model.predict(x, verbose=0)
    assert np.isnan(y[3]).all()
    assert np.isnan(y).sum() == 1


def test_split():
    weight = np.linspace(0, 1, 20)
    first, last = Data("fit", X, Y, weight).split("fit", 0.3)
    assert (first.size, last.size) == (14, 6)
    assert np.shares_memory(first.x, X)
    assert (first.x == X[:14]).all()
    assert (last.x == X[14:]).all()
    assert (last.y == Y[14:]).all()
    assert (last.weight == weight[14:].astype(np.float32)).all()


@pytest.mark.parametrize("fraction", [-0.1, 1, 1.5, np.nan])
def test_split_out_of_range(fraction):
    with pytest.raises(ValueError, match=r"\[fit\] expected validation_split in \[0, 1\), got"):
        Data("fit", X).split("fit", fraction)


@pytest.mark.parametrize(
    ("size", "fraction", "which"), [(1, 0.5, "training"), (3, 0.9, "training")]
)
def test_split_that_leaves_nothing(size, fraction, which):
    with pytest.raises(ValueError, match=rf"of {size} samples leaves none for {which}"):
        Data("fit", X[:size]).split("fit", fraction)


@pytest.mark.parametrize(
    "y",
    [
        Y,
        Y[:, None],
        Y.astype(np.float32),
        np.eye(3)[Y],
        np.eye(3, dtype=int)[Y],
    ],
    ids=["labels", "column", "floats", "one-hot", "one-hot integers"],
)
def test_class_weight(y):
    data = Data("fit", X, y)
    data.weigh_classes("fit", {0: 2, np.int64(2): 0.5, 9: 7})
    assert data.weight.dtype == np.float32
    assert data.weight.tolist() == np.array([2, 1, 0.5])[Y].tolist()
    data = Data("fit", X, y)
    data.weigh_classes("fit", {})
    assert data.weight.tolist() == [1] * 20


@pytest.mark.parametrize(
    ("y", "class_weight", "error", "message"),
    [
        (Y, [1, 2, 3], TypeError, "a dict from class numbers to weights, got list"),
        (Y, 2.0, TypeError, "a dict from class numbers to weights, got 2.0"),
        (Y, {"a": 1}, TypeError, "to weights, got 'a': 1 in it"),
        (Y, {0: "a"}, TypeError, "to weights, got 0: 'a' in it"),
        (Y, {0: None}, TypeError, "to weights, got 0: None in it"),
        (Y, {0.5: 1}, TypeError, "to weights, got 0.5: 1 in it"),
        (Y, {0: np.nan}, ValueError, "class_weight: finite numbers, got 0: nan in it"),
        (Y, {np.inf: 1}, ValueError, "class_weight: finite numbers, got inf: 1 in it"),
        (Y, {0: 10**400}, ValueError, "class_weight: finite numbers, got 0: "),
        (None, {0: 1}, ValueError, "expected y together with class_weight"),
        (np.zeros((20, 2, 2)), {0: 1}, ValueError, "expected y with one class a sample"),
    ],
)
def test_class_weight_errors(y, class_weight, error, message):
    data = Data("fit", X, y)
    with pytest.raises(error, match=message):
        data.weigh_classes("fit", class_weight)
    assert data.weight is None


def test_class_weight_and_sample_weight():
    with pytest.raises(ValueError, match="expected either class_weight or sample_weight, got both"):
        Data("fit", X, Y, np.ones(20)).weigh_classes("fit", {0: 1})
