"""The scripts beside real Keras: `scripts/keras.json` has its numbers.

For scripts that are new or changed they are laid down anew by

    PYTHONPATH=tests/helpers python tests/keras/test_scripts_beside_keras.py [NAME...]
"""

import contextlib
import io
import os
import sys
import tempfile
import warnings

import pytest

import oracle  # noqa: F401 - skips this file where Keras is not there
from keras_scripts import (
    FOLDER,
    NAMES,
    RANDOM,
    assert_agree,
    for_keras,
    laid_down,
    lay_down,
    needs,
    results_of,
)


def of_keras(name):
    with warnings.catch_warnings():  # Keras's own
        warnings.simplefilter("ignore")
        return results_of(name, for_keras)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in RANDOM])
def test_the_numbers_laid_down_are_keras(name, tmp_path, monkeypatch):
    needs((FOLDER / f"{name}.py").read_text())
    monkeypatch.chdir(tmp_path)
    assert_agree(of_keras(name), laid_down()[name])


@pytest.mark.parametrize("name", RANDOM)
def test_the_places_laid_down_are_keras(name, tmp_path, monkeypatch):
    """Its draws may differ from machine to machine: only the names are compared."""
    monkeypatch.chdir(tmp_path)
    assert sorted(of_keras(name)) == sorted(laid_down()[name])


if __name__ == "__main__":
    results = laid_down() if sys.argv[1:] else {}
    for name in sys.argv[1:] or NAMES:
        with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            results[name] = of_keras(name)
    lay_down(results)
