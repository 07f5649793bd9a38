"""What the pictures show: their lines, cells and dots against computations of another kind."""

import importlib

import numpy as np
import pytest

import brisknet as bn
from brisknet import callbacks, layers, plots

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

RNG = np.random.default_rng(0)


def legend_of(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def notes(axes):
    return axes.get_xlabel().splitlines()[1:]


# --- histories


def test_the_best_epoch_of_the_validation_is_marked():
    values = {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 1.5, 2.0], "auc": [0.5, 0.9, 0.7]}
    figure = plots.plot_history(values)
    loss, auc = figure.axes
    assert legend_of(loss) == ["training", "validation", "best 1.5000, epoch 2"]
    ring = loss.lines[2]
    assert (ring.get_xdata().tolist(), ring.get_ydata().tolist()) == ([2], [1.5])
    assert legend_of(auc) == ["best 0.9000, epoch 2"]
    assert not plots.plot_history({"loss": [1.0, 2.0]}, best=False).axes[0].get_legend()
    assert not plots.plot_history({"loss": [1.0]}).axes[0].get_legend()


def test_epochs_are_those_of_the_training():
    model = bn.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((8, 2)), np.ones(8)
    history = model.fit(
        x, y, initial_epoch=4, epochs=10, verbose=0, validation_data=(x, y), validation_freq=2
    )
    training, validation = history.plot().axes[0].lines[:2]
    assert training.get_xdata().tolist() == [5, 6, 7, 8, 9, 10]
    assert validation.get_xdata().tolist() == [history.epoch[i] + 1 for i in (1, 3, 5)]
    from_dict = plots.plot_history(history.history).axes[0].lines[1]
    assert from_dict.get_xdata().tolist() == [2, 4, 6]


def test_smoothing():
    values = RNG.random(50).tolist()
    raw, smooth = plots.plot_history({"loss": values}, smoothing=0.8, best=False).axes[0].lines
    assert raw.get_ydata().tolist() == values
    assert raw.get_alpha() < 0.5
    weights = [0.8 ** np.arange(i, -1, -1) for i in range(50)]
    expected = [np.average(values[: i + 1], weights=w) for i, w in enumerate(weights)]
    np.testing.assert_allclose(smooth.get_ydata(), expected, rtol=1e-12)


def test_logarithmic_axes():
    values = {"loss": [1e3, 1.0, 1e-3], "r2_score": [-1.0, 0.0, 0.5]}
    figure = plots.plot_history(values, log=True)
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "linear"]
    assert plots.plot_history(values, log="loss").axes[0].get_yscale() == "log"
    for log, message in (
        ("r2_score", "expected log: metrics above 0, got 'r2_score'"),
        (["lss"], "expected log among 'loss', 'r2_score', got 'lss'"),
    ):
        with pytest.raises(ValueError, match=rf"\[plot_history\] {message}"):
            plots.plot_history(values, log=log)
    for smoothing in (1.0, -0.1, "0.5", True):
        with pytest.raises(ValueError, match=r"expected smoothing: a number in \[0, 1\)"):
            plots.plot_history(values, smoothing=smoothing)


def test_outliers_leave_the_picture_with_a_note():
    usual = np.linspace(2, 1, 30).tolist()
    axes = plots.plot_history({"loss": [1e6, *usual], "val_loss": [np.nan, *usual]}).axes[0]
    low, high = axes.get_ylim()
    assert 0.9 < low < 1 < 2 < high < 2.2
    assert notes(axes) == ["1 value is not finite", "1 value beyond the plot, up to 1e+06"]
    assert axes.lines[0].get_ydata()[0] == 1e6
    # A loss that falls fast has no outliers.
    axes = plots.plot_history({"loss": [2.3, *(0.3 * 0.9 ** np.arange(20))]}).axes[0]
    assert axes.get_ylim()[1] > 2.3
    assert notes(axes) == []
    down = plots.plot_history({"r2_score": [-1e9, *np.linspace(0, 0.9, 20)]}).axes[0]
    assert notes(down) == ["1 value beyond the plot, down to -1e+09"]
    assert plots.plot_history({"loss": [np.nan, np.nan]}).axes[0].lines


def test_axes_of_ones_own():
    one, *several = Figure().subplots(1, 4)
    values = {"accuracy": [0.1, 0.2], "loss": [2.0, 1.0], "mae": [1.0, 1.0]}
    assert plots.plot_history(values, ax=one) is one.figure
    assert one.get_title("left") == "loss"
    plots.plot_history(values, ax=several)
    assert [axes.get_title("left") for axes in several] == ["loss", "accuracy", "mae"]
    with pytest.raises(ValueError, match="expected ax: a list of 3 Axes, got 2 of them"):
        plots.plot_history(values, ax=several[:2])
    with pytest.raises(ValueError, match="expected ax: a matplotlib Axes, got 3"):
        plots.plot_roc([0, 1], [0.2, 0.3], ax=3)
    for plot in (plots.plot_roc, plots.plot_precision_recall, plots.plot_calibration):
        axes = Figure().subplots()
        assert plot([0, 1, 1], [0.1, 0.2, 0.3], ax=axes) is axes.figure
        assert axes.lines


# --- classifiers


def areas_by_pairs(true, scores):
    """The chance that one of the class has a higher score than one that is not of it."""
    higher = scores[true][:, None] - scores[~true]
    return ((higher > 0) + 0.5 * (higher == 0)).mean()


@pytest.mark.parametrize("digits", [1, 8])  # many equal scores, and none
def test_roc(digits):
    true = RNG.random(300) < 0.3
    scores = (true + RNG.normal(size=300)).round(digits)
    axes = plots.plot_roc(true.astype(int), scores).axes[0]
    curve = axes.lines[1]
    assert legend_of(axes) == [f"AUC {areas_by_pairs(true, scores):.3f}"]
    x, y = curve.get_data()
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    points = set(zip(x.tolist(), y.tolist(), strict=True))
    for threshold in np.unique(scores):
        found = scores >= threshold
        point = (found & ~true).sum() / (~true).sum(), (found & true).sum() / true.sum()
        on_the_curve = np.interp(point[0], x, y) >= point[1] - 1e-12
        assert point in points or on_the_curve


def test_precision_and_recall():
    true = RNG.random(300) < 0.1
    scores = (true + RNG.normal(size=300)).round(1)
    axes = plots.plot_precision_recall(true[:, None], scores[:, None]).axes[0]
    average, before = 0.0, 0.0
    for threshold in np.unique(scores)[::-1]:
        found = scores >= threshold
        recall = (found & true).sum() / true.sum()
        average += (recall - before) * true[found].mean()
        before = recall
    assert legend_of(axes) == [f"average precision {average:.3f}"]
    assert axes.lines[0].get_ydata()[0] == true.mean()
    assert axes.lines[1].get_xdata()[-1] == 1


def test_curves_of_several_classes():
    true = np.arange(200) % 4
    scores = np.eye(4)[true] + RNG.normal(size=(200, 4))
    areas = [areas_by_pairs(true == c, scores[:, c]) for c in range(4)]
    expected = [f"{name}: {area:.3f}" for name, area in zip("abcd", areas, strict=True)]
    expected.append(f"mean of 4: {np.mean(areas):.3f}")
    assert legend_of(plots.plot_roc(true, scores, "abcd").axes[0]) == expected
    assert legend_of(plots.plot_roc(np.eye(4)[true], scores, "abcd").axes[0]) == expected


def test_the_worst_of_many_classes_are_told():
    true = np.arange(2000) % 20
    scores = np.eye(20)[true] * np.arange(20) / 10 + RNG.normal(size=(2000, 20))
    axes = plots.plot_roc(true, scores).axes[0]
    areas = [areas_by_pairs(true == c, scores[:, c]) for c in range(20)]
    told = sorted(np.argsort(areas)[:5])
    assert legend_of(axes)[:-1] == [f"{c}: {areas[c]:.3f}" for c in told]
    assert len([line for line in axes.lines if len(line.get_xdata()) > 2]) == 20


def test_long_curves_are_thinned_without_a_change_of_the_area():
    true = RNG.random(10**5) < 0.5
    scores = true + RNG.normal(size=10**5)
    axes = plots.plot_roc(true, scores).axes[0]
    x, y = axes.lines[1].get_data()
    assert len(x) <= 2000
    area = ((np.diff(x)) * (y[1:] + y[:-1]) / 2).sum()
    assert abs(area - float(legend_of(axes)[0].split()[1])) < 1e-3


def test_calibration():
    probability = RNG.random(5000)
    true = RNG.random(5000) < probability**2
    axes = plots.plot_calibration(true, probability, bins=5).axes[0]
    points = axes.lines[1]
    error = 0.0
    for i in range(5):
        inside = (probability >= i / 5) & (probability < (i + 1) / 5)
        assert points.get_xdata()[i] == pytest.approx(probability[inside].mean())
        assert points.get_ydata()[i] == pytest.approx(true[inside].mean())
        assert axes.patches[i].get_height() == pytest.approx(inside.mean())
        error += inside.mean() * abs(probability[inside].mean() - true[inside].mean())
        low, high = axes.collections[0].get_segments()[i][:, 1]
        assert low < true[inside].mean() < high
    assert f"calibration error {error:.3f}" in legend_of(axes)


def test_calibration_of_several_classes_takes_the_predicted_one():
    scores = np.array([[0.7, 0.2, 0.1], [0.1, 0.9, 0.0], [0.3, 0.3, 0.4]])
    points = plots.plot_calibration([0, 2, 2], scores, bins=10).axes[0].lines[1]
    np.testing.assert_allclose(points.get_xdata(), [0.4, 0.7, 0.9])
    assert points.get_ydata().tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("true", "scores", "message"),
    [
        ([0, 1], [0.1], "expected as many samples in y_true and y_score, got 2 and 1"),
        ([1, 1], [0.1, 0.2], "expected samples of at least two classes in y_true"),
        (
            [0, 2],
            [0.1, 0.2],
            "expected y_true: classes from 0 to 1, as many as y_score has",
        ),
        ([0, -1], [0.1, 0.2], "expected y_true: classes from 0 to 1"),
        ([0, 0.5], [0.1, 0.2], "expected y_true: whole class numbers"),
        ([0, 1], [0.1, np.nan], r"expected y_score: finite numbers, got \[nan\] in row 1"),
        ([0, 1], [], r"expected y_score of shape"),
        ([0, 1], np.zeros((2, 2, 2)), r"expected y_score of shape"),
        ([[0, 2], [1, 0]], np.zeros((2, 2)), r"expected y_true of shape \(samples,\), or"),
    ],
)
@pytest.mark.parametrize("plot", [plots.plot_roc, plots.plot_precision_recall])
def test_targets_and_scores_that_do_not_fit(plot, true, scores, message):
    with pytest.raises(ValueError, match=rf"\[{plot.__name__}\] {message}"):
        plot(true, scores)


def test_probabilities_that_are_none():
    with pytest.raises(ValueError, match=r"\[plot_calibration\] expected y_prob from 0 to 1"):
        plots.plot_calibration([0, 1], [-1.0, 2.0])
    with pytest.raises(ValueError, match=r"\[plot_calibration\] expected bins"):
        plots.plot_calibration([0, 1], [0.1, 0.2], bins=1)
    with pytest.raises(ValueError, match="expected 2 class_names, got 1"):
        plots.plot_roc([0, 1], [0.1, 0.2], ["a"])


def test_misclassified_samples():
    images = RNG.random((5, 4, 6))
    scores = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3], [0.5, 0.5]])
    true = [0, 0, 0, 1, 1]  # 1, 2, 3 and 4 are wrong
    figure = plots.plot_misclassified(images, true, scores, ["a", "b"], count=3)
    assert figure._suptitle.get_text() == "4 of 5 samples are misclassified"
    assert [axes.get_title() for axes in figure.axes] == ["b 0.80", "a 0.70", "b 0.60"]
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["true: a", "true: b", "true: a"]
    for axes, i in zip(figure.axes, (2, 3, 1), strict=True):
        assert (axes.images[0].get_array() == images[i]).all()
    flat = plots.plot_misclassified(
        images.reshape(5, 24), true, scores[:, 1], image_shape=(4, 6), count=3
    )
    assert (flat.axes[0].images[0].get_array() == images[2]).all()
    features = plots.plot_misclassified(images.reshape(5, 24), true, scores, count=1)
    assert features.axes[0].lines[0].get_ydata().tolist() == images[2].reshape(-1).tolist()
    coloured = 255 * RNG.random((5, 4, 6, 3))
    shown = plots.plot_misclassified(coloured, true, scores, count=1).axes[0].images[0].get_array()
    np.testing.assert_allclose(shown, coloured[2] / 255)


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        (np.ones((3, 4)), {}, "expected as many samples in x and y_prob, got 3 and 2"),
        (np.ones((2, 4)), {"image_shape": (3, 3)}, "expected image_shape of 4 values"),
        (np.ones((2, 4)), {"image_shape": 4.5}, "expected image_shape of 4 values"),
        (np.ones((2, 4, 4, 2)), {}, r"expected x: images of shape"),
        (np.ones((2, 4)), {"count": 0}, "expected count: a positive integer"),
        (np.ones((2, 4)), {"y_true": [0, 1]}, "expected a misclassified sample"),
    ],
)
def test_misclassified_errors(x, options, message):
    arguments = {"x": x, "y_true": [1, 0], "y_prob": [0.1, 0.9]} | options
    with pytest.raises(ValueError, match=rf"\[plot_misclassified\] {message}"):
        plots.plot_misclassified(**arguments)


# --- weights


def test_weights_as_images():
    dense = layers.Dense(5)
    inner = bn.Sequential([layers.Flatten(), dense])
    model = bn.Sequential([bn.Input((2, 3)), layers.Rescaling(2.0), inner])
    dense.kernel.assign(np.arange(30).reshape(6, 5) - 12)
    axes = plots.plot_weights(model, (2, 3), count=4).axes[0]
    assert axes.get_title("left") == f"Weights of {dense.name}: 4 of 5 units"
    kernel = dense.kernel.numpy()
    strongest = sorted(np.argsort(-np.abs(kernel).sum(axis=0), kind="stable")[:4])
    assert [text.get_text() for text in axes.texts] == [str(i) for i in strongest]
    mosaic = axes.images[0].get_array()
    shown = {
        tuple(mosaic[frame_y : frame_y + 2, frame_x : frame_x + 3].ravel())
        for frame_x, frame_y in (
            (round(p.get_x() + 0.5), round(p.get_y() + 0.5)) for p in axes.patches
        )
    }
    assert shown == {tuple(kernel[:, i]) for i in strongest}
    assert axes.images[0].norm.vmin == -axes.images[0].norm.vmax == -np.abs(kernel).max()


def test_weights_as_a_table():
    dense = layers.Dense(3)
    dense.build((None, 2))
    axes = plots.plot_weights(dense, feature_names=["age", "height"]).axes[0]
    assert (axes.images[0].get_array() == dense.kernel.numpy()).all()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["age", "height"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("model", "options", "error", "message"),
    [
        (3, {}, TypeError, "expected model: a Sequential or a layer, got 3"),
        (layers.Dense(3), {}, ValueError, "expected a built layer with a kernel"),
        (None, {"image_shape": (2, 2)}, ValueError, "expected image_shape: height and width of 6"),
        (None, {"image_shape": 6}, ValueError, "expected image_shape: height and width of 6"),
        (None, {"feature_names": ["a"]}, ValueError, "expected 6 feature_names, got 1"),
        (None, {"count": 0}, ValueError, "expected count: a positive integer, got 0"),
    ],
)
def test_weights_errors(model, options, error, message):
    if model is None:
        model = bn.Sequential([bn.Input((6,)), layers.Dense(2)])
    with pytest.raises(error, match=rf"\[plot_weights\] {message}"):
        plots.plot_weights(model, **options)


# --- regressors


def test_regression():
    true = RNG.normal(size=200)
    predicted = true + 0.3 * RNG.normal(size=200)
    left, right = plots.plot_regression(true, predicted[:, None]).axes
    assert (left.collections[0].get_offsets() == np.stack([true, predicted], 1)).all()
    rest = true - predicted
    assert (right.collections[0].get_offsets() == np.stack([predicted, rest], 1)).all()
    assert right.get_title("right") == (
        f"RMSE {np.sqrt((rest**2).mean()):.4f}   MAE {np.abs(rest).mean():.4f}   "
        f"R² {1 - (rest**2).sum() / ((true - true.mean()) ** 2).sum():.3f}"
    )
    many = plots.plot_regression(*RNG.normal(size=(2, 6000))).axes
    assert all(len(axes.collections[0].get_array()) < 5000 for axes in many)
    assert "R²" not in plots.plot_regression([1, 1], [1, 2]).axes[1].get_title("right")


@pytest.mark.parametrize(
    ("true", "predicted", "message"),
    [
        (
            [1.0],
            [1.0, 2.0],
            "expected as many values in y_true and y_pred, and at least one",
        ),
        ([], [], "expected as many values"),
        (np.ones((3, 2)), np.ones((3, 2)), r"expected y_true of shape \(samples,\) or"),
        ([1.0, 2.0], [1.0, np.inf], "expected y_pred: finite numbers, got inf in row 1"),
    ],
)
def test_regression_errors(true, predicted, message):
    with pytest.raises(ValueError, match=rf"\[plot_regression\] {message}"):
        plots.plot_regression(true, predicted)


# --- decision boundaries

X = RNG.normal(size=(60, 2)).astype(np.float32)


@pytest.mark.parametrize("form", ["function", "model", "estimator", "classes", "probabilities"])
def test_decision_boundary(form):
    model = bn.Sequential([bn.Input((2,)), layers.Dense(1, activation="sigmoid")])
    model.layers[0].set_weights([np.array([[50.0], [0.0]]), np.zeros(1)])  # the sign of feature 0

    class Estimator:
        def predict(self, x):
            return (x[:, 0] > 0).astype(int)

    given = {
        "function": lambda x: 1.0 * (x[:, 0] > 0),
        "model": model,
        "estimator": Estimator(),
        "classes": lambda x: (x[:, :1] > 0).astype(int),
        "probabilities": lambda x: np.stack([x[:, 0] <= 0, x[:, 0] > 0], 1) * 1.0,
    }[form]
    y = (X[:, 0] > 0).astype(int)
    figure = plots.plot_decision_boundary(given, X, y, ["no", "yes"], ["a", "b"], resolution=50)
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a", "b")
    assert legend_of(axes) == ["no", "yes"]
    picture = axes.images[0].get_array()
    low, high, *_ = axes.images[0].get_extent()
    places = np.linspace(low, high, 50)
    blue = picture[..., 2] > picture[..., 0]  # the first class's colour is blue, the other's red
    sure = np.abs(places) > 0.1
    assert (blue[:, sure] == (places[sure] < 0)).all()
    dots = [c for c in axes.collections if len(c.get_offsets()) > 1]
    assert sum(len(c.get_offsets()) for c in dots) == len(X)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": np.ones((3, 3))}, ValueError, r"expected x of shape \(samples, 2\), got \(3, 3\)"),
        ({"x": [[1.0, np.nan]], "y": [0]}, ValueError, "expected x: finite numbers"),
        ({"y": [0, 1]}, ValueError, "expected as many samples in x and y, got 60 and 2"),
        ({"y": np.arange(60) % 3}, ValueError, "expected classes from 0 to 1"),
        ({"model": 3}, TypeError, "expected model: a model or a function, got 3"),
        ({"model": lambda x: x[:3, 0]}, ValueError, "expected a model that gives one row for each"),
        ({"resolution": 1}, ValueError, "expected resolution: an integer of at least 2, got 1"),
        ({"feature_names": ["a"]}, ValueError, "expected two feature_names, got 1"),
        ({"class_names": ["a"]}, ValueError, "expected classes from 0 to 1, .* and 1 names"),
        ({"model": lambda x: np.ones((len(x), 21))}, ValueError, "expected at most 20 classes"),
    ],
)
def test_decision_boundary_errors(arguments, error, message):
    given = {"model": lambda x: 1.0 * (x[:, 0] > 0), "x": X, "y": (X[:, 0] > 0).astype(int)}
    with pytest.raises(error, match=rf"\[plot_decision_boundary\] {message}"):
        plots.plot_decision_boundary(**(given | arguments))


# --- live


def test_live_plots_in_files(tmp_path, monkeypatch):
    model = bn.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    drawn = []
    module = importlib.import_module("brisknet.callbacks.live_plot")
    plot = module.plot_history

    def watching(history, *arguments, **options):
        if isinstance(history, callbacks.History):
            drawn.append(len(history.epoch))
        return plot(history, *arguments, **options)

    monkeypatch.setattr(module, "plot_history", watching)
    callback = callbacks.LivePlot("loss", 0, tmp_path / "live.png", dpi=50, dark=True)
    model.fit(np.ones((4, 2)), np.ones(4), epochs=3, verbose=0, callbacks=[callback])
    assert drawn == [1, 2, 3]
    assert (tmp_path / "live.png").read_bytes().startswith(b"\x89PNG")
    seldom = callbacks.LivePlot(seconds=1e9, to_file=tmp_path / "live.svg")
    model.fit(np.ones((4, 2)), np.ones(4), epochs=3, verbose=0, callbacks=[seldom])
    assert drawn[3:] == [1, 3]  # the last is always drawn


def test_live_plots_that_cannot_be():
    with pytest.raises(ValueError, match=r"\[LivePlot\] expected to_file"):
        callbacks.LivePlot(to_file="a.gif")
    with pytest.raises(ValueError, match="seconds: a number of at least 0, got -1"):
        callbacks.LivePlot(seconds=-1)
    for wrong in ({"smoothing": 1.0}, {"dark": "yes"}, {"dpi": 0}):
        with pytest.raises(ValueError, match=f"expected {next(iter(wrong))}"):
            callbacks.LivePlot(**wrong)
    model = bn.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match=r"\[LivePlot\] no notebook to draw in"):
        model.fit(np.ones((4, 2)), np.ones(4), verbose=0, callbacks=[callbacks.LivePlot()])
