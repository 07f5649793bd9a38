"""Missing values, dates and text in what estimators are given: refused with row and column."""

import datetime
import decimal
import re
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

from brisknet.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ROWS, MISSING = 20, 7
PANDAS = "Int8 Int64 UInt16 Float32 Float64 boolean object category string".split()
ARROW = "int64 double float halffloat uint8 bool string timestamp[ns] date32[day]".split()
POLARS = "Int64 UInt8 Float32 Float64 Boolean Decimal String Date Categorical".split()
TYPES = [*PANDAS, *(f"{name}[pyarrow]" for name in ARROW), "decimal[pyarrow]"]
TYPES += ["datetime64[ns]", "timedelta64[ns]", *(f"polars.{name}" for name in POLARS)]
TEXTS = ("string", "String", "category", "Categorical")
X = np.random.default_rng(0).normal(size=(ROWS, 2))
Y = np.arange(ROWS) % 2


def values(kind, missing=None):
    """0 and 1 by turns, as the type has them."""
    made = [i % 2 for i in range(ROWS)]
    if "bool" in kind.lower():
        made = [bool(v) for v in made]
    elif any(name in kind for name in TEXTS):
        made = [f"t{v}" for v in made]
    elif "time" in kind:
        step = datetime.timedelta(days=1)
        made = [v * step if "delta" in kind else datetime.datetime(2020, 1, 1 + v) for v in made]
    elif "date" in kind.lower():
        made = [datetime.date(2020, 1, 1 + v) for v in made]
    elif "decimal" in kind.lower():
        made = [decimal.Decimal(v) for v in made]
    if missing is not None:
        made[missing] = None
    return made


def frame(kind, missing=None):
    """A frame of the columns a, which may miss a value, and b."""
    columns = {"a": values(kind, missing), "b": values(kind)}
    library, _, name = kind.rpartition(".")
    if library == "polars":
        pl = pytest.importorskip("polars")
        dtype = pl.Decimal(10, 2) if name == "Decimal" else getattr(pl, name)
        return pl.DataFrame({label: pl.Series(v, dtype=dtype) for label, v in columns.items()})
    pd = pytest.importorskip("pandas")
    if kind.endswith("[pyarrow]"):
        pa = pytest.importorskip("pyarrow")
        if kind.startswith("decimal"):
            kind = pd.ArrowDtype(pa.decimal128(10, 2))
    return pd.DataFrame({label: pd.Series(v, dtype=kind) for label, v in columns.items()})


def regressor(**kwargs):
    return MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=0, **kwargs)


def classifier(**kwargs):
    return MLPClassifier((3,), max_iter=2, random_state=0, **kwargs)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    FITTED = regressor().fit(X, Y), classifier().fit(X, Y)
PLACE = f"at row {MISSING}, column 'a'."


@pytest.mark.parametrize("kind", TYPES)
def test_a_missing_input(kind):
    given = frame(kind, MISSING)
    fitted, fitted_classifier = FITTED
    for call in (
        lambda: regressor().fit(given, Y),
        lambda: regressor(solver="lbfgs").fit(given, Y),
        lambda: regressor().partial_fit(given, Y),
        lambda: regressor().fit(X, Y, validation_data=(given, Y)),
        lambda: classifier().fit(given, Y),
        lambda: classifier().partial_fit(given, Y, classes=[0, 1]),
        lambda: fitted.predict(given),
        lambda: fitted.score(given, Y),
        lambda: fitted_classifier.predict(given),
        lambda: fitted_classifier.predict_proba(given),
        lambda: fitted_classifier.predict_log_proba(given),
        lambda: fitted_classifier.score(given, Y),
    ):
        with pytest.raises(ValueError, match=rf"(?s)Input X contains missing.*{re.escape(PLACE)}$"):
            call()


def targets(kind):
    """A column that misses a value, in all that can hold it."""
    column = frame(kind, MISSING)["a"]
    yield column
    yield list(column)
    array = np.empty(ROWS, object)
    array[:] = list(column)
    yield array
    yield array[:, None]


@pytest.mark.parametrize("kind", TYPES)
def test_a_missing_target(kind):
    fitted, fitted_classifier = FITTED
    for y in targets(kind):
        for call in (
            lambda: regressor().fit(X, y),  # noqa: B023 - called in this round
            lambda: regressor(solver="sgd").fit(X, y),  # noqa: B023
            lambda: regressor(solver="lbfgs").fit(X, y),  # noqa: B023
            lambda: regressor().partial_fit(X, y),  # noqa: B023
            lambda: regressor().fit(X, Y, validation_data=(X, y)),  # noqa: B023
            lambda: classifier().fit(X, y),  # noqa: B023
            lambda: classifier(solver="lbfgs").fit(X, y),  # noqa: B023
            lambda: classifier().partial_fit(X, y, classes=[0, 1]),  # noqa: B023
            lambda: fitted.score(X, y),  # noqa: B023
            lambda: fitted_classifier.score(X, y),  # noqa: B023
        ):
            with pytest.raises(
                ValueError, match=rf"(?s)Input y contains missing.* in y at row {MISSING}[.,]"
            ):
                call()
    for make in (regressor, classifier):
        with pytest.raises(ValueError, match=rf"(?s)Input y contains.*{re.escape(PLACE)}$"):
            make().fit(X, frame(kind, MISSING))


@pytest.mark.parametrize("make", [regressor, classifier])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("value", [None, np.nan])
def test_missing_targets_need_no_frames(make, solver, value):
    y = [*Y.tolist()]
    y[MISSING] = value
    for given in (y, np.array(y, dtype=object), np.array(y, dtype=object)[:, None]):
        with pytest.raises(ValueError, match=rf"(?s)Input y contains .*in y at row {MISSING}[.,]"):
            make(solver=solver).fit(X, given)


@pytest.mark.parametrize("kind", ["Float64", "double[pyarrow]", "polars.Float64", "object"])
def test_a_missing_weight(kind):
    weight = frame(kind, MISSING)["a"]
    with pytest.raises(ValueError, match=rf"(?s)sample_weight contains .*at row {MISSING}\."):
        regressor().fit(X, Y, sample_weight=weight)


@pytest.mark.parametrize("kind", TYPES)
def test_values_that_are_all_there_train_as_plain_ones(kind):
    given = frame(kind)
    numbers = not any(name in kind.lower() for name in ("time", "date", "string", "categor"))
    if numbers:
        plain = np.array([[float(v)] * 2 for v in values(kind)])
        expected = regressor().fit(plain, Y).coefs_[0]
        np.testing.assert_array_equal(regressor().fit(given, Y).coefs_[0], expected)
        expected = regressor().fit(X, plain[:, 0]).coefs_[0]
        for y in (given["a"], list(given["a"])):
            np.testing.assert_array_equal(regressor().fit(X, y).coefs_[0], expected)
        return
    with pytest.raises(ValueError, match=r"(?s)(text|dates|could not convert).*([Cc]olumn 'a')"):
        regressor().fit(given, Y)
    for y in (given["a"], list(given["a"]), np.array(list(given["a"]), dtype=object)):
        for solver in ("adam", "lbfgs"):
            with pytest.raises(ValueError, match=r"(?s)Input y contains (text|dates).*at row 0\."):
                regressor(solver=solver).fit(X, y)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize(
    ("y", "what"),
    [
        (Y.astype(str), "text"),
        (Y.astype(bytes), "text"),
        (Y.astype(str).astype(object), "text"),
        (Y.astype(str).tolist(), "text"),
        (Y.astype("datetime64[D]"), "dates"),
        (Y.astype("timedelta64[s]"), "dates"),
        ([datetime.date(2020, 1, 1)] * ROWS, "dates"),
    ],
)
def test_text_and_dates_are_no_numbers(solver, y, what):
    with pytest.raises(ValueError, match=rf"(?s)Input y contains {what}, .*in y at row 0\.$"):
        regressor(solver=solver).fit(X, y)
    with pytest.raises(ValueError, match=rf"Input y contains {what}"):
        FITTED[0].score(X, y)


def test_the_row_of_the_first_text():
    y = Y.astype(object)
    y[11:13] = "many", "more"
    with pytest.raises(ValueError, match=r"(?s)text, .*: 'many'\.\n.*row 11\.$"):
        regressor().fit(X, y)


@pytest.mark.parametrize("value", [np.inf, 1e300])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_objects_that_float32_cannot_hold(value, solver):
    y = Y.astype(object)
    y[MISSING] = value
    with pytest.raises(ValueError, match=r"Input y contains values too large for float32"):
        regressor(solver=solver).fit(X, y)


def test_labels_may_be_text_and_dates():
    for y in (Y.astype(str), Y.astype("datetime64[D]")):
        labels = classifier().fit(X, y).predict(X)
        assert set(labels) <= set(y)
