"""Pictures of models, trainings and predictions."""

import itertools
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import brisknet as keras
from brisknet import callbacks, layers, utils

SVG = "{http://www.w3.org/2000/svg}"
STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.fixture
def model():
    inner = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dropout(0.1)], name="pair")
    frozen = layers.Dense(2, activation="softmax", name="a&b", trainable=False)
    return keras.Sequential([keras.Input((3,)), layers.Rescaling(2.0), inner, frozen])


def history_of(**values):
    history = callbacks.History()
    history.history = values
    return history


# --- models, as SVG: without matplotlib


def texts(path):
    root = ElementTree.parse(path).getroot()
    return [element.text for element in root.iter(f"{SVG}text")]


def titles(path):
    root = ElementTree.parse(path).getroot()
    return [e.text for e in root.iter(f"{SVG}text") if e.get("font-weight") == "bold"]


def test_model_as_svg(tmp_path, model):
    utils.plot_model(model, tmp_path / "m.svg")
    assert titles(tmp_path / "m.svg") == ["Input", "Rescaling", "Sequential", "Dense"]


def test_what_cards_show(tmp_path, model):
    utils.plot_model(
        model,
        str(tmp_path / "m.svg"),
        show_shapes=True,
        show_dtype=True,
        show_layer_names=True,
        expand_nested=True,
        show_layer_activations=True,
        show_trainable=True,
    )
    rescaling, dense, dropout = (
        model.layers[0].name,
        *(layer.name for layer in model.layers[1].layers),
    )
    shapes = ["input", "(None, 3)", "output", "(None, 3)", "dtype", "float32"]
    assert texts(tmp_path / "m.svg") == [
        "Input", "output", "(None, 3)", "dtype", "float32",
        f"{rescaling} (Rescaling)", *shapes,
        "pair",
        f"{dense} (Dense)", "activation", "relu", "input", "(None, 3)", "output", "(None, 4)",
        "dtype", "float32", "parameters", "16", "trainable", "yes",
        f"{dropout} (Dropout)", "input", "(None, 4)", "output", "(None, 4)", "dtype", "float32",
        "a&b (Dense)", "activation", "softmax", "input", "(None, 4)", "output", "(None, 2)",
        "dtype", "float32", "parameters", "10", "trainable", "no",
    ]  # fmt: skip


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
@pytest.mark.parametrize("expand_nested", [False, True])
def test_directions(tmp_path, model, rankdir, expand_nested):
    utils.plot_model(
        model, tmp_path / "m.svg", rankdir=rankdir, expand_nested=expand_nested, show_shapes=True
    )
    root = ElementTree.parse(tmp_path / "m.svg").getroot()
    width, height = float(root.get("width")), float(root.get("height"))
    lines = [
        [float(line.get(end)) for end in ("x1", "y1", "x2", "y2")]
        for line in root.iter(f"{SVG}line")
    ]
    assert len(lines) == (4 if expand_nested else 3)
    ahead = {"TB": (0, 1), "BT": (0, -1), "LR": (1, 0), "RL": (-1, 0)}[rankdir]
    for x1, y1, x2, y2 in lines:
        assert (np.sign(x2 - x1), np.sign(y2 - y1)) == ahead
    titles = [e for e in root.iter(f"{SVG}text") if e.get("font-weight") == "bold"]
    places = [float(e.get("x")) * ahead[0] + float(e.get("y")) * ahead[1] for e in titles]
    inputs = [e.text for _, e in sorted(zip(places, titles, strict=True), key=lambda pair: pair[0])]
    inner = ["Dense", "Dropout"] if expand_nested else ["Sequential"]
    assert inputs == ["Input", "Rescaling", *inner, "Dense"]
    for box in root.iter(f"{SVG}rect"):
        if box.get("x"):
            assert 0 <= float(box.get("x")) <= width - float(box.get("width"))
            assert 0 <= float(box.get("y")) <= height - float(box.get("height"))


def deep(*layer_lists):
    return keras.Sequential([keras.Input((8,)), *itertools.chain(*layer_lists)])


def block():
    return [layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.1)]


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
def test_repetitions_of_deep_models_are_folded(tmp_path, rankdir):
    model = deep([layers.Dense(8)], *(block() for _ in range(20)), [layers.Dense(2)])
    utils.plot_model(model, tmp_path / "m.svg", rankdir=rankdir, show_shapes=True)
    forward = ["Input", "Dense", "Dense", "BatchNormalization", "Dropout", "Dense"]
    backward = rankdir in ("BT", "RL")
    assert titles(tmp_path / "m.svg") == (forward[::-1] if backward else forward)
    assert "20 times" in texts(tmp_path / "m.svg")
    utils.plot_model(model, tmp_path / "m.svg", rankdir=rankdir, fold=False)
    assert len(titles(tmp_path / "m.svg")) == 1 + 62
    assert "20 times" not in texts(tmp_path / "m.svg")


def test_what_differs_is_not_folded(tmp_path):
    """Layers of other sizes or settings are no repetition; names are."""
    model = deep(*([layers.Dense(8 + i % 17)] for i in range(40)))
    utils.plot_model(model, tmp_path / "m.svg")
    drawn = titles(tmp_path / "m.svg")
    assert drawn.count("17 more") == 1  # of 41 cards 24 are drawn
    assert len(drawn) == 25
    model = deep(*(block() for _ in range(20)))
    utils.plot_model(model, tmp_path / "m.svg", show_layer_names=True)
    assert "20 times" in texts(tmp_path / "m.svg")
    small = deep(*(block() for _ in range(7)))
    utils.plot_model(small, tmp_path / "m.svg")
    assert len(titles(tmp_path / "m.svg")) == 1 + 21


def test_deep_models_within_models_are_folded(tmp_path):
    inner = keras.Sequential([layer for _ in range(20) for layer in block()], name="inside")
    utils.plot_model(deep([inner]), tmp_path / "m.svg", expand_nested=True)
    assert titles(tmp_path / "m.svg") == ["Input", "Dense", "BatchNormalization", "Dropout"]
    assert {"inside", "20 times"} <= set(texts(tmp_path / "m.svg"))


def contrast(one, other):
    def luminance(colour):
        c = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.21, 0.72, 0.07]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_colours_tell_kinds_and_are_read_well(tmp_path, dark):
    class Own(layers.Layer):
        def forward(self, x):
            return x, lambda dy: dy

    class Mine(layers.Dense):
        pass

    parts = [Mine(4), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.1), Own()]
    utils.plot_model(deep(parts, [keras.Sequential([Mine(2)])]), tmp_path / "m.svg", dark=dark)
    root = ElementTree.parse(tmp_path / "m.svg").getroot()
    page, *boxes = root.iter(f"{SVG}rect")
    cards = [box.get("fill") for box in boxes]
    headers = cards[1::2]
    assert len(headers) == len(set(headers)) == 7  # the input, and six kinds
    assert len(set(cards[::2])) == 1
    for text in root.iter(f"{SVG}text"):
        bold = text.get("font-weight") == "bold"
        for behind in headers if bold else {cards[0]}:
            colour = "#ffffff" if text.get("fill") == "white" else text.get("fill")
            assert contrast(colour, behind) >= 4.5
    assert (contrast(page.get("fill"), "#ffffff") < 1.1) != dark
    line = next(root.iter(f"{SVG}line"))
    assert contrast(line.get("stroke"), page.get("fill")) >= 3


def test_the_same_model_gives_the_same_file(tmp_path, model):
    for form in ("svg", "png", "pdf"):
        if form != "svg":
            pytest.importorskip("matplotlib")
        for name in ("a", "b"):
            utils.plot_model(model, tmp_path / f"{name}.{form}")
        assert (tmp_path / f"a.{form}").read_bytes() == (tmp_path / f"b.{form}").read_bytes()


def test_functions_of_ones_own_as_activations(tmp_path):
    def doubled(x):
        return 2 * x, lambda dy: 2 * dy

    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, activation=doubled)])
    utils.plot_model(model, tmp_path / "m.svg", show_layer_activations=True)
    assert texts(tmp_path / "m.svg") == [
        "Input", "Dense", "activation", "doubled", "parameters", "8",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"rankdir": "up"}, ValueError, r"expected rankdir 'TB', 'BT', 'LR', 'RL', got 'up'"),
        ({"splines": "curved"}, ValueError, "expected splines 'ortho', got 'curved'"),
        (
            {"to_file": "m.jpeg"},
            ValueError,
            r"expected to_file: a name that ends in .png, .svg or .pdf, got 'm.jpeg'",
        ),
        ({"model": 3}, TypeError, "expected model: a Sequential, got 3"),
        ({"model": keras.Sequential([layers.Dense(2)])}, ValueError, "expected a built model"),
    ],
)
def test_models_that_cannot_be_drawn(tmp_path, model, monkeypatch, arguments, error, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=rf"\[plot_model\] {message}"):
        utils.plot_model(**({"model": model} | arguments))
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_errors_name_the_extra(tmp_path, model, monkeypatch):
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.patches"):
        monkeypatch.setitem(sys.modules, name, None)
    utils.plot_model(model, tmp_path / "m.svg")
    for plot in (
        lambda: utils.plot_model(model, tmp_path / "m.png"),
        lambda: history_of(loss=[1.0]).plot(),
        lambda: utils.plot_confusion_matrix([0, 1], [0, 1]),
    ):
        with pytest.raises(ImportError, match=r"pip install 'brisknet\[plot\]'"):
            plot()


# --- with matplotlib


def width_of(png):
    return int.from_bytes(png[16:20], "big")


def test_model_as_png(tmp_path, model):
    pytest.importorskip("matplotlib")
    utils.plot_model(model, tmp_path / "m.svg")
    width = float(ElementTree.parse(tmp_path / "m.svg").getroot().get("width"))
    for dpi in (96, 200):
        utils.plot_model(model, tmp_path / "m.png", dpi=dpi)
        assert width_of((tmp_path / "m.png").read_bytes()) == int(width * dpi / 96)


def test_letters_fit_into_cards(tmp_path):
    """The widths that an SVG reckons with are those of the widest font in its list, at least."""
    pytest.importorskip("matplotlib")
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    from brisknet.plots import cards as drawing

    for text in ("batch_normalization_12 (BatchNormalization)", "output  (None, 128, 128, 64)"):
        for size, weight, factor in ((12, "normal", 1), (14, "bold", 1.1)):
            font = FontProperties(family="DejaVu Sans", weight=weight, size=size)
            taken = TextPath((0, 0), text, prop=font).get_extents().width
            assert taken <= factor * drawing._width(text, size)


def test_history(tmp_path):
    pytest.importorskip("matplotlib")
    values = {"accuracy": [0.1, 0.5], "loss": [2.0, 1.0], "val_loss": [3.0, 2.0], "lr": [1, 1]}
    figure = history_of(**values).plot(to_file=tmp_path / "h.png", dpi=50)
    assert width_of((tmp_path / "h.png").read_bytes()) == 3 * 4.5 * 50
    assert [axes.get_title("left") for axes in figure.axes] == ["loss", "accuracy", "lr"]
    assert all(axes.get_xlabel() == "epoch" for axes in figure.axes)
    training, validation, best, *_ = figure.axes[0].lines
    assert best.get_label() == "best 2.0000, epoch 2"
    assert training.get_label() == "training"
    assert validation.get_label() == "validation"
    assert training.get_xdata().tolist() == [1, 2]
    assert validation.get_ydata().tolist() == [3.0, 2.0]
    assert training.get_color() != validation.get_color()
    assert training.get_linestyle() != validation.get_linestyle()
    assert [line.get_label() for line in figure.axes[2].lines] == ["_"]  # nothing is best there


def test_history_of_fit():
    pytest.importorskip("matplotlib")
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0)
    for drawn in (history.plot("loss"), utils.plot_history(history.history, metrics=["loss"])):
        assert [axes.get_title("left") for axes in drawn.axes] == ["loss"]
        assert list(drawn.axes[0].lines[0].get_ydata()) == history.history["loss"]


@pytest.mark.parametrize(
    ("history", "metrics", "error", "message"),
    [
        ([1.0], None, TypeError, "expected history: what fit returned, got list"),
        ({}, None, ValueError, "expected a history of at least one epoch"),
        ({"loss": []}, None, ValueError, "expected a history of at least one epoch"),
        ({"loss": [1.0]}, "mae", ValueError, "expected metrics among 'loss', got 'mae'"),
    ],
)
def test_history_errors(history, metrics, error, message):
    with pytest.raises(error, match=rf"\[plot_history\] {message}"):
        utils.plot_history(history, metrics)


TRUE, PREDICTED = [0, 0, 0, 1, 2, 2], [0, 0, 1, 1, 2, 0]
COUNTS = np.array([[2, 1, 0], [0, 1, 0], [1, 0, 1]])


def drawn(figure):
    return figure.axes[0].images[0].get_array()


@pytest.mark.parametrize(
    ("normalize", "shares"),
    [
        (None, COUNTS),
        ("true", COUNTS / [[3], [1], [2]]),
        ("pred", COUNTS / [3, 2, 1]),
        ("all", COUNTS / 6),
    ],
)
def test_confusion_matrix(normalize, shares):
    pytest.importorskip("matplotlib")
    figure = utils.plot_confusion_matrix(TRUE, PREDICTED, ["cat", "dog", "owl"], normalize)
    np.testing.assert_allclose(drawn(figure), shares)
    axes = figure.axes[0]
    form = "{}" if normalize is None else "{:.2f}"
    assert [t.get_text() for t in axes.texts] == [form.format(s) for s in shares.ravel() if s]
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["cat", "dog", "owl"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")


def test_forms_of_classes():
    pytest.importorskip("matplotlib")
    scores = np.eye(3)[PREDICTED] + 0.1
    for true in (TRUE, np.array(TRUE)[:, None], np.eye(3)[TRUE], np.array(TRUE, np.float32)):
        for predicted in (PREDICTED, scores):
            assert (drawn(utils.plot_confusion_matrix(true, predicted)) == COUNTS).all()


def test_a_class_without_samples_has_shares_of_zero():
    pytest.importorskip("matplotlib")
    figure = utils.plot_confusion_matrix([0, 1], [0, 1], ["a", "b", "c"], "true")
    assert (drawn(figure) == np.diag([1, 1, 0])).all()


def test_many_classes_have_their_errors_listed():
    pytest.importorskip("matplotlib")
    labels = np.arange(100)
    figure = utils.plot_confusion_matrix(labels, labels)
    assert max(figure.get_size_inches()) < 12
    (text,) = figure.axes[0].texts
    assert text.get_text() == "no errors\n"
    predicted = np.where(labels % 10 == 3, 5, labels)
    predicted[:2] = 7
    names = [f"class number {i}" for i in range(100)]
    figure = utils.plot_confusion_matrix(
        np.repeat(labels, 2), np.repeat(predicted, 2), names, dark=True
    )
    lines = figure.axes[0].texts[0].get_text().splitlines()
    assert lines[:4] == [
        "true → predicted,", "most often:", "", "class number 0 → class number 7:  2"
    ]  # fmt: skip
    assert len(lines) == 3 + 12
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == names[::4]


def test_shares_that_are_almost_zero():
    pytest.importorskip("matplotlib")
    true = np.zeros(1000, int)
    figure = utils.plot_confusion_matrix(true, true + (np.arange(1000) == 0), normalize="true")
    assert [text.get_text() for text in figure.axes[0].texts] == ["1.00", "<.01"]


@pytest.mark.parametrize(
    ("true", "predicted", "options", "message"),
    [
        ([0, 1], [0], {}, "expected as many true as predicted classes, and at least one, got 2 an"),
        ([], [], {}, "expected as many true as predicted classes, and at least one"),
        ([0, 3], [0, 1], {"class_names": ["a", "b"]}, "expected classes from 0 to 1, got 0 to 3"),
        ([0, -1], [0, 1], {}, "expected classes from 0 to 1, got -1 to 1"),
        ([0, 0.5], [0, 1], {}, "expected y_true: whole class numbers"),
        ([0, 1], [[0.2], [0.7]], {}, "expected y_pred: whole class numbers"),
        ([0, 1], np.zeros((2, 2, 2)), {}, r"expected y_pred of shape \(samples,\)"),
        ([0, 1], [0, 1], {"normalize": "rows"}, "expected normalize None, 'true', 'pred' or 'all'"),
    ],
)
def test_confusion_matrix_errors(true, predicted, options, message):
    with pytest.raises(ValueError, match=rf"\[plot_confusion_matrix\] {message}"):
        utils.plot_confusion_matrix(true, predicted, **options)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_forms_of_files(tmp_path, form):
    pytest.importorskip("matplotlib")
    history = history_of(loss=[1.0, 0.5])
    history.plot(to_file=tmp_path / f"a.{form}")
    history.plot(to_file=tmp_path / f"b.{form}")
    content = (tmp_path / f"a.{form}").read_bytes()
    assert content.startswith(STARTS[form])
    assert not re.search(rb"20\d\d-\d\d-\d\d", content)


def test_notebooks_show_figures():
    pytest.importorskip("matplotlib")
    assert history_of(loss=[1.0]).plot()._repr_png_().startswith(STARTS["png"])


def test_matplotlib_is_left_alone(tmp_path):
    """Nothing imports it before a picture is drawn, and never pyplot, nor changes a setting."""
    pytest.importorskip("matplotlib")
    script = """if True:
        import sys
        import brisknet as keras
        assert "matplotlib" not in sys.modules
        import matplotlib
        before = matplotlib.rcParams.copy()
        keras.utils.plot_history({"loss": [1.0]}, to_file="h.png")
        keras.utils.plot_confusion_matrix([0, 1], [0, 1], to_file="c.svg")
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        keras.utils.plot_model(model)
        assert "matplotlib.pyplot" not in sys.modules
        assert matplotlib.rcParams.copy() == before
    """
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)
