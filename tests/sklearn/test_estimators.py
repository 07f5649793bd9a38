"""The estimators against scikit-learn's own checks, and within scikit-learn's tools."""

import copy
import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris, make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from brisknet.sklearn import MLPClassifier, MLPRegressor
from reference import assert_same_bits

quiet = pytest.mark.filterwarnings(
    "ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning"
)


@quiet
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    [
        MLPClassifier(max_iter=100),
        MLPRegressor(max_iter=100),
        MLPClassifier(
            solver="lbfgs", hidden_layer_sizes=(10,), alpha=1.0, tol=0.01, random_state=0
        ),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def fitted(X, y, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return MLPClassifier((16,), max_iter=30, random_state=1, **parameters).fit(X, y)


def test_the_same_seed_gives_the_same_bits(iris):
    first, second = (fitted(*iris, dropout=0.2) for _ in range(2))
    for a, b in zip(first.coefs_, second.coefs_, strict=True):
        assert_same_bits(a, b)
    other = clone(first).set_params(random_state=2, max_iter=1)
    with pytest.warns(ConvergenceWarning):
        other.fit(*iris)
    assert not np.array_equal(first.coefs_[0], other.coefs_[0])


@quiet
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_grid_search_in_processes_and_threads(iris, backend):
    import joblib

    search = GridSearchCV(
        MLPClassifier((8,), max_iter=5, random_state=1, n_threads=1),
        {"alpha": [1e-4, 1.0], "activation": ["relu", ["gelu"]]},
        n_jobs=2,
        cv=2,
    )
    with joblib.parallel_backend(backend):
        search.fit(*iris)
    alone = clone(search).set_params(n_jobs=None).fit(*iris)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"]
    )


@quiet
def test_a_pipeline_of_columns_of_a_frame(iris):
    pd = pytest.importorskip("pandas")
    X, y = iris
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    frame["kind"] = np.where(X[:, 0] > 0, "long", "short")
    columns = make_column_transformer(
        (StandardScaler(), ["a", "b", "c", "d"]),
        (OneHotEncoder(sparse_output=False), ["kind"]),
    ).set_output(transform="pandas")
    pipeline = make_pipeline(columns, MLPClassifier((32,), random_state=1, max_iter=200))
    assert pipeline.fit(frame, y).score(frame, y) > 0.95
    assert pipeline[-1].feature_names_in_[-1] == "onehotencoder__kind_short"
    results = cross_validate(pipeline, frame, y, cv=2)
    assert results["test_score"].mean() > 0.8


@quiet
def test_calibration(iris):
    X, y = iris
    calibrated = CalibratedClassifierCV(MLPClassifier((50,), random_state=1), cv=2)
    assert calibrated.fit(X, y).score(X, y) > 0.8


@pytest.mark.parametrize("how", ["pickle", "joblib", "deepcopy"])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_copies_predict_and_go_on_alike(iris, how, batch_norm, tmp_path):
    X, y = iris
    parameters = {"batch_norm": batch_norm, "activation": ["tanh"], "learning_rate": "invscaling"}
    original = fitted(X, y, **parameters, solver="sgd", learning_rate_init=0.5)
    if how == "pickle":
        copied = pickle.loads(pickle.dumps(original))
    elif how == "deepcopy":
        copied = copy.deepcopy(original)
    else:
        joblib = pytest.importorskip("joblib")
        joblib.dump(original, tmp_path / "model")
        copied = joblib.load(tmp_path / "model")
    for _ in range(2):
        assert_same_bits(copied.predict_proba(X), original.predict_proba(X))
        for estimator in (original, copied):
            estimator.partial_fit(X, y)
    assert copied.loss_ == original.loss_
    assert copied.coefs_[0] is copied.model_.layers[0].kernel.value


def test_an_estimator_that_is_not_fitted_is_copied_too():
    assert pickle.loads(pickle.dumps(MLPRegressor(alpha=2.0))).alpha == 2.0
    with pytest.raises(NotFittedError):
        MLPRegressor().predict([[1.0]])


@quiet
def test_metadata_routing(iris):
    X, y = iris
    weight = np.where(y == 2, 100.0, 0.01)
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = MLPClassifier((8,), random_state=1, learning_rate_init=0.1, max_iter=20)
        estimator.set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        search = GridSearchCV(estimator, {"alpha": [0.0, 0.1]}, cv=2)
        search.fit(X, y, sample_weight=weight)
    assert (search.predict(X) == 2).mean() > 0.9


def test_coefs_are_the_weights_and_may_be_replaced(iris):
    X, y = iris
    classifier = fitted(X, y)
    before = classifier.predict_proba(X)
    classifier.coefs_[1][...] = 0
    classifier.intercepts_[1] = np.array([0.0, 5.0, 0.0])
    changed = classifier.predict_proba(X)
    assert not np.array_equal(before, changed)
    expected = np.exp([0, 5, 0]) / np.exp([0, 5, 0]).sum()
    np.testing.assert_allclose(changed, np.tile(expected, (len(X), 1)), rtol=1e-6)
    assert_same_bits(pickle.loads(pickle.dumps(classifier)).predict_proba(X), changed)


def test_parameters_that_change_after_fitting_leave_the_model(iris):
    X, y = iris
    classifier = fitted(X, y)
    before = classifier.predict_proba(X)
    classifier.set_params(activation="tanh", hidden_layer_sizes=(3,))
    assert_same_bits(classifier.predict_proba(X), before)
    assert_same_bits(pickle.loads(pickle.dumps(classifier)).predict_proba(X), before)


@quiet
def test_predict_from_several_threads(iris):
    from concurrent.futures import ThreadPoolExecutor

    X, y = iris
    classifier = fitted(X, y, n_threads=2)
    expected = classifier.predict_proba(X)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: classifier.predict_proba(X), range(40)):
            assert_same_bits(result, expected)


def test_the_number_of_threads_is_restored(iris, machine):
    import brisknet

    brisknet.set_num_threads(3)
    seen = []
    callback = brisknet.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(brisknet.get_num_threads())
    )
    fitted(*iris, n_threads=1, callbacks=[callback])
    assert set(seen) == {1}
    assert brisknet.get_num_threads() == 3


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_frames_and_errors_that_name_the_column(kind):
    frames = pytest.importorskip(kind)
    if kind == "polars":
        pytest.importorskip("pyarrow")
    X, y = make_regression(60, 3, random_state=0)
    columns = {"a": X[:, 0], "b": X[:, 1].astype(np.float32), "c": (X[:, 2] * 10).astype(int)}
    frame = frames.DataFrame(columns)
    regressor = MLPRegressor(hidden_layer_sizes=(8,), max_iter=3, random_state=1)
    with pytest.warns(ConvergenceWarning):
        regressor.fit(frame, y / 100)
    assert regressor.feature_names_in_.tolist() == ["a", "b", "c"]
    assert regressor.predict(frame).shape == (60,)

    columns["b"] = columns["b"].copy()
    columns["b"][7] = np.nan
    with pytest.raises(ValueError, match=r"NaN[\s\S]*in X at row 7, column 'b'"):
        clone(regressor).fit(frames.DataFrame(columns), y)
    columns["b"] = ["text"] * 60
    with pytest.raises(ValueError, match="Column 'b' of X has the dtype"):
        clone(regressor).fit(frames.DataFrame(columns), y)
    with pytest.raises(ValueError, match="feature names"):
        regressor.predict(frames.DataFrame({"b": X[:, 0], "a": X[:, 1], "c": X[:, 2]}))


def test_errors_of_data_say_where():
    from scipy import sparse

    X, y = make_classification(50, 5, n_informative=3, random_state=0)
    classifier = MLPClassifier(max_iter=1)
    X[3, 2] = np.inf
    with pytest.raises(ValueError, match=r"infinity[\s\S]*in X at row 3, column 2"):
        classifier.fit(X, y)
    with pytest.raises(ValueError, match=r"infinity[\s\S]*in X at row 3, column 2"):
        classifier.fit(sparse.csr_array(X), y)
    X[3, 2] = 1e300
    with pytest.raises(ValueError, match="too large for float32"):
        classifier.fit(X, y)
    labels = y.astype(float)
    labels[4] = np.nan
    with pytest.raises(ValueError, match=r"NaN[\s\S]*in y at row 4"):
        classifier.fit(X, labels)
    X[3, 2] = 0
    weight = np.ones(50)
    weight[6] = np.nan
    with pytest.raises(ValueError, match=r"NaN[\s\S]*in sample_weight at row 6"):
        classifier.fit(X, y, weight)
    names = np.where(y == 1, "yes", "no").astype(object)
    for missing in (None, np.nan):
        names[5] = missing
        with pytest.raises((TypeError, ValueError), match=r"The first is in y at row 5\."):
            classifier.fit(X, names)
    assert not hasattr(classifier, "coefs_")


def test_predictions_in_small_and_large_batches_have_the_same_bits(iris):
    from scipy import sparse

    X, y = iris
    classifier = fitted(X, y)
    whole = classifier.predict_proba(X)
    assert whole.dtype == np.float32
    assert_same_bits(
        np.concatenate([classifier.predict_proba(X[i : i + 1]) for i in range(150)]), whole
    )
    assert_same_bits(classifier.predict_proba(sparse.csr_array(X)), whole)
    assert_same_bits(classifier.predict_proba(sparse.csc_matrix(X)), whole)


def test_sparse_training_has_the_bits_of_dense():
    from scipy import sparse

    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 40)) * (rng.random((300, 40)) < 0.1)
    y = (X.sum(axis=1) > 0).astype(int)
    dense, compressed = fitted(X, y, batch_size=32), fitted(sparse.csr_array(X), y, batch_size=32)
    assert dense.loss_curve_ == compressed.loss_curve_
    assert_same_bits(dense.coefs_[0], compressed.coefs_[0])


IMPORTS = """
import sys
for name in sys.argv[1:]:
    __import__(name)
import numpy as np
from sklearn.cluster import KMeans
from brisknet.sklearn import MLPClassifier
X = np.random.default_rng(0).normal(size=(2000, 300))
y = (X[:, 0] > 0).astype(int)
KMeans(3, n_init=1, random_state=0).fit(X)
if "torch" in sys.modules:
    a = sys.modules["torch"].ones(600, 600)
    assert float((a @ a)[0, 0]) == 600
classifier = MLPClassifier((200,), max_iter=8, tol=1.0, n_iter_no_change=1, random_state=0)
classifier.fit(X, y)
KMeans(3, n_init=1, random_state=0).fit(X)
print(repr(classifier.loss_))
"""


def test_any_order_of_imports_gives_the_same_and_does_not_hang():
    import importlib.util
    import itertools
    import subprocess
    import sys

    names = ["brisknet", "sklearn.cluster"]
    names += ["torch"] * (importlib.util.find_spec("torch") is not None)
    printed = set()
    for order in itertools.permutations(names):
        done = subprocess.run(
            [sys.executable, "-c", IMPORTS, *order],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed.add(done.stdout)
    assert len(printed) == 1
