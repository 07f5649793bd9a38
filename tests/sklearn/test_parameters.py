"""Each parameter of the estimators: scikit-learn's against its own classes, and those beside."""

import inspect
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import (
    make_classification,
    make_multilabel_classification,
    make_regression,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss

import brisknet
from brisknet import callbacks, losses, optimizers
from brisknet.sklearn import MLPClassifier, MLPRegressor

quiet = pytest.mark.filterwarnings(
    "ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning"
)
WEIGHT = np.random.default_rng(0).random(300)


def data(kind):
    if kind == "binary":
        return make_classification(300, 10, random_state=0)
    if kind == "classes":
        return make_classification(300, 10, n_informative=6, n_classes=3, random_state=0)
    if kind == "labels":
        return make_multilabel_classification(300, 10, n_classes=4, random_state=0)
    X, y = make_regression(300, 10, n_targets=3 if kind == "outputs" else 1, random_state=0)
    return X, np.floor(abs(y) / 50) if kind == "counts" else y / 100


def both(kind, **parameters):
    """scikit-learn's estimator and brisknet's."""
    classifies = kind in ("binary", "classes", "labels")
    if kind == "counts":
        parameters["loss"] = "poisson"
    name = "MLPClassifier" if classifies else "MLPRegressor"
    own = MLPClassifier if classifies else MLPRegressor
    parameters = {"random_state": 3, "max_iter": 12, "hidden_layer_sizes": (20, 10)} | parameters
    return getattr(neural_network, name)(**parameters), own(**parameters)


def assert_alike(theirs, ours, rtol=1e-4):
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=2e-5)
    for a, b in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=0, atol=rtol * max(1, abs(b).max()))
    for name in ("n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name)
    for name in ("best_loss_", "validation_scores_", "best_validation_score_"):
        a, b = getattr(ours, name), getattr(theirs, name)
        assert (a is None) == (b is None)
        if b is not None:
            np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-6)


PARAMETERS = [
    {},
    {"solver": "sgd", "batch_size": 32},
    {"solver": "sgd", "nesterovs_momentum": False, "momentum": 0.5, "alpha": 1.0},
    {"solver": "sgd", "momentum": 0, "shuffle": False},
    {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.05, "power_t": 0.3},
    {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "learning_rate_init": 0.02,
        "tol": 0.05,
        "n_iter_no_change": 1,
    },
    {"early_stopping": True, "validation_fraction": 0.2, "n_iter_no_change": 2},
    {"activation": "logistic", "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3},
    {"activation": "tanh", "batch_size": 299, "tol": 0.01, "n_iter_no_change": 3},
    {"activation": "identity", "hidden_layer_sizes": 5, "alpha": 0.0},
    {"hidden_layer_sizes": ()},
]


@quiet
@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "numbers", "outputs", "counts"])
def test_the_trajectory_is_scikit_learns(kind, parameters):
    theirs, ours = both(kind, **parameters)
    X, y = data(kind)
    assert_alike(theirs.fit(X, y), ours.fit(X, y))
    if kind in ("numbers", "outputs", "counts"):
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-3, atol=1e-4)
    else:
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)
        np.testing.assert_allclose(
            ours.predict_log_proba(X), theirs.predict_log_proba(X), rtol=1e-4, atol=1e-5
        )
    assert abs(ours.score(X, y) - theirs.score(X, y)) < 0.01


@quiet
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "numbers", "outputs", "counts"])
def test_the_trajectory_with_weights_is_scikit_learns(kind, early_stopping):
    theirs, ours = both(kind, early_stopping=early_stopping)
    X, y = data(kind)
    for estimator in (theirs, ours):
        estimator.fit(X, y, sample_weight=WEIGHT)
    assert_alike(theirs, ours)


@quiet
@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "numbers"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fit_and_warm_start_go_on_as_scikit_learns(kind, solver):
    theirs, ours = both(kind, solver=solver, max_iter=2, batch_size=64)
    X, y = data(kind)
    for estimator in (theirs, ours):
        classes = (
            {}
            if kind == "numbers"
            else {"classes": np.arange(4 if kind == "labels" else y.max() + 1)}
        )
        for _ in range(3):
            estimator.partial_fit(X, y, **classes)
        estimator.partial_fit(X[:100], y[:100], sample_weight=WEIGHT[:100])
    assert_alike(theirs, ours)
    assert ours.n_iter_ == 1
    for estimator in (theirs, ours):
        estimator.set_params(warm_start=True)
        for _ in range(2):
            estimator.fit(X, y)
    assert_alike(theirs, ours)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "numbers", "outputs", "counts"])
def test_lbfgs_is_as_good_as_scikit_learns(kind):
    theirs, ours = both(kind, solver="lbfgs", max_iter=50, alpha=0.1)
    X, y = data(kind)
    for estimator in (theirs, ours):
        estimator.fit(X, y, sample_weight=WEIGHT)
    assert ours.loss_ < theirs.loss_ * 1.1
    assert ours.score(X, y) > theirs.score(X, y) - 0.02
    assert not hasattr(ours, "partial_fit")


def test_lbfgs_says_that_it_has_not_converged(capsys):
    X, y = data("classes")
    classifier = MLPClassifier((5,), solver="lbfgs", max_iter=2, verbose=True, random_state=0)
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge after 2"):
        classifier.fit(X, y)
    assert classifier.n_iter_ == 2
    assert capsys.readouterr().out.count("loss = ") == 2
    with pytest.warns(ConvergenceWarning):
        MLPClassifier((5,), solver="lbfgs", max_fun=3).fit(X, y)


def test_verbose_prints_what_scikit_learn_prints(capsys):
    theirs, ours = both(
        "classes", verbose=True, early_stopping=True, tol=0.5, n_iter_no_change=2, max_iter=100
    )
    printed = []
    for estimator in (theirs, ours):
        estimator.fit(*data("classes"))
        printed.append(capsys.readouterr().out.splitlines())
    assert [line[:18] for line in printed[0]] == [line[:18] for line in printed[1]]
    assert printed[0][-1] == printed[1][-1]


def test_weight_k_is_k_samples_to_the_bit():
    X, y = data("classes")
    X, y, k = X[:40], y[:40], np.arange(40) % 3
    for solver in ("sgd", "adam", "lbfgs"):
        a, b = (MLPClassifier((9,), solver=solver, random_state=0, max_iter=9) for _ in range(2))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            a.fit(X, y, sample_weight=k)
            b.fit(np.repeat(X, k, axis=0)[::-1], np.repeat(y, k)[::-1])
        assert np.array_equal(a.coefs_[0], b.coefs_[0])


# --- what comes beside scikit-learn's parameters


def fit(kind="classes", weight=None, validation_data=None, **parameters):
    parameters = {"random_state": 0, "max_iter": 15, "batch_size": 50} | parameters
    estimator = MLPRegressor if kind in ("numbers", "outputs") else MLPClassifier
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        X, y = data(kind)
        return estimator(hidden_layer_sizes=(20, 10), **parameters).fit(
            X, y, weight, validation_data
        )


def test_dropout_and_batch_norm_and_activations_make_the_layers():
    model = fit(dropout=[0.0, 0.5], batch_norm=True, activation=["gelu", "logistic"]).model_
    kinds = [type(layer).__name__ for layer in model.layers]
    normalized = ["Dense", "BatchNormalization", "Activation"]
    assert kinds == [*normalized, *normalized, "Dropout", "Dense"]
    plain = fit(activation=["tanh", brisknet.activations.relu], dropout=0.1).model_
    assert [type(layer).__name__ for layer in plain.layers] == ["Dense", "Dropout"] * 2 + ["Dense"]
    assert plain.layers[2].activation is brisknet.activations.relu


@pytest.mark.parametrize("kind", ["classes", "binary", "labels", "numbers"])
def test_regularised_networks_learn(kind):
    estimator = fit(kind, dropout=0.1, batch_norm=True, learning_rate_init=0.01, max_iter=60)
    assert estimator.score(*data(kind)) > 0.5
    assert (
        estimator.loss_
        == fit(kind, dropout=0.1, batch_norm=True, learning_rate_init=0.01, max_iter=60).loss_
    )


def test_class_weight_is_sample_weight():
    X, y = data("classes")
    weights = {0: 3.0, 2: 0.5}
    by_class = fit(class_weight=weights)
    by_sample = fit(weight=np.array([3.0, 1.0, 0.5])[y])
    assert by_class.loss_curve_ == by_sample.loss_curve_
    both_kinds = fit(class_weight=weights, weight=WEIGHT)
    assert both_kinds.loss_curve_ == fit(weight=np.array([3.0, 1.0, 0.5])[y] * WEIGHT).loss_curve_
    rare = np.r_[np.flatnonzero(y == 0)[:5], np.flatnonzero(y == 1)]
    for class_weight, least in ((None, 0), ("balanced", 0.8)):
        classifier = MLPClassifier(
            (20,), solver="lbfgs", class_weight=class_weight, alpha=10, max_iter=2000
        )
        recall = (
            classifier.set_params(random_state=0).fit(X[rare], y[rare]).predict(X[rare][:5]) == 0
        )
        assert recall.mean() >= least
    assert fit("labels", class_weight=[{0: 1, 1: 2}] * 4).loss_ > 0


def test_label_smoothing_is_the_losss():
    smooth, sharp = fit(label_smoothing=0.3, max_iter=60), fit(max_iter=60)
    X, _ = data("classes")
    assert smooth.predict_proba(X).max(axis=1).mean() < sharp.predict_proba(X).max(axis=1).mean()
    own = fit(
        loss=losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=0.3, reduction="mean_with_sample_weight"
        ),
        max_iter=60,
    )
    assert own.loss_curve_ == smooth.loss_curve_


@pytest.mark.parametrize(
    ("kind", "loss"),
    [
        ("numbers", "mae"),
        ("numbers", losses.Huber(0.5)),
        ("outputs", "mse"),
        ("classes", "categorical_crossentropy"),
        ("classes", losses.CategoricalCrossentropy(from_logits=True)),
        ("binary", "binary_crossentropy"),
        ("labels", losses.BinaryCrossentropy()),
    ],
)
def test_losses_of_brisknet(kind, loss):
    estimator = fit(kind, loss=loss, max_iter=100, learning_rate_init=0.01)
    X, y = data(kind)
    assert estimator.score(X, y) > 0.6
    if kind in ("classes", "binary"):
        p = estimator.predict_proba(X)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_allclose(np.exp(estimator.predict_log_proba(X)), p, atol=1e-6)
        assert log_loss(y, p) < 0.5


def test_optimizers_and_schedules_of_brisknet():
    given = optimizers.RMSprop(0.01)
    estimator = fit(solver=given)
    assert isinstance(estimator.model_.optimizer, optimizers.RMSprop)
    assert estimator.model_.optimizer is not given
    assert given.iterations == 0  # a copy is trained with
    assert estimator.loss_curve_ == fit(solver=given).loss_curve_
    adam = optimizers.Adam(0.001, epsilon=1e-8)
    assert fit(solver=adam).loss_curve_ == fit().loss_curve_
    schedule = optimizers.schedules.ExponentialDecay(0.05, 10, 0.5)
    slow = fit(solver="sgd", learning_rate=schedule)
    assert slow.loss_curve_ == fit(solver=optimizers.SGD(schedule, 0.9, True)).loss_curve_
    assert slow.model_.optimizer.learning_rate == pytest.approx(0.05 * 0.5**9)


def test_an_optimizers_averaged_weights_take_effect():
    seen = []
    note = callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(plain.model_.get_weights())
    )
    plain = MLPClassifier(
        (4,), solver=optimizers.SGD(0.1), random_state=0, max_iter=3, batch_size=99
    )
    averaged = clone(plain).set_params(solver=optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    for estimator in (plain.set_params(callbacks=[note]), averaged):
        with pytest.warns(ConvergenceWarning):
            estimator.fit(*data("classes"))
    expected = seen[0]
    for weights in seen[1:]:
        expected = [(a + w) / 2 for a, w in zip(expected, weights, strict=True)]
    for a, b in zip(averaged.model_.get_weights(), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_batch_logs_are_the_epochs_mean_so_far():
    means = []
    note = callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: means.append(logs["loss"])
    )
    estimator = fit(callbacks=note, max_iter=2)
    assert len(means) == 12
    assert means[5::6] == estimator.loss_curve_


def test_callbacks_are_called_and_may_stop():
    seen = []
    callback = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs))),
        on_train_batch_end=lambda batch, logs: seen.append(batch),
    )
    X, y = data("classes")
    estimator = fit(callbacks=[callback], validation_data=(X[:50], y[:50]), max_iter=2)
    epoch = list(range(6))
    names = ["loss", "val_loss", "val_score"]
    assert seen == [*epoch, (0, names), *epoch, (1, names)]
    assert len(estimator.validation_scores_) == 2
    stop = callbacks.EarlyStopping("loss", min_delta=10, patience=3)
    assert fit(callbacks=[stop]).n_iter_ == 4
    assert fit(callbacks=stop).n_iter_ == 4  # again, and alone


def test_validation_data_takes_the_place_of_the_split():
    X, y = data("classes")
    part = (X[:100], y[:100], WEIGHT[:100])
    estimator = fit(
        early_stopping=True, validation_data=part, n_iter_no_change=2, max_iter=60, tol=0.01
    )
    assert estimator.n_iter_ < 60
    assert estimator.best_validation_score_ == max(estimator.validation_scores_)
    assert estimator.score(*part) == pytest.approx(estimator.best_validation_score_)
    with pytest.raises(ValueError, match="validation_data"):
        fit(validation_data=X)
    with pytest.raises(ValueError, match="classes"):
        fit(validation_data=(X, y + 1))
    with pytest.raises(ValueError, match="features"):
        fit(validation_data=(X[:, 1:], y))


def test_ctrl_c_ends_the_training():
    def interrupt(epoch, logs):
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        estimator = fit_without_filter(
            callbacks=[callbacks.LambdaCallback(on_epoch_begin=interrupt)]
        )
    assert estimator.n_iter_ == 3
    assert len(estimator.predict(data("classes")[0])) == 300


def fit_without_filter(**parameters):
    return MLPClassifier((20,), random_state=0, max_iter=9, **parameters).fit(*data("classes"))


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"hidden_layer_sizes": (3, 0)}, "hidden_layer_sizes must be whole numbers > 0"),
        ({"activation": "sine"}, "sine"),
        ({"activation": ["relu"]}, "activation with an entry for each of the 2"),
        ({"dropout": [0.1]}, "dropout with an entry"),
        ({"dropout": 1.0}, "dropout"),
        ({"solver": "newton"}, "solver"),
        ({"solver": optimizers.SGD(), "clipnorm": 1.0}, "give clipnorm to the optimizer"),
        (
            {"solver": optimizers.SGD(), "learning_rate": optimizers.schedules.CosineDecay(1.0, 2)},
            "give the schedule",
        ),
        ({"solver": "lbfgs", "dropout": 0.1}, "lbfgs' does not support dropout"),
        ({"solver": "lbfgs", "batch_norm": True}, "lbfgs' does not support batch_norm"),
        ({"solver": "lbfgs", "callbacks": []}, "lbfgs' does not support callbacks"),
        ({"loss": "nothing"}, "nothing"),
        ({"loss": "mse", "label_smoothing": 0.1}, "give label_smoothing to the loss"),
        ({"label_smoothing": 2.0}, "label_smoothing"),
        ({"class_weight": "even"}, "class_weight"),
        ({"n_threads": 0}, "n_threads"),
        ({"alpha": -1}, "alpha"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"callbacks": [3]}, "Callback"),
    ],
    ids=str,
)
def test_parameters_are_refused_by_name(parameters, match):
    parameters = {"hidden_layer_sizes": (4, 4)} | parameters
    with pytest.raises((ValueError, TypeError), match=match):
        MLPClassifier(max_iter=1, **parameters).fit(*data("classes"))


def test_more_refusals():
    X, y = data("binary")
    with pytest.raises(ValueError, match="binary_crossentropy"):
        MLPClassifier(loss="categorical_crossentropy").fit(X, y)
    with pytest.raises(ValueError, match="balanced"):
        MLPClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="early_stopping"):
        MLPClassifier(early_stopping=True).partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="y >= 0"):
        MLPRegressor(loss="poisson").fit(X, -y)
    with pytest.raises(ValueError, match="validation set is too small"):
        MLPRegressor(early_stopping=True).fit(X[:9], y[:9])
    used = optimizers.SGD()
    used.build([brisknet.Variable([1.0])])
    with pytest.raises(ValueError, match="trained another model"):
        MLPClassifier(solver=used).fit(X, y)
    with pytest.warns(UserWarning, match="batch_size"), pytest.warns(ConvergenceWarning):
        MLPClassifier(batch_size=1000, max_iter=1).fit(X, y)
    classifier = fit("binary", warm_start=True, max_iter=2)
    with pytest.raises(ValueError, match="same sizes"):
        classifier.set_params(hidden_layer_sizes=(3,)).fit(X, y)
    with pytest.raises(ValueError, match="same classes"):
        classifier.fit(X, y + 1)
    with pytest.raises(ValueError, match=r"not in `self.classes_`"):
        classifier.partial_fit(X, y + 1)


# --- the same names


@quiet
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_arguments_methods_and_attributes_are_scikit_learns(name):
    theirs, ours = getattr(neural_network, name), globals()[name]
    expected, found = (inspect.signature(cls).parameters for cls in (theirs, ours))
    assert [p for p in found if p in expected] == list(expected)
    for argument, parameter in expected.items():
        assert found[argument].default == parameter.default
        assert found[argument].kind == parameter.kind
    X, y = data("binary")
    for solver, early_stopping in (("adam", False), ("sgd", True), ("lbfgs", False)):
        parameters = {"solver": solver, "early_stopping": early_stopping, "max_iter": 3}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = [cls(**parameters).fit(X, y) for cls in (theirs, ours)]
        names = [{n for n in dir(e) if not n.startswith("_")} for e in fitted]
        only_theirs = {"partial_fit"} if solver == "lbfgs" and name == "MLPRegressor" else set()
        assert names[0] - names[1] == only_theirs


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["binary", "classes", "labels"])
@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_validation_scores_are_those_of_score(kind, weight):
    X, y = data(kind)
    estimator = fit(kind, validation_data=(X, y, weight), max_iter=4)
    last = estimator.validation_scores_[-1]
    assert last == pytest.approx(estimator.score(X, y, weight), abs=1e-15)
    assert 0 < last < 1


def test_a_single_class_is_always_right():
    X, _ = data("binary")
    y = np.full(len(X), "a")
    with pytest.warns(ConvergenceWarning):
        classifier = MLPClassifier((4,), max_iter=2, random_state=0).fit(X, y, None, (X, y))
    assert classifier.validation_scores_ == [1.0, 1.0]
    assert set(classifier.predict(X)) == {"a"}
