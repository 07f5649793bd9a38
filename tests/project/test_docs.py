"""The examples of the documentation run, page by page, and give what they say."""

import base64
import doctest
import importlib
import inspect
import io
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import brisknet
from brisknet.names import automatic as naming

ROOT = Path(__file__).parents[2]
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


def test_navigation_is_one_short_row():
    text = (ROOT / "docs" / "index.md").read_text("utf-8")
    entries = re.search(r"```\{toctree\}\n:hidden:\n\n(.*?)```", text, re.DOTALL)[1].split("\n")
    titles = [entry.partition(" <")[0].capitalize() for entry in entries if entry]
    assert titles == ["Guide", "Reference", "Performance", "Gallery"]


def test_every_tutorial_is_in_the_guide():
    guide = (ROOT / "docs" / "guide.md").read_text("utf-8")
    tutorials = [path.stem for path in (ROOT / "examples" / "tutorials").glob("*.py")]
    assert len(tutorials) >= 6
    for name in tutorials:
        assert f"\ntutorials/{name}\n" in guide


@pytest.fixture
def keras_names(monkeypatch):
    """The Sphinx extension that makes the tables of names."""
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(ROOT / "docs")
    monkeypatch.delitem(sys.modules, "keras_names", raising=False)
    import keras_names

    return keras_names


def test_differences_are_of_names_that_there_are(keras_names):
    members = [f"{name}.{m}" for name, own in keras_names.OWN_MEMBERS.items() for m in own]
    for key in [*keras_names.DIFFERENT, *members]:
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
    assert all(name and arguments for name, arguments in found.items())


def test_tables_tell_own_names_from_keras(keras_names):
    """plot_history is no name of Keras's; its normalize and Sequence are, hidden in its pages."""
    table = keras_names.KerasNames.lines(None, "brisknet.utils")
    rows = dict(zip(table[3::2], table[4::2], strict=True))
    same, own = rows["   * - as in Keras"], rows["   * - brisknet's own"]
    assert "plot_history" in own
    assert "plot_history" not in same
    assert "to_categorical" not in own
    for name in ("normalize", "plot_model", "Sequence", "to_categorical"):
        assert f"`{name} <" in same
    for name in keras_names.KERAS["modules"]["keras.utils"].split():
        assert name in rows.get("   * - refused", "") + same + "".join(rows)


def shared_modules(keras_names):
    """The modules of brisknet's that Keras has too."""
    for name in keras_names.KERAS["modules"]:
        try:
            module = importlib.import_module(name.replace("keras", "brisknet", 1))
        except ImportError:
            continue
        if module is not brisknet.ops:  # has other names
            yield module


def test_from_keras_has_a_table_for_each_module(keras_names):
    page = (ROOT / "docs" / "from-keras.md").read_text("utf-8")
    assert f"Keras {keras_names.KERAS['version']}" in page
    for module in shared_modules(keras_names):
        if not module.__name__.startswith("brisknet.datasets."):
            assert f"```{{keras-names}} {module.__name__}\n" in page


def test_what_the_tables_call_refused_is_refused_by_name(keras_names):
    modules = list(shared_modules(keras_names))
    assert brisknet.layers in modules
    for module in modules:
        for name in keras_names.refused(module):
            with pytest.raises(ImportError) as raised:
                exec(f"from {module.__name__} import {name}", {})
            assert "supported" in str(raised.value), (module.__name__, name)


def test_the_reference_has_no_internals(keras_names):
    said = keras_names.members(brisknet.layers, "Layer")
    assert {"add_weight", "build", "forward", "get_config", "weights"} <= set(said)
    assert "ensure_built" not in said
    assert "add_loss" not in said  # refused by a descriptor
    assert {"fit", "predict", "summary", "save"} <= set(
        keras_names.members(brisknet.models, "Sequential")
    )
    assert "takes_compressed" not in keras_names.members(brisknet.models, "Sequential")
    assert "begin_step" not in keras_names.members(brisknet.optimizers, "Optimizer")


def test_the_reference_has_every_public_name(keras_names):
    """Of brisknet's public modules, also those that are imported by their own name alone."""
    pytest.importorskip("sklearn")
    directive = re.compile(r"^```\{members\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    said = set()
    for page in (ROOT / "docs" / "reference").glob("*.md"):
        for name, content in directive.findall(page.read_text("utf-8")):
            module = importlib.import_module(name)
            listed = [line for line in content.split("\n") if line and line[0] != ":"]
            said |= {id(getattr(module, n)) for n in listed or keras_names.supported(module)}
    public = [getattr(brisknet, n) for n in brisknet.__all__]
    modules = [brisknet, *filter(inspect.ismodule, public)]
    modules.append(importlib.import_module("brisknet.sklearn"))
    for module in modules:
        for name in keras_names.supported(module):
            value = getattr(module, name)
            assert inspect.ismodule(value) or id(value) in said, (module.__name__, name)
            if inspect.ismodule(value) and value not in modules:
                modules.append(value)
    assert len(modules) > 15


def test_the_reference_has_what_estimators_define(keras_names):
    pytest.importorskip("sklearn")
    sklearn = importlib.import_module("brisknet.sklearn")
    assert {"fit", "partial_fit", "predict", "predict_proba"} <= set(
        keras_names.members(sklearn, "MLPClassifier")
    )
    assert "set_fit_request" not in keras_names.members(sklearn, "MLPClassifier")


@pytest.fixture
def dark_pictures(monkeypatch):
    pytest.importorskip("sphinx")
    pytest.importorskip("matplotlib")
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("dark_pictures")


def test_dark_pictures_turn_lightness_and_keep_hue(dark_pictures):
    svg = '<svg width="9"><path style="fill: #ffffff; stroke: #000000"/><g fill="white"/></svg>'
    dark = dark_pictures.dark(svg)
    ground, ink = map(dark_pictures.as_hex, (dark_pictures.GROUND, dark_pictures.INK))
    assert dark == (
        f'<svg fill="{ink}" width="9"><path style="fill: {ground}; stroke: {ink}"/>'
        f'<g fill="{ground}"/></svg>'
    )
    blue = dark_pictures.darkened(np.array([0.0, 0.2, 0.4]))
    assert blue.argsort().tolist() == [0, 1, 2]
    assert blue.mean() > 0.5


def test_dark_pictures_leave_grey_rasters(dark_pictures):
    image = pytest.importorskip("matplotlib.image")

    def embedded(pixels):
        file = io.BytesIO()
        image.imsave(file, pixels, format="png")
        text = base64.b64encode(file.getvalue()).decode()
        return f'<svg ><image href="data:image/png;base64,{text}"/>'

    grey = np.repeat(np.linspace(0, 1, 12).reshape(3, 4, 1), 3, axis=2)
    coloured = grey * [1.0, 0.5, 0.2]
    assert embedded(grey)[6:] in dark_pictures.dark(embedded(grey))
    assert embedded(coloured)[6:] not in dark_pictures.dark(embedded(coloured))
