"""The same calls in brisknet and in Keras 3: signatures, defaults, identifiers, numbers, hooks.

Skipped where Keras or JAX is not installed (the extra `oracle`).

Tolerances are counts of float32 roundings, U = 2^-24 of the largest number that takes part in each. Both sides round, so
every bound is twice the count of one side. Keras on XLA flushes subnormal numbers to zero: NORMAL is always allowed.
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

import jax.numpy as jnp  # noqa: E402 - what may be missing comes first
from reference import U  # noqa: E402

import brisknet  # noqa: E402
from brisknet import activations, losses, metrics  # noqa: E402

NORMAL = 2.0**-126
INF = np.inf


def close(got, expected, scale, roundings):
    """|got - expected| <= 2 * roundings * U * scale, and the same shapes."""
    __tracebackhide__ = True
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    assert got.shape == expected.shape
    bound = np.broadcast_to(2 * roundings * U * np.abs(scale) + NORMAL, got.shape)
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        fits = same | (np.abs(got - expected) <= bound)
    if not fits.all():
        error = np.where(fits, 0, np.abs(got - expected) / bound)
        at = np.unravel_index(np.argmax(np.where(np.isnan(error), INF, error)), error.shape)
        pytest.fail(
            f"{np.sum(~fits)} of {fits.size} differ, worst at {tuple(map(int, at))}: brisknet "
            f"{got[at]!r}, Keras {expected[at]!r}, {error[at]:.3g} times the bound {bound[at]:.3g}"
        )


# Signatures

MODULES = (
    "activations callbacks datasets.mnist initializers layers losses metrics models optimizers random "
    "utils"
).split()


def resolved(root, path):
    for part in filter(None, path.split(".")):
        root = getattr(root, part)
    return root


def callables():
    """(path, brisknet's, Keras's) for all classes, their methods and all functions that both have."""
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


# What differs on purpose: (path, parameter) and why. A path holds for the class wherever it is exported.
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
    open_ended = any(p.kind is p.VAR_POSITIONAL for p in theirs.values())
    places = {name: place for place, name in enumerate(theirs)}
    for place, (name, parameter) in enumerate(ours.items()):
        if parameter.kind is parameter.VAR_KEYWORD or (path.split(".")[-1], name) in DIFFERENT:
            continue
        if name not in theirs and open_ended:  # Keras hides its parameters behind *args
            continue
        assert name in theirs, f"{name} is not Keras's"
        assert repr(parameter.default) == repr(theirs[name].default), f"the default of {name}"
        if not open_ended and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            if theirs[name].kind is parameter.POSITIONAL_OR_KEYWORD:
                assert place == places[name], f"the place of {name}"


def test_signatures_are_compared():
    assert len(CALLABLES) > 150


@pytest.mark.parametrize("module", ["", *MODULES])
def test_what_is_missing_is_refused_by_name(module):
    ours, theirs = resolved(brisknet, module), resolved(keras, module)
    for name in dir(theirs):
        if name.startswith("_") or name in ("src", "version") or hasattr_or_refused(ours, name):
            continue
        pytest.fail(f"{module}.{name} is neither there nor refused")


def hasattr_or_refused(module, name):
    try:
        return hasattr(module, name)
    except ImportError:
        return True
