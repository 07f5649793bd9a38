"""The examples in the docstrings give what they say."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import brisknet

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(brisknet.__path__, "brisknet.")
    if name.rpartition(".")[2] != "_core"
]


@pytest.mark.skipif(np.__version__ < "2", reason="NumPy 1 prints its scalars as plain numbers")
@pytest.mark.parametrize("name", ["brisknet", *MODULES])
def test_examples(name):
    if name.startswith("brisknet.sklearn"):
        pytest.importorskip("sklearn")
    module = importlib.import_module(name)
    # Each sees NumPy and the layers, without import lines that repeat themselves.
    names = {"np": np, "layers": brisknet.layers, "Variable": brisknet.Variable}
    failed, _ = doctest.testmod(module, extraglobs=names | vars(module))
    assert failed == 0


def test_there_are_examples():
    assert len(MODULES) > 20
    found = doctest.DocTestFinder().find(brisknet.ops.activations)
    assert sum(bool(test.examples) for test in found) > 20
