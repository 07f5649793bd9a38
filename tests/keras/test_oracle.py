"""The same calls in brisknet and in Keras 3: signatures, defaults, identifiers, numbers, hooks.

Skipped where Keras or JAX is not installed.

Tolerances count float32 roundings: each is U = 2^-24 of the largest number that takes part in it.
Keras rounds as often as brisknet does, so every bound is twice the count of one side. What a test
counts is said beside it. Keras on XLA flushes subnormal numbers to zero, so NORMAL is always
allowed.
"""

import collections
import inspect
import os
import re

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # compiles faster
jax = pytest.importorskip("jax")
keras = pytest.importorskip("keras")
if keras.backend.backend() != "jax":
    pytest.skip("Keras runs on another backend", allow_module_level=True)

import brisknet  # noqa: E402 - what may be missing comes first
from brisknet import activations, ops  # noqa: E402
from brisknet.names.refused_names import refusal  # noqa: E402
from brisknet.ops import activations as activation_functions  # noqa: E402
from reference import U  # noqa: E402

pytestmark = [  # Keras's own
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy:SyntaxWarning"),
    pytest.mark.filterwarnings("ignore:.*with a column for each class:SyntaxWarning"),
]
NORMAL = 2.0**-126
INF, NAN = np.inf, np.nan
RNG = np.random.default_rng(3)
FUNCTIONS = [n for n in activations.__all__ if n not in ("deserialize", "get", "serialize")]


@pytest.fixture(autouse=True)
def _same_numbers():
    """Each test draws the same numbers, whichever tests ran before it."""
    RNG.bit_generator.state = np.random.default_rng(3).bit_generator.state


def close(got, expected, scale, roundings, tiny=NORMAL):
    """|got - expected| <= 2 * roundings * U * scale + tiny, and the same shapes."""
    __tracebackhide__ = True
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    assert got.shape == expected.shape
    scale = np.nan_to_num(np.abs(np.asarray(scale, np.float64)), posinf=0)
    bound = np.broadcast_to(2 * roundings * U * scale + tiny, got.shape)
    with np.errstate(invalid="ignore"):
        fits = (got == expected) | (np.isnan(got) & np.isnan(expected))
        fits |= np.isfinite(got - expected) & (np.abs(got - expected) <= bound)
        if fits.all():
            return
        error = np.where(fits, 0, np.abs(got - expected) / bound)
    at = np.unravel_index(np.argmax(np.where(np.isnan(error), INF, error)), error.shape)
    pytest.fail(
        f"{np.sum(~fits)} of {fits.size} differ, worst at {tuple(map(int, at))}: brisknet "
        f"{got[at]!r}, Keras {expected[at]!r}, {error[at]:.3g} times the bound {bound[at]:.3g}"
    )


# Signatures

MODULES = """
    activations callbacks constraints datasets.mnist initializers layers losses metrics models
    optimizers optimizers.schedules random regularizers utils
""".split()


def resolved(root, path):
    for part in filter(None, path.split(".")):
        root = getattr(root, part)
    return root


def callables():
    """(path, brisknet's, Keras's) for all classes, methods and functions that both have."""
    for module in ["", *MODULES]:
        ours, theirs = resolved(brisknet, module), resolved(keras, module)
        for name in ours.__all__:
            a, b = getattr(ours, name), getattr(theirs, name, None)
            path = f"{module}.{name}".lstrip(".")
            if not callable(a) or b is None:
                continue
            if not isinstance(a, type) or not isinstance(b, type):
                yield path, a, b
                continue
            yield path, a.__init__, b.__init__
            for method in vars(a):
                known = not method.startswith("_") or method == "__call__"
                if known and inspect.isfunction(vars(a)[method]) and hasattr(b, method):
                    yield f"{path}.{method}", vars(a)[method], getattr(b, method)


# What differs on purpose: (name, parameter), wherever the name is exported, and why.
DIFFERENT = {
    ("Layer", "input_shape"): "Keras takes it among **kwargs",
    ("Layer", "input_dim"): "Keras takes it among **kwargs",
    ("LayerNormalization", "rms_scaling"): "Keras takes it among **kwargs",
    ("save_model", "include_optimizer"): "Keras takes it among **kwargs",
    ("export", "format"): "ONNX is the one format that there is",
    ("fit", "check_finite"): "beyond Keras, by keyword alone",
    ("plot_model", "show_params"): "beyond Keras, by keyword alone",
    ("plot_model", "fold"): "beyond Keras, by keyword alone",
    ("plot_model", "dark"): "beyond Keras, by keyword alone",
    ("load_data", "path"): "the data are bundled: a path is a file or folder to read, not a cache",
}

LAYERS = inspect.signature(brisknet.layers.Layer.__init__).parameters
CALLABLES = {path: (ours, theirs) for path, ours, theirs in callables()}


@pytest.mark.parametrize("path", CALLABLES)
def test_signature(path):
    """Each parameter that brisknet has is Keras's, at the same place and with the same default."""
    ours, theirs = (inspect.signature(f).parameters for f in CALLABLES[path])
    kinds = {p.kind for p in theirs.values()}
    hidden = inspect.Parameter.VAR_POSITIONAL in kinds  # behind *args
    inherited = LAYERS if inspect.Parameter.VAR_KEYWORD in kinds else ()
    places = {name: place for place, name in enumerate(theirs)}
    for place, (name, parameter) in enumerate(ours.items()):
        if parameter.kind is parameter.VAR_KEYWORD or (path.split(".")[-1], name) in DIFFERENT:
            continue
        if name not in theirs and (hidden or name in inherited):
            continue
        assert name in theirs, f"{name} is not Keras's"
        assert repr(parameter.default) == repr(theirs[name].default), f"the default of {name}"
        if parameter.kind is theirs[name].kind is parameter.POSITIONAL_OR_KEYWORD and not hidden:
            assert place == places[name], f"the place of {name}"


def test_signatures_are_compared():
    assert len(CALLABLES) > 150


@pytest.mark.parametrize("module", ["", *MODULES])
def test_what_is_missing_is_refused_by_name(module):
    ours, theirs = resolved(brisknet, module), resolved(keras, module)
    for name in dir(theirs):
        if not name.startswith("_") and name not in ("src", "version"):
            assert exists_or_is_refused(ours, name), name


def exists_or_is_refused(module, name):
    return hasattr(module, name) or refusal(module.__name__, name) is not None


@pytest.mark.parametrize(
    "module", "activations constraints initializers losses metrics optimizers regularizers".split()
)
def test_identifiers(module):
    """Each of Keras's names for what brisknet has means the same in `get`."""
    ours, theirs = resolved(brisknet, module), resolved(keras, module)
    known = resolved(keras.src, module).ALL_OBJECTS_DICT
    count = 0
    for identifier, thing in known.items():
        if not exists_or_is_refused(ours, thing.__name__) or thing.__name__ not in dir(ours):
            continue
        if thing.__name__ in "Initializer Layer Loss Metric Optimizer Regularizer".split():
            continue
        if thing.__name__ in ("MeanMetricWrapper", "threshold"):  # need an argument
            continue
        # So do these.
        if thing.__name__ != "BinaryIoU" and ("IoU" in thing.__name__ or "At" in thing.__name__):
            continue
        got = ours.get(identifier)
        # Keras's `get` of "Constant" raises KeyError.
        expected = thing() if thing.__name__ == "Constant" else theirs.get(identifier)
        count += 1
        if inspect.isfunction(expected):
            assert got is getattr(ours, expected.__name__), identifier
        else:
            assert type(got).__name__ == type(expected).__name__, identifier
            names = (getattr(thing, "name", None) for thing in (got, expected))
            name, other = (name and re.sub(r"_\d+$", "", name) for name in names)  # as counted
            assert name == other, identifier
    assert count >= 4


# Activations

POINTS = np.concatenate(
    [
        RNG.standard_normal(500) * 3,
        RNG.uniform(-100, 100, 200),
        np.linspace(-8, 8, 129),
        np.outer([0.0, 1e-45, 1e-38, 1e-30, 1e-9, 200, 1e4, 1e18, 3.4e38, INF], [1, -1]).ravel(),
    ]
).astype(np.float32)
ALONG_AXIS = ["glu", "log_softmax", "softmax", "sparsemax"]
ACTIVATIONS = [
    *((name, {}) for name in FUNCTIONS if name not in ALONG_AXIS and name != "threshold"),
    ("threshold", {"threshold": 0.5, "default_value": -3.0}),
    *((name, {"threshold": 2.0}) for name in ("hard_shrink", "soft_shrink")),
    ("celu", {"alpha": 0.5}),
    ("squareplus", {"b": 0.25}),
    *(
        ("relu", {"negative_slope": slope, "max_value": most, "threshold": threshold})
        for slope in (0.0, 0.25)
        for most in (None, 0.0, 2.5, 6.0)
        for threshold in (0.0, 1.0, -2.0, 3.5)
    ),
    ("relu", {"negative_slope": -0.5, "max_value": 2.5, "threshold": 1.0}),
    *(("leaky_relu", {"negative_slope": slope}) for slope in (0.0, 0.01, 0.5)),
    *(("elu", {"alpha": alpha}) for alpha in (0.0, 0.3, 2.0)),
    ("gelu", {"approximate": True}),
]
each_activation = pytest.mark.parametrize(
    ("name", "arguments"),
    ACTIVATIONS,
    ids=lambda a: a if isinstance(a, str) else str([*a.values()]),
)


@each_activation
def test_activation(name, arguments):
    """A few roundings of the result.

    In the two forms of gelu, exp(-x^2 / 2) rounds x^2, and 1 + tanh cancels. A subnormal factor of
    x that is flushed to zero is NORMAL at most.
    """
    x = POINTS
    got = getattr(activations, name)(x, **arguments)
    expected = np.asarray(getattr(keras.activations, name)(x, **arguments))
    assert got.dtype == expected.dtype
    finite = np.where(np.isfinite(x), x.astype(np.float64), 0)
    scale, roundings = expected, 8
    if name == "gelu" and arguments:
        scale = finite
    elif name == "gelu":
        roundings = 8 + finite**2
    elif name in ("squareplus", "tanh_shrink"):  # Keras's cancel
        scale = np.maximum(np.abs(finite), 1)
        if name == "squareplus":  # and overflow in JAX
            got, expected, scale = (a[np.abs(x) < 1e18] for a in (got, expected, scale))
            x, finite = (a[np.abs(x) < 1e18] for a in (x, finite))
    close(got, expected, scale, roundings, 2 * NORMAL * np.maximum(np.abs(finite), 1))


@each_activation
def test_activation_gradient(name, arguments):
    """A few roundings of dy times the slope, which has terms of the size of x in silu and gelu.

    Where relu with arguments has a kink, JAX takes 0, 1 or half of the slope.
    """
    kinks = {0.0, *arguments.values()} - {None} if name == "relu" and arguments else {NAN}
    if name == "sparse_sigmoid":
        kinks = {-1.0, 1.0}
    size = np.abs(POINTS)
    x = POINTS[((size > 1e-37) & (size < 1e18) | (size == 0)) & ~np.isin(POINTS, [*kinks])]
    dy = RNG.standard_normal(x.shape, np.float32)
    theirs = getattr(keras.activations, name)
    expected = jax.vjp(lambda v: theirs(v, **arguments), x)[1](dy)[0]
    if name == "gelu" and arguments:
        got = ops.activation_backward("gelu_tanh", x, dy)
    elif arguments:
        given = {key: INF if value is None else value for key, value in arguments.items()}
        got = ops.activation_backward(name, x, dy, **given)
    else:
        got = activations.forward(getattr(activations, name), x)[1](dy)
    scale = np.maximum(np.abs(expected), np.abs(dy))
    if name in ("silu", "swish", "gelu", "mish"):
        scale = scale * np.maximum(np.abs(x), 1)
    close(got, expected, scale, 16)


@pytest.mark.parametrize("name", ["glu", "sparsemax"])
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_glu_and_sparsemax(name, axis):
    x = RNG.standard_normal((4, 6, 10), np.float32) * 2
    theirs = getattr(keras.activations, name)
    expected, vjp = jax.vjp(lambda v: theirs(v, axis=axis), x)
    close(getattr(activations, name)(x, axis=axis), expected, np.abs(x).max(), 16)
    dy = RNG.standard_normal(expected.shape, np.float32)
    backward = getattr(activation_functions, f"{name}_forward")(x, axis)[1]
    close(backward(dy), vjp(dy)[0], 8, 16)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
def test_softmax(name, axis):
    """A sum along the axis, and x - max, whose rounding is absolute."""
    x = POINTS[np.isfinite(POINTS)][:840].reshape(4, 10, 21).copy()
    x[0, 0, :3] = 1e4, -1e4, 1e30
    got = getattr(activations, name)(x, axis=axis)
    expected, vjp = jax.vjp(lambda v: getattr(keras.activations, name)(v, axis=axis), x)
    scale = np.abs(np.where(name == "softmax", expected, np.maximum(np.abs(x), np.abs(expected))))
    close(got, expected, scale, x.shape[axis] + 8)
    if axis in (-1, 2):
        dy = RNG.standard_normal(x.shape, np.float32)
        backward = activations.forward(getattr(activations, name), x)[1]
        close(backward(dy), vjp(dy)[0], np.abs(dy).sum(axis, keepdims=True), x.shape[axis] + 16)


# Losses

ROWS, STEPS, CLASSES = 6, 3, 5
REDUCTIONS = ["sum_over_batch_size", "mean", "sum", None, "none", "mean_with_sample_weight"]
# Beyond the clip of probabilities, but not on its bounds, where JAX takes half of the slope.
SATURATED = [0.0, 1e-30, 1e-9, 5e-8, 2e-7, 0.5, 1 - 3e-7, 1 - 2.0**-24, 1.0]

LOSSES = [
    ("mean_squared_error", {}),
    ("mean_absolute_error", {}),
    *(
        ("binary_crossentropy", {"from_logits": logits, "label_smoothing": smoothing})
        for logits in (False, True)
        for smoothing in (0.0, 0.1, 1.0)
    ),
    *(
        ("categorical_crossentropy", {"from_logits": logits, "label_smoothing": smoothing})
        for logits in (False, True)
        for smoothing in (0.0, 0.1, 1.0)
    ),
    *(
        ("sparse_categorical_crossentropy", {"from_logits": logits, "ignore_class": ignored})
        for logits in (False, True)
        for ignored in (None, 2, -1)
    ),
]


def pascal(name):
    return name.title().replace("_", "")


def loss_case(name, arguments, shape):
    """Targets and predictions, some far out or saturated."""
    logits = arguments.get("from_logits", "crossentropy" not in name)
    y_pred = RNG.standard_normal(shape) * 3
    if name == "categorical_crossentropy" or name.startswith("sparse"):
        y_pred = y_pred if logits else RNG.random(shape) + 1e-3
        y_pred[0] = 0
        y_pred[0, ..., 0] = 40 if logits else 1
        y_pred[1] *= 1e-3 if logits else 5  # probabilities need not add up to 1
    elif logits:
        y_pred.flat[:3] = 0, 40, -40
    else:
        y_pred = RNG.random(shape)
        y_pred.flat[: len(SATURATED)] = SATURATED[: y_pred.size]
    if name.startswith("sparse"):
        y_true = RNG.integers(0, shape[-1], shape[:-1])
        if arguments["ignore_class"] is not None:
            y_true[RNG.random(y_true.shape) < 0.3] = arguments["ignore_class"]
    elif name == "categorical_crossentropy":
        y_true = np.eye(shape[-1])[RNG.integers(0, shape[-1], shape[:-1])]
    elif name == "binary_crossentropy":
        y_true = RNG.integers(0, 2, shape)
    else:
        y_true = y_pred + RNG.standard_normal(shape)
    return y_true, y_pred.astype(np.float32)


def loss_weights(rows):
    yield None
    weight = RNG.random(rows, np.float32)
    weight.flat[0] = 0
    yield weight
    yield weight[..., None]
    if len(rows) > 1:  # a weight for each sample
        yield weight[:, :1]


def loss_scale(losses, y_true, y_pred):
    """For each row what is rounded: its loss, and the predictions, of which one logarithm is taken.

    The rounding of a probability or a logit changes its logarithm by U of 1, or of the logit.
    """
    magnitude = np.abs(y_pred)
    if np.shape(y_true) == y_pred.shape:
        magnitude = magnitude + np.abs(y_true)
    return np.abs(losses) + magnitude.max(-1) + 1


@pytest.mark.parametrize("shape", [(ROWS, 1), (ROWS, CLASSES), (ROWS, STEPS, CLASSES)], ids=str)
@pytest.mark.parametrize(("name", "arguments"), LOSSES)
def test_loss(name, arguments, shape):
    """Sums over a row's elements, then over rows."""
    y_true, y_pred = loss_case(name, arguments, shape)
    targets = [y_true]
    if name.startswith("sparse"):
        targets += [y_true[..., None], y_true.astype(np.float32)]
    for target in targets:
        got = getattr(brisknet.losses, name)(target, y_pred, **arguments)
        losses = np.asarray(getattr(keras.losses, name)(target, y_pred, **arguments))
        assert got.dtype == losses.dtype
        scale = loss_scale(losses, y_true, y_pred)
        close(got, losses, scale, shape[-1] + 16)

    for reduction in REDUCTIONS if len(shape) == 3 else REDUCTIONS[::3]:
        ours, theirs = (
            getattr(module, pascal(name))(**arguments, reduction=reduction)
            for module in (brisknet.losses, keras.losses)
        )
        assert (ours.name, ours.reduction) == (theirs.name, theirs.reduction)
        for weight in loss_weights(shape[:-1]):
            spread = weight is not None and weight.size < losses.size
            if spread and reduction == "mean_with_sample_weight":
                continue  # Keras divides by the sum of the weights before they are spread over rows
            got = ours(y_true, y_pred, sample_weight=weight)
            expected = np.asarray(theirs(y_true, y_pred, sample_weight=weight))
            counts = counted(y_true, arguments, losses.shape, weight)
            if reduction in (None, "none"):  # for weights (n, 1), Keras gives (n, 1)
                close(got, expected.reshape(got.shape), scale * counts, shape[-1] + 16)
                continue
            divisor = {"sum": 1, "mean_with_sample_weight": counts.sum()}.get(
                reduction, np.count_nonzero(counted(y_true, arguments, losses.shape, None))
            )
            row_scale = counts / max(divisor, 1e-30) * scale
            close(got, expected, row_scale.sum(), losses.size + shape[-1] + 16)
            value, gradient = ours.value_and_gradient(y_true, y_pred, weight)
            assert np.float32(value) == got
            # "mean" is "sum_over_batch_size", and the shape of the weights does not matter here.
            if reduction != "mean" and (weight is None or weight.shape == losses.shape):
                slope = jax.grad(lambda p, f=theirs, w=weight: f(y_true, p, sample_weight=w))(
                    y_pred
                )
                slope_scale = np.abs(slope).max(-1) + row_scale / scale  # its terms may cancel
                close(gradient, slope, slope_scale[..., None], shape[-1] + 16)


def counted(y_true, arguments, rows, weight):
    """How much each row counts before the reduction."""
    weight = np.ones(rows) if weight is None else weight
    weight = np.broadcast_to(weight.reshape(weight.shape[: len(rows)]), rows)
    ignored = arguments.get("ignore_class")
    return weight if ignored is None else np.where(y_true == ignored, 0, weight)


@pytest.mark.parametrize("name", ["binary", "categorical", "sparse_categorical"])
def test_loss_of_extreme_logits(name):
    values = [0, 1, -1, 100, -100, 1e4, -1e4, 1e30, -1e30]
    y_pred = np.array([[a, b] for a in values for b in values], np.float32)
    y_true = RNG.integers(0, 2, len(y_pred))
    y_true = y_true if name.startswith("sparse") else np.eye(2)[y_true]
    ours, theirs = (
        getattr(module, f"{name}_crossentropy") for module in (brisknet.losses, keras.losses)
    )
    expected = theirs(y_true, y_pred, from_logits=True)
    close(ours(y_true, y_pred, from_logits=True), expected, np.abs(y_pred).max(-1), 16)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", None])
@pytest.mark.parametrize(
    "name", ["mean_squared_error", "mean_absolute_error", "binary_crossentropy"]
)
def test_loss_of_targets_with_one_axis_more_or_less(name, reduction):
    n, t = ROWS, STEPS
    for true, pred in [
        ((n,), (n,)),
        ((n,), (n, 1)),
        ((n, 1), (n,)),
        ((n, 1, 1), (n, 1)),
        ((n, 1), (n, 1, 1)),
        ((n, t), (n, t, 1)),
        ((n, t, 1), (n, t)),
    ]:
        y_true, y_pred = RNG.integers(0, 2, true), RNG.random(pred, np.float32)
        ours, theirs = (
            getattr(module, pascal(name))(reduction=reduction)
            for module in (brisknet.losses, keras.losses)
        )
        expected = theirs(y_true, y_pred)
        close(
            ours(y_true, y_pred), expected, np.max(np.abs(expected)) + y_pred.size, y_pred.size + 16
        )
        if reduction:
            gradient = ours.value_and_gradient(y_true, y_pred)[1]
            slope = jax.grad(lambda p, f=theirs, y=y_true: f(y, p))(y_pred)
            close(gradient, slope, np.max(np.abs(slope)), 16)


# Metrics

METRICS = [
    ("Accuracy", {}),
    ("BinaryAccuracy", {}),
    ("BinaryAccuracy", {"threshold": 0.25}),
    ("CategoricalAccuracy", {}),
    ("SparseCategoricalAccuracy", {}),
    ("TopKCategoricalAccuracy", {"k": 2}),
    ("TopKCategoricalAccuracy", {}),
    ("SparseTopKCategoricalAccuracy", {"k": 3}),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}),
    ("MeanSquaredError", {}),
    ("MeanAbsoluteError", {}),
]


def metric_case(name, arguments, shape):
    y_pred = RNG.integers(0, 9, shape).astype(np.float32) / 8  # has ties
    if "Categorical" in name:
        y_true = RNG.integers(0, shape[-1], shape[:-1])
        if arguments.get("from_sorted_ids"):
            y_pred = np.argsort(RNG.random(shape), axis=-1)
        return (y_true if name.startswith("Sparse") else np.eye(shape[-1])[y_true]), y_pred
    return RNG.integers(0, 2, shape), np.round(y_pred) if name == "Accuracy" else y_pred


@pytest.mark.parametrize("shape", [(ROWS, 1), (ROWS, 7), (ROWS, STEPS, 7)], ids=str)
@pytest.mark.parametrize(("name", "arguments"), METRICS, ids=str)
def test_metric(name, arguments, shape):
    """Means of values of 1 at most; weights too are up to 1."""
    if "TopK" in name and arguments.get("k", 5) > shape[-1]:
        arguments = arguments | {"k": 1}  # JAX refuses a k above the number of classes
    ours, theirs = (
        getattr(module, name)(**arguments) for module in (brisknet.metrics, keras.metrics)
    )
    assert ours.name == theirs.name
    function = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace("K", "_k_")).lower()
    for weight in (None, *loss_weights(shape[:-1])):
        y_true, y_pred = metric_case(name, arguments, shape)
        if hasattr(keras.metrics, function) and "accuracy" in function:
            got, expected = (
                getattr(module, function)(y_true, y_pred, **arguments)
                for module in (brisknet.metrics, keras.metrics)
            )
            np.testing.assert_array_equal(got, expected)
        assert ours.update_state(y_true, y_pred, sample_weight=weight) is None
        theirs.update_state(y_true, y_pred, sample_weight=weight)
        close(ours.result(), theirs.result(), 1, 2 * np.prod(shape))
    ours.reset_state()
    theirs.reset_state()
    assert ours.result() == theirs.result() == 0
    expected = theirs(y_true, y_pred, sample_weight=weight)
    close(ours(y_true, y_pred, sample_weight=weight), expected, 1, 2 * np.prod(shape))


def test_mean():
    ours, theirs = brisknet.metrics.Mean(), keras.metrics.Mean()
    for values, weight in [
        (3.0, None),
        (2.0, 4.0),
        ([1, 2, 3.5], None),
        ([1, 2, 3.5], [0, 1, 2]),
        ([[1, 2], [3, 4.5]], None),
        ([[1, 2], [3, 4.5]], [1, 2]),
        ([[1, 2], [3, 4.5]], [[1, 2], [3, 0]]),
        ([[1], [3]], [2, 1]),
        ([1, 3], [[2], [1]]),
        ([True, False], None),
    ]:
        ours.update_state(values, sample_weight=weight)
        theirs.update_state(values, sample_weight=weight)
        close(ours.result(), theirs.result(), 5, 20)


def test_mean_metric_wrapper():
    for module in (brisknet.metrics, keras.metrics):
        metric = module.MeanMetricWrapper(lambda t, p, power: abs(t - p) ** power, "error", power=3)
        metric.update_state(np.array([1.0, 2.0]), np.array([3.0, 2.0]))
        assert (metric.name, float(metric.result())) == ("error", 4.0)


# Initializers and random numbers


def drawn_as(monkeypatch, module, call):
    """The distributions that `call` asks the random module for, with their parameters."""
    draws = []

    def recorder(kind):
        def record(shape, first, second, dtype=None, seed=None):
            draws.append((kind, tuple(shape), float(first), float(second)))
            return np.zeros(shape, np.float32)

        def from_names(shape, *rest, seed=None, dtype=None, **named):
            return record(shape, *rest, *(named[key] for key in order if key in named))

        order = ("minval", "maxval", "mean", "stddev")
        return from_names

    with monkeypatch.context() as patch:
        for kind in ("normal", "truncated_normal", "uniform"):
            patch.setattr(module, kind, recorder(kind))
        call()
    return draws


SHAPES = [(), (4,), (0, 3), (3, 5), (3, 3, 4, 8)]
VARIANCES = [
    *(
        ("VarianceScaling", {"scale": scale, "mode": mode, "distribution": distribution})
        for scale in (0.5, 2.0)
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "normal", "untruncated_normal", "uniform")
    ),
    ("VarianceScaling", {}),
    *((f"{who}{kind}", {}) for who in ("Glorot", "He", "Lecun") for kind in ("Normal", "Uniform")),
    ("GlorotUniform", {"input_axes": (0,), "output_axes": (1,)}),
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 1.0, "stddev": 2.0}),
    ("TruncatedNormal", {}),
    ("TruncatedNormal", {"mean": 1.0, "stddev": 2.0}),
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": -1.0, "maxval": 2.0}),
]


@pytest.mark.parametrize(("name", "arguments"), VARIANCES, ids=str)
def test_random_initializer(monkeypatch, name, arguments):
    """The same distribution with the same limits or deviation, in float64."""
    for shape in SHAPES:
        if "input_axes" in arguments and len(shape) != 2:
            continue
        ours = getattr(brisknet.initializers, name)(**arguments, seed=1)
        theirs = getattr(keras.initializers, name)(**arguments, seed=1)
        module = keras.src.initializers.random_initializers.random
        expected = drawn_as(monkeypatch, module, lambda f=theirs, s=shape: f(s))
        got = drawn_as(monkeypatch, brisknet.random, lambda f=ours, s=shape: f(s))
        assert len(got) == len(expected) == 1
        assert got[0][:2] == expected[0][:2]
        np.testing.assert_allclose(got[0][2:], expected[0][2:], rtol=2.0**-50)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("normal", (1.0, 2.0)),
        ("truncated_normal", (1.0, 2.0)),
        ("uniform", (-1.0, 2.0)),
        ("randint", (-3, 12)),
    ],
)
def test_distribution(name, arguments):
    """Kolmogorov and Smirnov's distance of two samples: above this in one of 1000 pairs."""
    n = 20_000
    a, b = (
        np.sort(np.asarray(getattr(module, name)((n,), *arguments, seed=7)))
        for module in (brisknet.random, keras.random)
    )
    at = np.concatenate([a, b])
    below = [np.searchsorted(x, at, side="right") / n for x in (a, b)]
    assert np.abs(below[0] - below[1]).max() < 1.95 * np.sqrt(2 / n)
    assert a.dtype == b.dtype


def test_deterministic_initializers():
    for name, arguments, shapes in [
        ("Zeros", (), SHAPES),
        ("Ones", (), SHAPES),
        ("Constant", (), SHAPES),
        ("Constant", (2.5,), SHAPES),
        ("Constant", ([1, 2, 3],), [(2, 3)]),
        ("Identity", (), [(3, 3), (2, 4), (4, 2)]),
        ("Identity", (0.5,), [(3, 3)]),
    ]:
        for shape in shapes:
            got = getattr(brisknet.initializers, name)(*arguments)(shape)
            expected = getattr(keras.initializers, name)(*arguments)(shape)
            assert got.dtype == expected.dtype
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("shape", [(4, 4), (7, 3), (3, 7), (2, 3, 5)])
def test_orthogonal(shape):
    """Along the same axis as Keras's; a dot product of n numbers of 1 at most."""
    for module in (brisknet.initializers, keras.initializers):
        q = np.asarray(module.Orthogonal(gain=2.0, seed=1)(shape)).reshape(-1, shape[-1]) / 2
        product = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
        close(product, np.eye(len(product)), 1, 4 * max(q.shape))


@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize("scaling", ["density", "spectrum", None])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("window", ["hann", "hamming", None, [0.5, 1, 2, 1, 0.5, 1, 1, 0.25]])
def test_stft(side, scaling, periodic, window):
    pytest.importorskip("scipy")  # Keras's windows
    window = np.array(window) if isinstance(window, list) else window
    got, expected = (
        module.STFT(side, window, scaling, periodic)((8, 1, 5))
        for module in (brisknet.initializers, keras.initializers)
    )
    close(got, expected, 1, 16)


def test_to_categorical():
    for x, classes in [
        ([0, 2, 1], None),
        ([0, 2, 1], 5),
        (3, None),
        ([[1], [0]], None),
        ([[1, 0], [2, 2]], None),
        ([[[1], [0]]], 3),
        (np.array([1.0, 0.0]), None),
        (np.array([1, 0], np.uint8), 2),
        ([], 3),
    ]:
        got = brisknet.utils.to_categorical(x, classes)
        expected = keras.utils.to_categorical(x, classes)
        assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(got, expected)


# Optimizers

OPTIMIZERS = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"momentum": 1.0}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.01, "rho": 0.8, "momentum": 0.5, "epsilon": 1e-3}),
    ("RMSprop", {"centered": True, "weight_decay": 0.1}),
    ("RMSprop", {"centered": True, "momentum": 0.9}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-3}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.3, "amsgrad": True}),
]


@pytest.mark.parametrize(("name", "arguments"), OPTIMIZERS, ids=str)
def test_optimizer(name, arguments):
    """A step rounds the weight, and some 16 times what it adds, which momentum adds up to 20 times.

    Keras takes Adam's powers of beta in float32, where 1 - beta^t cancels.
    """
    ours, theirs = (
        getattr(module, name)(**arguments) for module in (brisknet.optimizers, keras.optimizers)
    )
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")
    start = [RNG.standard_normal(shape, np.float32) for shape in ((5, 7), (7,), ())]
    names = ["kernel", "bias", "scale"]
    a, b = (
        [module.Variable(w, name=n) for w, n in zip(start, names, strict=True)]
        for module in (brisknet, keras)
    )
    if arguments.get("weight_decay"):
        ours.exclude_from_weight_decay(var_names=["bias"])
        theirs.exclude_from_weight_decay(var_names=["bias"])
    rounded = [np.zeros_like(w) for w in start]
    for step in range(20):
        before = [v.numpy() for v in a]
        gradients = [
            RNG.standard_normal(w.shape, np.float32) * 10.0 ** (step % 3 - 1) for w in start
        ]
        gradients[1][:2] = 0, 1e-8
        if step == 10:
            ours.learning_rate = theirs.learning_rate = 0.02
        if step % 2:
            ours.apply(gradients, a)
            theirs.apply(gradients, b)
        else:
            got = ours.apply_gradients(zip(gradients, a, strict=True))
            assert got == int(theirs.apply_gradients(zip(gradients, b, strict=True))) == step + 1
        betas = [getattr(ours, beta, 0) ** (step + 1) for beta in ("beta_1", "beta_2")]
        roundings = 16 * 20 + sum(2 / (1 - beta) for beta in betas)
        for total, v, w in zip(rounded, a, before, strict=True):
            total += np.abs(w) + np.abs(v.value - w).max() * roundings
    for mine, other, w, total in zip(a, b, start, rounded, strict=True):
        close(mine.value, other.value, total, 1)
        assert (mine.value != w).any()
    assert (ours.iterations, ours.learning_rate) == (20, 0.02)
    if arguments.get("weight_decay"):
        assert a[1].value[0] == start[1][0]


def test_optimizer_excludes_variables_from_decay():
    for arguments in ({"var_list": 1}, {"var_names": ["dense"]}, {"var_names": ["ker", "scale"]}):
        results = []
        for module in (brisknet, keras):
            a, b = (module.Variable([1.0, 2.0], name=name) for name in ("kernel", "bias"))
            if module is brisknet:
                a.path = b.path = "dense/x"  # as in a model; it does not count
            optimizer = module.optimizers.SGD(0.5, weight_decay=0.5)
            given = {"var_list": [b]} if "var_list" in arguments else arguments
            optimizer.exclude_from_weight_decay(var_list=[a])  # the last call is the one that holds
            optimizer.exclude_from_weight_decay(**given)
            optimizer.apply([np.zeros(2, np.float32)] * 2, [a, b])
            results.append([np.asarray(v.value) for v in (a, b)])
        np.testing.assert_array_equal(*results)


# Models

NAMES = [name for name, arguments in ACTIVATIONS if not arguments] + ["softmax", "log_softmax"]


def random_layers(rng, outputs, activation, dropout, most=4, spread=False):
    """An input shape, and (class, arguments) of layers that turn it into (outputs,).

    With `spread` the outputs keep another axis before the last.
    """
    shape = [(5,), (4, 3), (2, 3, 2)][rng.integers(3)]
    if spread and len(shape) == 1:
        shape = (4, 3)
    input_shape, layers = shape, []
    smooth = [n for n in NAMES if n not in ("softmax", "log_softmax")]
    for _ in range(rng.integers(1, most + 1)):
        kind = rng.choice(["Dense", "Activation", "Dropout", "Flatten", "Reshape", "Rescaling"])
        if kind == "Dense":
            units = int(rng.integers(3, 9))
            bias = bool(rng.integers(2))
            layers.append(
                (kind, {"units": units, "activation": rng.choice(smooth), "use_bias": bias})
            )
            shape = (*shape[:-1], units)
        elif kind == "Activation":
            layers.append((kind, {"activation": str(rng.choice(NAMES))}))
        elif kind == "Dropout":
            layers.append((kind, {"rate": dropout}))
        elif kind == "Rescaling":
            layers.append((kind, {"scale": 0.5, "offset": float(rng.integers(-1, 2))}))
        elif not spread:
            size = int(np.prod(shape))
            if kind == "Flatten":
                layers.append((kind, {}))
                shape = (size,)
            else:
                rows = 2 if size % 2 == 0 else 1
                target = (rows, -1) if rng.integers(2) else (size,)
                layers.append((kind, {"target_shape": target}))
                shape = tuple(size // rows if a == -1 else a for a in target)
    if len(shape) > 1 and not spread:
        layers.append(("Flatten", {}))
    layers.append(("Dense", {"units": outputs, "activation": activation}))
    return input_shape, layers


def built(module, input_shape, layers, given):
    """The model, its input shape given by an Input, an InputLayer or to the first layer."""
    made = [getattr(module.layers, kind)(**arguments) for kind, arguments in layers]
    for layer in made:  # drawing weights that are replaced takes Keras long
        if hasattr(layer, "kernel_initializer"):
            layer.kernel_initializer = module.initializers.Zeros()
    if given == "Input":
        return module.Sequential([module.Input(input_shape), *made])
    if given == "InputLayer":
        return module.Sequential([module.layers.InputLayer(shape=input_shape), *made])
    model = module.Sequential()
    for layer in made:
        model.add(layer)
    model.build((None, *input_shape))
    return model


def pair_of_models(rng, monkeypatch, *arguments, **more):
    """The same model in brisknet and in Keras, with the same weights."""
    monkeypatch.setattr(brisknet.names.automatic, "_counts", collections.Counter())
    keras.utils.clear_session()
    input_shape, layers = random_layers(rng, *arguments, **more)
    given = str(rng.choice(["Input", "InputLayer", "build"]))
    ours, theirs = (built(module, input_shape, layers, given) for module in (brisknet, keras))
    weights = [rng.standard_normal(w.shape) / w.shape[0] ** 0.5 for w in theirs.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def roundings_of(model):
    """Of the longest chain of sums through the model: n of them, independent, make 4 sqrt(n)."""
    chain = (16 + max((v.shape[0] for v in layer.weights), default=0) for layer in model.layers)
    return 4 * sum(chain) ** 0.5


def close_outputs(got, expected, model, factor=1):
    largest = max(1, *(np.abs(w).max() for w in model.get_weights()))
    close(got, expected, max(largest, np.abs(expected).max()), factor * roundings_of(model))


@pytest.mark.parametrize("seed", range(12))
def test_model(monkeypatch, seed):
    """Structure and prediction of random models."""
    rng = np.random.default_rng(seed)
    ours, theirs = pair_of_models(rng, monkeypatch, 3, "softmax", 0.5, spread=seed % 3 == 2)
    assert ours.name == theirs.name
    assert (ours.input_shape, ours.output_shape) == (theirs.input_shape, theirs.output_shape)
    assert ours.count_params() == theirs.count_params()
    for a, b in zip(ours.layers, theirs.layers, strict=True):
        assert (a.name, type(a).__name__) == (b.name, type(b).__name__)
        assert a.count_params() == b.count_params()
        assert [v.name for v in a.weights] == [v.name for v in b.weights]
        assert a.built == b.built
        assert ours.get_layer(a.name) is a
        assert b is theirs.get_layer(a.name)
    shape = (None, *ours.input_shape[1:])
    assert ours.compute_output_shape(shape) == theirs.compute_output_shape(shape)
    for group in (
        "weights",
        "trainable_variables",
        "trainable_weights",
    ):  # variables: random states
        a, b = getattr(ours, group), getattr(theirs, group)
        assert [v.name for v in a] == [v.name for v in b]
    ours.layers[-1].trainable = theirs.layers[-1].trainable = False
    for group in ("trainable_weights", "non_trainable_weights"):
        a, b = getattr(ours, group), getattr(theirs, group)
        assert [v.shape for v in a] == [v.shape for v in b]
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)

    x = 3 * rng.standard_normal((8, *ours.input_shape[1:]))
    x = x.astype([np.float32, np.float64, np.int64, np.uint8][seed % 4])
    expected = theirs.predict(x, verbose=0, batch_size=4)
    for got in (
        ours.predict(x, verbose=0, batch_size=3),
        ours.predict_on_batch(x),
        ours(x),
    ):
        assert (type(got), got.dtype) == (type(expected), expected.dtype)
        close_outputs(got, expected, ours)


def test_layer_outputs():
    """Layers on their own, among them those for which a shape matters."""
    x = RNG.standard_normal((4, 2, 3), np.float32)
    for kind, arguments in [
        ("Flatten", {}),
        ("Reshape", {"target_shape": (3, 2)}),
        ("Reshape", {"target_shape": (-1,)}),
        ("Reshape", {"target_shape": [1, -1, 2]}),
        ("Rescaling", {"scale": 2}),
        ("Rescaling", {"scale": [1, 2, 3], "offset": [0.5, 1, 0]}),
        ("Activation", {"activation": None}),
        ("Activation", {"activation": "swish"}),
        ("Dropout", {"rate": 0}),
        ("Dense", {"units": 2, "kernel_initializer": "ones", "bias_initializer": "ones"}),
    ]:
        ours, theirs = (getattr(module.layers, kind)(**arguments) for module in (brisknet, keras))
        expected = np.asarray(theirs(x))
        close(ours(x), expected, np.abs(expected).max(), 16)
        assert ours.compute_output_shape((None, 2, 3)) == theirs.compute_output_shape((None, 2, 3))
    np.testing.assert_array_equal(
        brisknet.layers.Flatten()(x[:, 0, 0]), keras.layers.Flatten()(x[:, 0, 0])
    )


TRAINED = [
    # loss, its output activation, the kind of target
    ("mean_squared_error", "tanh", "numbers"),
    ("mae", "linear", "numbers"),
    ("binary_crossentropy", "sigmoid", "binary"),
    (("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}), "linear", "binary"),
    ("categorical_crossentropy", "softmax", "one-hot"),
    (("CategoricalCrossentropy", {"label_smoothing": 0.2}), "softmax", "one-hot"),
    ("sparse_categorical_crossentropy", "softmax", "classes"),
    (("SparseCategoricalCrossentropy", {"from_logits": True}), "linear", "classes"),
    (("SparseCategoricalCrossentropy", {"ignore_class": 1}), "softmax", "classes"),
    (("MeanSquaredError", {"reduction": "sum"}), "linear", "numbers"),
    (("BinaryCrossentropy", {"reduction": "mean_with_sample_weight"}), "sigmoid", "binary"),
]


def targets_for(rng, kind, n, outputs):
    if kind == "numbers":
        return rng.standard_normal((n, outputs))
    if kind == "binary":
        return rng.integers(0, 2, (n, outputs))
    classes = rng.integers(0, outputs, n)
    return (
        np.eye(outputs)[classes]
        if kind == "one-hot"
        else classes.reshape((n, 1)[: rng.integers(1, 3)])
    )


def loss_of(module, loss):
    return loss if isinstance(loss, str) else getattr(module.losses, loss[0])(**loss[1])


def close_logs(got, expected, model, factor):
    assert list(got) == list(expected)
    for name in got:
        assert type(got[name]) is type(expected[name])
        a, b = np.asarray(got[name]), np.asarray(expected[name])
        close(a, b, np.maximum(1, np.abs(b)), factor * roundings_of(model))


@pytest.mark.parametrize("case", range(14))
def test_training(monkeypatch, case):
    """Weights, history and evaluation after some epochs of random models.

    Each step adds the roundings of its chain to those of the steps before it, as they are
    independent by the root of their number.
    """
    rng = np.random.default_rng(100 + case)
    loss, activation, kind = TRAINED[case % len(TRAINED)]
    name, arguments = OPTIMIZERS[case % len(OPTIMIZERS)]
    outputs = int(rng.integers(1, 3)) if kind in ("numbers", "binary") else 3
    ours, theirs = pair_of_models(rng, monkeypatch, outputs, activation, 0.0, most=2)
    n = 18 if case % 4 == 1 else 16  # Keras compiles a step for each size of a batch, here 4 and 2
    x = rng.standard_normal((n, *ours.input_shape[1:]))
    y = targets_for(rng, kind, n, outputs)
    weight = rng.random(n)
    measured = ["accuracy", "mse"] if kind in ("numbers", "binary") else ["acc"]
    for module, model in ((brisknet, ours), (keras, theirs)):
        model.compile(
            getattr(module.optimizers, name)(**arguments),
            loss_of(module, loss),
            metrics=measured if case % 4 else None,
            weighted_metrics=measured[:1] if case % 3 == 0 else None,
        )
        assert model.loss == loss or not isinstance(loss, str)

    given = {"epochs": 3, "batch_size": 4, "shuffle": False, "verbose": 0}
    weighted = {}  # all with weights or all without, for the same reason
    if case % 3 == 0:
        weighted = {"sample_weight": weight}
        given |= {"validation_split": 0.25} | weighted
    elif case % 3 == 1 and kind != "numbers":
        weighted = {"sample_weight": weight}
        given |= {"validation_data": (x[:8], y[:8], weight[:8])}
        given |= {"class_weight": {0: 2.0, 2: 0.5}}
    elif case % 3 == 1:
        given |= {"batch_size": 8, "validation_data": (x[:8], y[:8]), "validation_batch_size": 4}
    if case % 5 == 4:
        given |= {"initial_epoch": 1, "validation_freq": [3]}

    got, expected = (model.fit(x, y, **given) for model in (ours, theirs))
    factor = (3 * n / 4) ** 0.5
    assert (got.epoch, got.params) == (expected.epoch, expected.params)
    assert ours.history is got
    close_logs(got.history, expected.history, ours, factor)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        close(a, b, max(1, np.abs(b).max()), factor * roundings_of(ours))
    assert ours.optimizer.iterations == int(theirs.optimizer.iterations)

    few = (x[:4], y[:4], *(w[:4] for w in weighted.values()))
    for returns_dict in (True, False):
        results = []
        for model in (ours, theirs):
            evaluated = model.evaluate(
                x, y, batch_size=4, verbose=0, return_dict=returns_dict, **weighted
            )
            on_batch = [
                getattr(model, method)(*few, return_dict=returns_dict)
                for method in ("train_on_batch", "train_on_batch", "test_on_batch")
            ]
            results.append([evaluated, *on_batch])
        for got, expected in zip(*results, strict=True):
            assert type(got) is type(expected)
            if returns_dict:
                close_logs(got, expected, ours, 2 * factor)
            elif case % 3:  # of metrics of the same name, Keras lists one value twice
                close_logs({"": got}, {"": expected}, ours, 2 * factor)


def small_models(monkeypatch, loss="mse", **compiled):
    """The same compiled linear model of three inputs and two outputs."""
    monkeypatch.setattr(brisknet.names.automatic, "_counts", collections.Counter())
    keras.utils.clear_session()
    for module in (brisknet, keras):
        model = module.Sequential([module.Input((3,)), module.layers.Dense(2)])
        model.set_weights([np.arange(6).reshape(3, 2) / 8, np.ones(2)])
        model.compile("sgd", loss, **compiled)
        yield module, model


X, Y = np.arange(21).reshape(7, 3) / 16, np.eye(2)[[0, 1, 1, 0, 1, 0, 0]]


def test_metrics_of_the_same_name(monkeypatch):
    measured = {"metrics": ["accuracy", "acc", "accuracy", "mse", "mse"]}
    measured["weighted_metrics"] = ["accuracy", "mae", "accuracy", "mse"]
    histories = []
    for _, model in small_models(monkeypatch, **measured):
        weight = np.arange(7) / 8
        histories.append(model.fit(X, Y, validation_data=(X, Y), sample_weight=weight, verbose=0))
    ours, theirs = (h.history for h in histories)
    assert list(ours) == list(theirs)
    for name in ours:
        close(ours[name], theirs[name], 4, 64)


def test_names_of_metrics(monkeypatch):
    def own(y_true, y_pred):
        return abs(y_true - y_pred).sum(-1)

    logs = []
    for module, model in small_models(monkeypatch):
        for given in (
            "mse",
            "MeanSquaredError",
            module.metrics.MeanSquaredError,
            module.metrics.MeanSquaredError("mine"),
            module.losses.mean_absolute_error,
            own,
        ):
            model.compile("sgd", "mse", metrics=[given])
            logs.append(model.evaluate(X, Y, verbose=0, return_dict=True, batch_size=7))
    for ours, theirs in zip(logs[:6], logs[6:], strict=True):
        assert list(ours) == list(theirs)
        for name in ours:
            close(ours[name], theirs[name], 8, 64)


@pytest.mark.parametrize("shape", [(7, 1), (7, 3), (7, 2, 1), (7, 2, 3)])
def test_accuracy_is_chosen_by_shapes(monkeypatch, shape):
    y_pred = RNG.random(shape, np.float32)
    for y_true in (
        RNG.integers(0, shape[-1], shape[:-1]),
        RNG.integers(0, shape[-1], (*shape[:-1], 1)),
        np.eye(max(2, shape[-1]))[RNG.integers(0, shape[-1], shape[:-1])][..., -shape[-1] :],
    ):
        ours = brisknet.metrics.resolve("accuracy", y_true.shape, y_pred.shape)
        theirs = keras.src.trainers.compile_utils.get_metric("accuracy", y_true, y_pred)
        assert (type(ours).__name__, ours.name) == (type(theirs).__name__, theirs.name)


# Callbacks

HOOKS = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]


def recorder(module, hooks):
    """A callback that records its calls: hook, number, names in the logs; and the numbers there."""
    calls, values = [], []

    def recording(hook):
        def record(self, *arguments, logs=None):
            *number, logs = arguments if logs is None else (*arguments, logs)
            calls.append((hook, *number, list(logs)))
            values.extend(value for value in logs.values() if isinstance(value, float))
            if hook == "on_epoch_end":
                logs["added"] = 1.5  # what a callback adds becomes history
            if hook == "on_predict_batch_end":
                calls.append(np.shape(logs["outputs"]))

        return record

    methods = {hook: recording(hook) for hook in hooks}
    return type("Recorder", (module.callbacks.Callback,), methods)(), calls, values


@pytest.mark.parametrize(
    "hooks",
    [
        [hook for hook in HOOKS if "_batch_" not in hook or "train" in hook or "predict" in hook],
        [hook for hook in HOOKS if "train_batch" not in hook],
        HOOKS,
    ],
    ids=["on_train_batch", "on_batch", "all"],
)
def test_order_of_hooks(monkeypatch, hooks):
    results = []
    for module, model in small_models(monkeypatch, metrics=["mae"]):
        callback, calls, values = recorder(module, hooks)
        history = model.fit(
            X,
            Y,
            batch_size=3,
            epochs=3,
            validation_data=(X[:4], Y[:4]),
            validation_batch_size=2,
            validation_freq=2,
            shuffle=False,
            verbose=0,
            callbacks=[callback],
        )
        model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=[callback])
        model.predict(X, batch_size=4, verbose=0, callbacks=[callback])
        history = history.history
        results.append((values, calls, list(history), history["added"], callback.params))
    assert results[0][1:] == results[1][1:]
    close(results[0][0], results[1][0], 4, 64)


def test_lambda_callback_and_a_history_of_ones_own(monkeypatch):
    results = []

    def noting(calls, name):
        def note(*number, logs=None):
            *number, logs = number if logs is None else (*number, logs)
            calls.append((name, *number, list(logs)))

        return note

    for module, model in small_models(monkeypatch):
        calls = []
        callback = module.callbacks.LambdaCallback(
            on_epoch_begin=noting(calls, "begin"),
            on_train_batch_end=noting(calls, "batch"),
            on_train_end=noting(calls, "end"),
        )
        mine = module.callbacks.History()
        for _ in range(2):
            history = model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[callback, mine])
        assert history is mine is model.history
        results.append((calls, mine.epoch, len(mine.history["loss"])))
    assert results[0] == results[1]


def test_stopping_within_an_epoch(monkeypatch):
    results = []
    for module, model in small_models(monkeypatch):

        class Stop(module.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                self.model.stop_training = batch == 1

        history = model.fit(
            X, Y, batch_size=2, epochs=3, verbose=0, shuffle=False, callbacks=[Stop()]
        )
        results.append((history.epoch, history.history["loss"], model.get_weights()))
    (epochs, loss, weights), (their_epochs, their_loss, their_weights) = results
    assert epochs == their_epochs == [0]
    close(loss, their_loss, 4, 64)
    for a, b in zip(weights, their_weights, strict=True):
        close(a, b, 2, 64)


class FakeModel:
    """What EarlyStopping uses of a model."""

    def __init__(self, metrics):
        self.metrics = metrics
        self.weights = 0
        self.stop_training = False

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def fake_models():
    metric = keras.metrics.BinaryAccuracy("accuracy")
    yield keras.callbacks, FakeModel([keras.src.trainers.compile_utils.MetricsList([metric])])
    yield brisknet.callbacks, FakeModel([brisknet.metrics.BinaryAccuracy("accuracy")])


@pytest.mark.filterwarnings(
    "ignore:.*not available:UserWarning", "ignore:.*there is no:UserWarning"
)
@pytest.mark.parametrize("seed", range(60))
def test_early_stopping(seed):
    """The same decisions for the same metrics, which are eighths, exact in float32, or NaN."""
    rng = np.random.default_rng(seed)
    arguments = {
        "monitor": str(rng.choice(["loss", "val_loss", "accuracy", "val_accuracy"])),
        "min_delta": float(rng.choice([0, 0.125, -0.25])),
        "patience": int(rng.integers(0, 4)),
        "mode": str(rng.choice(["auto", "auto", "min", "max"])),
        "baseline": [None, 0.5][rng.integers(2)],
        "restore_best_weights": bool(rng.integers(2)),
        "start_from_epoch": int(rng.integers(0, 3)),
    }
    values = [float(v) for v in rng.integers(0, 9, 14) / 8]
    if seed % 5 == 0:
        values[rng.integers(14)] = NAN
    gaps = rng.integers(0, 30, 2)  # epochs without the metric
    results = []
    for module, model in fake_models():
        callback = module.EarlyStopping(**arguments)
        callback.set_model(model)
        seen = []
        for _ in range(2):  # it can be used again
            model.stop_training = False
            callback.on_train_begin()
            for epoch, value in enumerate(values):
                model.weights = epoch
                callback.on_epoch_end(epoch, {} if epoch in gaps else {arguments["monitor"]: value})
                state = (callback.wait, callback.best, callback.best_epoch, callback.best_weights)
                seen.append((epoch, model.stop_training, callback.stopped_epoch, *state))
                if model.stop_training:
                    break
            callback.on_train_end()
            seen.append(model.weights)
        results.append(seen)
    assert repr(results[0]) == repr(results[1])


def test_early_stopping_of_an_unknown_direction():
    for module, model in fake_models():
        callback = module.EarlyStopping("val_mine")
        callback.set_model(model)
        callback.on_train_begin()
        with pytest.raises(ValueError, match="val_mine"):
            callback.on_epoch_end(0, {"val_mine": 1.0})
