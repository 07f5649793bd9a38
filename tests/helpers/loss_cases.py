"""Every loss in float64, and targets and predictions for it."""

import numpy as np
import pytest

import reference
from brisknet import losses
from reference import U, one_hot

COLS = 5


def softmaxed(logits):
    return reference.softmax(logits.astype(np.float64)).astype(np.float32)


def sparse(f):
    return lambda x, labels: f(x, one_hot(labels, x.shape[-1]))


def bce_from_logits(x, target, smoothing=0.0):
    return reference.binary_cross_entropy(x, target, smoothing, epsilon=0.0)


def huber(x, target, delta=0.25):
    e = abs(x - target)
    return np.where(e <= delta, e * e / 2, delta * e - delta * delta / 2).mean(-1)


def kl_divergence(x, t):
    x, t = np.clip(x, 1e-7, 1), np.clip(t, 1e-7, 1)
    return (t * np.log(t / x)).sum(-1)


def cosine(x, t):
    return -(x * t).sum(-1) / np.sqrt((x**2).sum(-1) * (t**2).sum(-1))


def hinge(x, t, power=1):
    t = 2 * t - 1 if np.isin(t, (0, 1)).all() else t
    return (np.maximum(1 - t * x, 0) ** power).mean(-1)


def categorical_hinge(x, t):
    return np.maximum(((1 - t) * x).max(-1) - (t * x).sum(-1) + 1, 0)


def binary_focal(x, t, balance=None, gamma=2.0, smoothing=0.0):
    t = t * (1 - smoothing) + smoothing / 2
    p = np.clip(x, *reference.limits(1e-7))
    entropy = -(t * np.log(p) + (1 - t) * np.log1p(-p))
    weight = 1 if balance is None else t * balance + (1 - t) * (1 - balance)
    return (weight * (1 - t * x - (1 - t) * (1 - x)) ** gamma * entropy).mean(-1)


def categorical_focal(x, t, alpha=0.25, gamma=2.0, smoothing=0.0):
    q = np.clip(x / x.sum(-1, keepdims=True), *reference.limits(1e-7))
    t = reference.smoothed(t, smoothing)
    return -(np.asarray(alpha) * (1 - q) ** gamma * t * np.log(q)).sum(-1)


def tversky(x, t, alpha=0.5, beta=0.5):
    both, missed, excess = ((a * b).sum(-1) for a, b in ((x, t), (1 - x, t), (x, 1 - t)))
    return 1 - both / (both + alpha * missed + beta * excess + 1e-7)


def generalized(x, t):
    return ((t - t * x**0.5) / 0.5).sum(-1)


# Each case: the class, its arguments, the rows' losses in float64, what y_pred and y_true are.
CASES = {
    "mse": ("MeanSquaredError", {}, reference.mean_squared_error, "numbers"),
    "mae": ("MeanAbsoluteError", {}, reference.mean_absolute_error, "numbers"),
    "mape": (
        "MeanAbsolutePercentageError",
        {},
        lambda x, t: 100 * (abs(t - x) / abs(t)).mean(-1),
        "positive",
    ),
    "msle": (
        "MeanSquaredLogarithmicError",
        {},
        lambda x, t: ((np.log1p(x) - np.log1p(t)) ** 2).mean(-1),
        "positive",
    ),
    "huber": ("Huber", {"delta": 0.25}, huber, "numbers"),
    "log-cosh": ("LogCosh", {}, lambda x, t: np.log(np.cosh(x - t)).mean(-1), "numbers"),
    "poisson": ("Poisson", {}, lambda x, t: (x - t * np.log(x + 1e-7)).mean(-1), "positive"),
    "bce": ("BinaryCrossentropy", {}, reference.binary_cross_entropy, "shares"),
    "bce-smooth": (
        "BinaryCrossentropy",
        {"label_smoothing": 0.2},
        lambda x, t: reference.binary_cross_entropy(x, t, 0.2),
        "shares",
    ),
    "bce-logits": ("BinaryCrossentropy", {"from_logits": True}, bce_from_logits, "share-logits"),
    "bce-logits-smooth": (
        "BinaryCrossentropy",
        {"from_logits": True, "label_smoothing": 0.2},
        lambda x, t: bce_from_logits(x, t, 0.2),
        "share-logits",
    ),
    "cce": ("CategoricalCrossentropy", {}, reference.cross_entropy, "classes"),
    "cce-smooth": (
        "CategoricalCrossentropy",
        {"label_smoothing": 0.2},
        lambda x, t: reference.cross_entropy(x, t, 0.2),
        "classes",
    ),
    "cce-logits": (
        "CategoricalCrossentropy",
        {"from_logits": True},
        reference.softmax_cross_entropy,
        "class-logits",
    ),
    "cce-logits-smooth": (
        "CategoricalCrossentropy",
        {"from_logits": True, "label_smoothing": 0.2},
        lambda x, t: reference.softmax_cross_entropy(x, t, 0.2),
        "class-logits",
    ),
    "scce": (
        "SparseCategoricalCrossentropy",
        {},
        sparse(reference.cross_entropy),
        "labels",
    ),
    "scce-logits": (
        "SparseCategoricalCrossentropy",
        {"from_logits": True},
        sparse(reference.softmax_cross_entropy),
        "label-logits",
    ),
    "kld": ("KLDivergence", {}, kl_divergence, "distributions"),
    "cosine": ("CosineSimilarity", {}, cosine, "numbers"),
    "hinge": ("Hinge", {}, hinge, "signs"),
    "hinge-of-0-and-1": ("Hinge", {}, hinge, "share-logits"),
    "squared-hinge": ("SquaredHinge", {}, lambda x, t: hinge(x, t, 2), "signs"),
    "categorical-hinge": ("CategoricalHinge", {}, categorical_hinge, "class-logits"),
    "bfce": ("BinaryFocalCrossentropy", {}, binary_focal, "shares"),
    "bfce-balanced": (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5, "label_smoothing": 0.2},
        lambda x, t: binary_focal(x, t, 0.3, 1.5, 0.2),
        "shares",
    ),
    "bfce-logits": (
        "BinaryFocalCrossentropy",
        {"from_logits": True, "gamma": 0.5},
        lambda x, t: binary_focal(reference.sigmoid(x), t, gamma=0.5),
        "share-logits",
    ),
    "cfce": ("CategoricalFocalCrossentropy", {}, categorical_focal, "classes"),
    "cfce-alphas": (
        "CategoricalFocalCrossentropy",
        {"alpha": [0.1, 0.2, 0.3, 0.4, 0.5], "gamma": 0, "label_smoothing": 0.2},
        lambda x, t: categorical_focal(x, t, np.linspace(0.1, 0.5, 5), 0, 0.2),
        "classes",
    ),
    "cfce-logits": (
        "CategoricalFocalCrossentropy",
        {"from_logits": True, "gamma": 1.5},
        lambda x, t: categorical_focal(reference.softmax(x), t, gamma=1.5),
        "class-logits",
    ),
    "gce": ("CategoricalGeneralizedCrossEntropy", {"q": 0.5}, sparse(generalized), "labels"),
    "dice": ("Dice", {"axis": -1}, tversky, "shares"),
    "tversky": (
        "Tversky",
        {"alpha": 0.3, "beta": 0.9, "axis": -1},
        lambda x, t: tversky(x, t, 0.3, 0.9),
        "shares",
    ),
}
every_case = pytest.mark.parametrize("case", CASES)


def data(case, rows=(6,), seed=0):
    """y_true and y_pred, float32 or class numbers; probabilities between 0.1 and 0.9 or so."""
    rng = np.random.default_rng(seed)
    kind = CASES[case][3]
    y_pred = rng.uniform(-1, 1, (*rows, COLS)).astype(np.float32)
    labels = rng.integers(0, COLS, rows)
    if kind == "numbers":
        return rng.uniform(-1, 1, y_pred.shape).astype(np.float32), y_pred
    if kind == "signs":
        return rng.choice(np.float32([-1, 1]), y_pred.shape), y_pred
    if kind == "distributions":
        return softmaxed(rng.uniform(-1, 1, y_pred.shape)), softmaxed(y_pred)
    if kind == "positive":
        return rng.uniform(0.5, 1.5, y_pred.shape).astype(np.float32), np.abs(y_pred) + 0.25
    if kind.startswith("share"):
        target = rng.integers(0, 2, y_pred.shape).astype(np.float32)
        return target, y_pred if "logits" in kind else (0.5 + 0.4 * y_pred).astype(np.float32)
    target = labels if kind.startswith("label") else one_hot(labels, COLS).astype(np.float32)
    return target, y_pred if "logits" in kind else softmaxed(y_pred / 2)


def make(case, **more):
    name, arguments, _, _ = CASES[case]
    return getattr(losses, name)(**arguments, **more)


def rows_of(case, y_true, y_pred):
    return CASES[case][2](y_pred.astype(np.float64), np.asarray(y_true))


# Each loss is at most 3: a sum of COLS terms, each of a few roundings, and so are their means.
BOUND = 3 * (COLS + 8) * U


def percent(case):
    """What a loss counts in: the percentage error is a hundred times its quotient."""
    return 100 if case == "mape" else 1


def bound_of(case):
    return BOUND * percent(case)
