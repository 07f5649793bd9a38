"""The same calls in brisknet and in Keras 3: signatures, defaults, identifiers, numbers, hooks.

Skipped where Keras or JAX is not installed.

Tolerances count float32 roundings: each is U = 2^-24 of the largest number that takes part in it.
Keras rounds as often as brisknet does, so every bound is twice the count of one side. What a test
counts is said beside it. Keras on XLA flushes subnormal numbers to zero, so NORMAL is always
allowed.
"""

import inspect
import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
jax = pytest.importorskip("jax")
keras = pytest.importorskip("keras")
if keras.backend.backend() != "jax":
    pytest.skip("Keras runs on another backend", allow_module_level=True)

import brisknet  # noqa: E402 - what may be missing comes first
from brisknet import activations, ops  # noqa: E402
from reference import U  # noqa: E402

NORMAL = 2.0**-126
INF, NAN = np.inf, np.nan
RNG = np.random.default_rng(3)


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
    activations callbacks datasets.mnist initializers layers losses metrics models optimizers random
    utils
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
    ("load_data", "path"): "the data are bundled: a path is a file or folder to read, not a cache",
}

CALLABLES = {path: (ours, theirs) for path, ours, theirs in callables()}


@pytest.mark.parametrize("path", CALLABLES)
def test_signature(path):
    """Each parameter that brisknet has is Keras's, at the same place and with the same default."""
    ours, theirs = (inspect.signature(f).parameters for f in CALLABLES[path])
    hidden = any(p.kind is p.VAR_POSITIONAL for p in theirs.values())  # behind *args
    places = {name: place for place, name in enumerate(theirs)}
    for place, (name, parameter) in enumerate(ours.items()):
        if parameter.kind is parameter.VAR_KEYWORD or (path.split(".")[-1], name) in DIFFERENT:
            continue
        if name not in theirs and hidden:
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
    try:
        return hasattr(module, name)
    except ImportError:
        return True


@pytest.mark.parametrize("module", "activations initializers losses metrics optimizers".split())
def test_identifiers(module):
    """Each of Keras's names for what brisknet has means the same in `get`."""
    ours, theirs = resolved(brisknet, module), resolved(keras, module)
    known = resolved(keras.src, module).ALL_OBJECTS_DICT
    count = 0
    for identifier, thing in known.items():
        if not exists_or_is_refused(ours, thing.__name__) or thing.__name__ not in dir(ours):
            continue
        if thing.__name__ in "Initializer Layer Loss Metric Optimizer".split():
            continue
        if thing.__name__ == "MeanMetricWrapper":  # needs an argument
            continue
        got = ours.get(identifier)
        # Keras's `get` of "Constant" raises KeyError.
        expected = thing() if thing.__name__ == "Constant" else theirs.get(identifier)
        count += 1
        if inspect.isfunction(expected):
            assert got is getattr(ours, expected.__name__), identifier
        else:
            assert type(got).__name__ == type(expected).__name__, identifier
            assert getattr(got, "name", None) == getattr(expected, "name", None), identifier
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
ACTIVATIONS = [
    *((name, {}) for name in activations.__all__ if name != "get"),
    *(
        ("relu", {"negative_slope": slope, "max_value": most, "threshold": threshold})
        for slope in (0.0, 0.25, -0.5)
        for most in (None, 0.0, 2.5, 6.0)
        for threshold in (0.0, 1.0, -2.0, 3.5)
    ),
    *(("leaky_relu", {"negative_slope": slope}) for slope in (0.0, 0.01, 0.5)),
    *(("elu", {"alpha": alpha}) for alpha in (0.0, 0.3, 2.0)),
    ("gelu", {"approximate": True}),
]
each_activation = pytest.mark.parametrize(
    ("name", "arguments"), ACTIVATIONS, ids=lambda a: a if isinstance(a, str) else str([*a.values()])
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
    close(got, expected, scale, roundings, 2 * NORMAL * np.maximum(np.abs(finite), 1))


@each_activation
def test_activation_gradient(name, arguments):
    """A few roundings of dy times the slope, which has terms of the size of x in silu and gelu."""
    ties = [-3, 3] if name == "hard_sigmoid" else []  # JAX takes half of the slope at a clip's end
    limits = [arguments.get("max_value"), arguments.get("threshold"), 0] if name == "relu" else []
    x = POINTS[np.isfinite(POINTS) & (np.abs(POINTS) < 1e18) & (np.abs(POINTS) > 1e-37)]
    x = x[~np.isin(x, [v for v in ties + limits if v is not None])]
    if "softmax" in name:
        x = x[:800].reshape(20, 40)
    dy = RNG.standard_normal(x.shape, np.float32)
    theirs = getattr(keras.activations, name)
    expected = jax.vjp(lambda v: theirs(v, **arguments), x)[1](dy)[0]
    if arguments:
        given = arguments | {"max_value": INF} if arguments.get("max_value", 0) is None else arguments
        full = "gelu_tanh" if name == "gelu" else name
        got = ops.activation_backward(full, x, dy, **({} if name == "gelu" else given))
    else:
        got = activations.forward(getattr(activations, name), x)[1](dy)
    scale = np.maximum(np.abs(expected), np.abs(dy))
    if name in ("silu", "swish", "gelu"):
        scale = scale * np.maximum(np.abs(x), 1)
    if "softmax" in name:  # a sum along the row, of which each element takes part
        scale = np.maximum(scale, np.abs(dy).sum(-1, keepdims=True))
    close(got, expected, scale, 16)
