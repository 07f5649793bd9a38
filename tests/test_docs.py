"""The examples of the documentation run, page by page, and give what they say."""

import doctest
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import brisknet
from brisknet import naming

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Too long for a test.
SHORTER = {"epochs=50": "epochs=1"}

# What a page needs beside brisknet's own dependencies, as imports.
NEEDS = {
    "data.md": ["scipy"],
    "from-scikit-learn.md": ["sklearn"],
    "onnx.md": ["onnx", "onnxruntime"],
    "pictures.md": ["matplotlib"],
}


def blocks(page):
    """The blocks of Python in a page, with the lines at which they begin."""
    text = page.read_text()
    for long, short in SHORTER.items():
        text = text.replace(long, short)
    return [(text.count("\n", 0, m.start(1)), m[1]) for m in BLOCK.finditer(text)]


@pytest.mark.skipif(np.__version__ < "2", reason="NumPy 1 prints its scalars as plain numbers")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples(page, tmp_path, monkeypatch, machine):
    for module in NEEDS.get(page.name, []):
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(naming, "_counts", naming.collections.Counter())  # dense, dense_1, …
    names = {"__name__": "__main__"}
    for line, block in blocks(page):
        if block.startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(block, names, page.name, str(page), line)
            result = doctest.DocTestRunner().run(test, clear_globs=False)
            names.update(test.globs)
            assert result.failed == 0
        else:
            exec(compile("\n" * line + block, page, "exec"), names)


def test_there_are_examples():
    assert len(PAGES) > 5
    assert sum(len(blocks(page)) for page in PAGES) > 30


@pytest.fixture
def keras_names(monkeypatch):
    """The Sphinx extension that makes the tables of names."""
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(ROOT / "docs")
    monkeypatch.delitem(sys.modules, "keras_names", raising=False)
    import keras_names

    return keras_names


def test_differences_are_of_names_that_there_are(keras_names):
    for key in [*keras_names.DIFFERENT, *keras_names.OWN]:
        value = brisknet
        for name in key.split("."):
            value = getattr(value, name)


def test_tables_have_all_names(keras_names):
    names = keras_names.refused(brisknet.layers)
    assert "LSTM" in names
    assert not set(names) & set(keras_names.supported(brisknet.layers))
    assert "Dense" in keras_names.supported(brisknet.layers)
    found = keras_names.refused_arguments()
    assert "lora_rank" in found["Dense"]
    assert not [name for name in found if not name]
