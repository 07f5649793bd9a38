"""Keras's names for what brisknet has mean the same in `get`."""

import inspect
import re

import pytest

import brisknet
from brisknet.names.refused_names import refusal
from oracle import keras


def resolved(root, path):
    for part in filter(None, path.split(".")):
        root = getattr(root, part)
    return root


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
