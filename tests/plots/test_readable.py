"""Every picture, light and dark, at its extremes: nothing overlaps, is cut off or hard to see."""

import itertools
import sys

import numpy as np
import pytest

import brisknet as bn
from brisknet import callbacks, layers, plots

pytest.importorskip("matplotlib")

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text


def visible_texts(figure):
    """The texts that are drawn, with their boxes in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    left_out = set()
    for axes in figure.axes:
        if not axes.axison:
            left_out |= set(axes.xaxis.findobj(Text)) | set(axes.yaxis.findobj(Text))
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_transform().transform(axis.get_view_interval()))
            for minor in (False, True):
                for tick in axis.get_minor_ticks() if minor else axis.get_major_ticks():
                    margin = 1e-6 * (high - low)
                    place = axis.get_transform().transform(tick.get_loc())
                    if not low - margin <= place <= high + margin:
                        left_out |= {tick.label1, tick.label2}
    texts = [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in left_out
    ]
    return texts, [text.get_window_extent(renderer).extents for text in texts], renderer


def luminance(colour):
    c = np.array(to_rgb(colour))
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def are_apart(one, other, ends, i, j):
    """Whether two slanted texts, whose boxes overlap, run beside each other."""
    if one.get_rotation() != 45 or other.get_rotation() != 45:
        return False
    height = one.get_fontsize() * one.figure.dpi / 72
    return abs(ends[i] - ends[j]) * np.sin(np.pi / 4) >= height


def assert_readable(figure):
    texts, boxes, renderer = visible_texts(figure)
    assert texts
    boxes = np.array(boxes)
    x0, y0, x1, y1 = boxes.T
    width, height = figure.bbox.width, figure.bbox.height
    cut = (x0 < -1) | (y0 < -1) | (x1 > width + 1) | (y1 > height + 1)
    assert not cut.any(), [t.get_text() for t, c in zip(texts, cut, strict=True) if c]

    across = np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0)
    along = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0)
    pairs = np.argwhere(np.triu((across > 1.5) & (along > 1.5), 1))
    overlaps = [(i, j) for i, j in pairs if not are_apart(texts[i], texts[j], x1, i, j)]
    assert not overlaps, [(texts[i].get_text(), texts[j].get_text()) for i, j in overlaps]

    # A legend covers nothing that is drawn.
    for axes in figure.axes:
        legend = axes.get_legend()
        if legend is not None:
            inside = legend.get_window_extent(renderer).y0 - axes.get_window_extent(renderer).y1
            assert inside >= -1

    page = figure.get_facecolor()
    for text in texts:
        on_a_cell = text.axes is not None and text in text.axes.texts and text.axes.images
        if not on_a_cell:
            assert contrast(text.get_color(), page) >= 3.2, text.get_text()
        assert text.get_fontsize() >= 5.5


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def epochs(count, *names):
    rng = np.random.default_rng(0)
    t = np.arange(count) / max(5, count / 4)
    curves = (np.exp(-t) * (i + 1) + 0.1 + 0.02 * rng.random(count) for i in range(len(names)))
    return {name: list(curve) for name, curve in zip(names, curves, strict=True)}


def scores_of(classes, samples=400):
    rng = np.random.default_rng(1)
    true = np.arange(samples) % classes
    return true, softmax(2 * np.eye(classes)[true] + rng.normal(size=(samples, classes)))


BOTH = ("loss", "val_loss", "accuracy", "val_accuracy")
NAMES = ["cat", "a name of the longest kind that there is", "owl"]
RNG = np.random.default_rng(2)
CLOUD = RNG.normal(size=(300, 2)).astype(np.float32)


def model(*shape):
    return bn.Sequential([bn.Input(shape), layers.Dense(30, activation="relu"), layers.Dense(2)])


def finder(**options):
    found = callbacks.LearningRateFinder(**options)
    one = bn.Sequential([layers.Dense(1)])
    one.compile("sgd", "mse")
    one.fit(CLOUD, CLOUD.sum(axis=1), batch_size=8, epochs=3, verbose=0, callbacks=[found])
    return found


def confusion(classes, **options):
    true, scores = scores_of(classes, 20 * classes)
    return lambda dark: plots.plot_confusion_matrix(true, scores, dark=dark, **options)


def of_scores(plot, classes, *arguments, **options):
    true, scores = scores_of(classes)
    scores = scores[:, 1] if classes == 2 else scores
    return lambda dark: plot(true, scores, *arguments, dark=dark, **options)


def history(values, **options):
    return lambda dark: plots.plot_history(values, dark=dark, **options)


PICTURES = {
    "history": history(epochs(25, *BOTH)),
    "history of one epoch": history(epochs(1, *BOTH)),
    "history of 1,000 epochs": history(epochs(1000, *BOTH), smoothing=0.9, log=True),
    "history with outliers": history(
        {"loss": [1e9, np.nan, *epochs(25, "loss")["loss"]], "val_loss": [np.inf] * 27}
    ),
    "history of seven metrics": history(
        epochs(30, "loss", "a_metric_with_quite_a_long_name", *"bcdef")
    ),
    "confusion matrix of 2": confusion(2),
    "confusion matrix, names": confusion(3, class_names=NAMES, normalize="true"),
    "confusion matrix of 30": confusion(30, normalize="all"),
    "confusion matrix of 100": confusion(
        100, class_names=[f"class number {i}" for i in range(100)]
    ),
    "roc": of_scores(plots.plot_roc, 2),
    "roc of 3": of_scores(plots.plot_roc, 3, NAMES),
    "roc of 100": of_scores(plots.plot_roc, 100),
    "precision and recall": of_scores(plots.plot_precision_recall, 2),
    "precision and recall of 7": of_scores(plots.plot_precision_recall, 7),
    "precision and recall of 100": of_scores(plots.plot_precision_recall, 100),
    "calibration": of_scores(plots.plot_calibration, 2),
    "calibration of 10": of_scores(plots.plot_calibration, 10, 20),
    "misclassified images": lambda dark: plots.plot_misclassified(
        RNG.random((400, 64)), *scores_of(3), NAMES, image_shape=(8, 8), dark=dark
    ),
    "a misclassified image": lambda dark: plots.plot_misclassified(
        RNG.random((400, 8, 8, 3)), *scores_of(3), NAMES, count=1, dark=dark
    ),
    "misclassified features": lambda dark: plots.plot_misclassified(
        1e4 * RNG.normal(size=(400, 12)), *scores_of(3), NAMES, count=7, dark=dark
    ),
    "weights of images": lambda dark: plots.plot_weights(model(64), (8, 8), dark=dark),
    "weights of one unit": lambda dark: plots.plot_weights(model(64), (8, 8), 1, dark=dark),
    "weights": lambda dark: plots.plot_weights(
        model(5), feature_names=[*NAMES, "x", "y"], dark=dark
    ),
    "weights of 784 inputs": lambda dark: plots.plot_weights(model(784), count=30, dark=dark),
    "regression": lambda dark: plots.plot_regression(
        1e6 * CLOUD[:, 0], 1e6 * (CLOUD @ [0.9, 0.3]), dark=dark
    ),
    "regression of many": lambda dark: plots.plot_regression(
        *RNG.normal(size=(2, 20000)), dark=dark
    ),
    "decision boundary": lambda dark: plots.plot_decision_boundary(
        lambda x: (x[:, :1] > 0).astype(int) + (x[:, 1:] > 0), CLOUD, (CLOUD > 0).sum(axis=1),
        NAMES, resolution=40, dark=dark,
    ),
    "decision boundary of 15": lambda dark: plots.plot_decision_boundary(
        lambda x: (np.abs(x[:, 0]) * 7).astype(int).clip(0, 14), CLOUD, np.arange(300) % 15,
        resolution=40, dark=dark,
    ),
    "learning rates": lambda dark: plots.plot_learning_rates(finder(), dark=dark),
    "learning rates of a few": lambda dark: plots.plot_learning_rates(
        finder(min_rate=1e-3, max_rate=1e-2, steps=5), log=True, dark=dark
    ),
}  # fmt: skip


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_readable(name, dark):
    assert_readable(PICTURES[name](dark))


SAVED = {
    plots.plot_history: ({"loss": [1.0, 0.5]},),
    plots.plot_confusion_matrix: ([0, 1], [0, 1]),
    plots.plot_roc: ([0, 1], [0.1, 0.2]),
    plots.plot_precision_recall: ([0, 1], [0.1, 0.2]),
    plots.plot_calibration: ([0, 1], [0.1, 0.2]),
    plots.plot_misclassified: (np.ones((2, 4)), [1, 0], [0.1, 0.2]),
    plots.plot_weights: (model(3),),
    plots.plot_regression: ([1.0, 2.0], [1.0, 2.5]),
    plots.plot_decision_boundary: (lambda x: 1.0 * (x[:, 0] > 0), CLOUD, CLOUD[:, 0] > 0),
    plots.plot_learning_rates: (finder(),),
    plots.plot_model: (model(3),),
}


@pytest.mark.parametrize("plot", SAVED)
def test_pictures_are_saved(plot, tmp_path):
    (tmp_path / "old.svg").write_text("old")
    for form, start in (("png", b"\x89PNG"), ("svg", b"<"), ("pdf", b"%PDF")):
        for name in ("a", "b"):
            plot(*SAVED[plot], to_file=tmp_path / f"{name}.{form}")
        content = (tmp_path / f"a.{form}").read_bytes()
        assert content.startswith(start)
        assert content == (tmp_path / f"b.{form}").read_bytes()  # the same picture, the same file
    plot(*SAVED[plot], to_file=tmp_path / "a.png", dpi=50, dark=True)
    op = rf"\[{plot.__name__}\]"
    with pytest.raises(ValueError, match=f"{op} expected to_file"):
        plot(*SAVED[plot], to_file=tmp_path / "a.gif")
    for dpi in (0, -1, "200", np.inf, True):
        with pytest.raises(ValueError, match=f"{op} expected dpi: a number above 0"):
            plot(*SAVED[plot], to_file=tmp_path / "old.svg", dpi=dpi)
    assert (tmp_path / "old.svg").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 7


@pytest.mark.parametrize("plot", SAVED)
def test_without_matplotlib_errors_name_the_extra(plot, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'brisknet\[plot\]'"):
        plot(*SAVED[plot], to_file=tmp_path / "a.png")
    with pytest.raises(ImportError, match=r"\[LivePlot\] .*pip install 'brisknet\[plot\]'"):
        callbacks.LivePlot()


def test_all_plots_are_saved_here():
    assert {plot.__name__ for plot in SAVED} == set(plots.__all__)


def test_every_plot_is_among_them():
    drawn = {name.partition(" of ")[0].split(",")[0] for name in PICTURES}
    for name in set(plots.__all__) - {"plot_model"}:  # that one is in test_plots.py
        words = (
            name.removeprefix("plot_").replace("_", " ").replace("precision r", "precision and r")
        )
        assert any(known.startswith(words) or words in known for known in drawn), name


def test_pictures_stand_on_their_page():
    for dark, bright in ((False, True), (True, False)):
        figure = PICTURES["history"](dark)
        assert (luminance(figure.get_facecolor()) > 0.5) == bright
        for line in figure.axes[0].lines[:2]:
            assert contrast(line.get_color(), figure.get_facecolor()) >= 3


# Viénot, Brettel and Mollon, "Digital video colourmaps for checking the legibility of displays by
# dichromats" (1999): what those see who lack one kind of cone.
TO_LMS = np.array(
    [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
)
PROTANOPE = np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]])
DEUTERANOPE = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("cones", [np.eye(3), PROTANOPE, DEUTERANOPE])
def test_colour_blind_readers_tell_the_colours_apart(dark, cones):
    from brisknet.plots import figures

    seen = []
    for colour in figures._ON_DARK if dark else figures._ON_LIGHT:
        linear = np.array(to_rgb(colour)) ** 2.2
        rgb = np.linalg.inv(TO_LMS) @ cones @ TO_LMS @ linear
        seen.append(np.clip(rgb, 0, 1) ** (1 / 2.2))
    least = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert least > 0.1
    assert np.linalg.norm(seen[0] - seen[1]) > 0.5  # training and validation


def test_the_settings_of_matplotlib_stay_and_count():
    import matplotlib

    with matplotlib.rc_context({"figure.facecolor": "black", "axes.facecolor": "black"}):
        before = matplotlib.rcParams.copy()
        figure = PICTURES["history"](False)
        assert luminance(figure.get_facecolor()) == 0
        assert contrast(figure.axes[0].lines[0].get_color(), "black") > 5  # the colours follow
        PICTURES["roc"](True)
        assert matplotlib.rcParams.copy() == before
    with pytest.raises(ValueError, match=r"\[plot_roc\] expected dark True or False, got 'yes'"):
        PICTURES["roc"]("yes")
