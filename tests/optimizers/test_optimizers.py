"""Optimizers: trajectories against float64, weight decay, refusals that change nothing."""

import math

import numpy as np
import pytest

import brisknet as bn
from brisknet import Variable, optimizers
from brisknet.serialization.configurable import argument_names
from reference import U

STEPS = 25


def sgd(w, g, s, t, lr=0.01, momentum=0.0, nesterov=False):
    s["m"] = momentum * s.get("m", 0) - lr * g
    return w + (momentum * s["m"] - lr * g if nesterov else s["m"])


def rmsprop(w, g, s, t, lr=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    s["v"] = rho * s.get("v", 0) + (1 - rho) * g**2
    s["a"] = rho * s.get("a", 0) + (1 - rho) * g
    step = lr * g / np.sqrt(s["v"] - (s["a"] ** 2 if centered else 0) + epsilon)
    s["m"] = momentum * s.get("m", 0) + step
    return w - s["m"]


def adam(w, g, s, t, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
    s["v"] = beta_2 * s.get("v", 0) + (1 - beta_2) * g**2
    s["largest"] = np.maximum(s.get("largest", 0), s["v"])
    v = s["largest"] if amsgrad else s["v"]
    rate = lr * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return w - rate * s["m"] / (np.sqrt(v) + epsilon)


def adamax(w, g, s, t, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
    s["u"] = np.maximum(beta_2 * s.get("u", 0), np.abs(g))
    return w - lr / (1 - beta_1**t) * s["m"] / (s["u"] + epsilon)


def nadam(w, g, s, t, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
    s["v"] = beta_2 * s.get("v", 0) + (1 - beta_2) * g**2
    now, following = (beta_1 * (1 - 0.96**n / 2) for n in (t, t + 1))
    s["product"] = s.get("product", 1) * now
    mean = following * s["m"] / (1 - s["product"] * following)
    mean = mean + (1 - now) * g / (1 - s["product"])
    return w - lr * mean / (np.sqrt(s["v"] / (1 - beta_2**t)) + epsilon)


def adagrad(w, g, s, t, lr=0.001, initial_accumulator_value=0.1, epsilon=1e-7):
    s["a"] = s.get("a", initial_accumulator_value) + g**2
    return w - lr * g / np.sqrt(s["a"] + epsilon)


def adadelta(w, g, s, t, lr=0.001, rho=0.95, epsilon=1e-7):
    s["v"] = rho * s.get("v", 0) + (1 - rho) * g**2
    step = np.sqrt(s.get("d", 0) + epsilon) / np.sqrt(s["v"] + epsilon) * g
    s["d"] = rho * s.get("d", 0) + (1 - rho) * step**2
    return w - lr * step


def ftrl(w, g, s, t, lr=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1, beta=0.0,
         l1_regularization_strength=0.0, l2_regularization_strength=0.0,
         l2_shrinkage_regularization_strength=0.0):  # fmt: skip
    before = s.get("a", initial_accumulator_value)
    s["a"] = before + g**2
    root, root_before = s["a"] ** -learning_rate_power, before**-learning_rate_power
    s["z"] = s.get("z", 0) + g + 2 * l2_shrinkage_regularization_strength * w
    s["z"] = s["z"] - (root - root_before) / lr * w
    l1 = np.clip(s["z"], -l1_regularization_strength, l1_regularization_strength)
    return (l1 - s["z"]) / ((beta + root) / lr + 2 * l2_regularization_strength)


def lion(w, g, s, t, lr=0.001, beta_1=0.9, beta_2=0.99):
    m = s.get("m", 0)
    s["m"] = beta_2 * m + (1 - beta_2) * g
    return w - lr * np.sign(beta_1 * m + (1 - beta_1) * g)


def lamb(w, g, s, t, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
    s["v"] = beta_2 * s.get("v", 0) + (1 - beta_2) * g**2
    step = s["m"] / (1 - beta_1**t) / (np.sqrt(s["v"] / (1 - beta_2**t)) + epsilon)
    w_norm, step_norm = np.sqrt((w**2).sum()), np.sqrt((step**2).sum())
    return w - lr * (w_norm / step_norm if w_norm and step_norm else 1) * step


RULES = {
    "SGD": sgd,
    "RMSprop": rmsprop,
    "Adam": adam,
    "AdamW": adam,
    "Adamax": adamax,
    "Nadam": nadam,
    "Adagrad": adagrad,
    "Adadelta": adadelta,
    "Ftrl": ftrl,
    "Lion": lion,
    "Lamb": lamb,
}
CASES = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": 0.1, "nesterov": True}),
    ("SGD", {"learning_rate": 0.1, "weight_decay": 0.05}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.05}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.01, "rho": 0.8}),
    ("RMSprop", {"learning_rate": 0.01, "momentum": 0.7}),
    ("RMSprop", {"learning_rate": 0.01, "epsilon": 0.3}),
    ("RMSprop", {"learning_rate": 0.01, "centered": True}),
    ("RMSprop", {"learning_rate": 0.01, "centered": True, "momentum": 0.7, "epsilon": 0.1}),
    ("RMSprop", {"learning_rate": 0.01, "weight_decay": 0.05}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.9}),
    ("Adam", {"learning_rate": 0.05, "epsilon": 0.3}),
    ("Adam", {"learning_rate": 0.05, "amsgrad": True, "beta_2": 0.6}),
    ("Adam", {"learning_rate": 0.05, "beta_1": 0, "beta_2": 0.5}),
    ("Adam", {"learning_rate": 0.05, "weight_decay": 0.05}),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": 0.05, "weight_decay": 0.2, "amsgrad": True}),
    ("Adamax", {}),
    ("Adamax", {"learning_rate": 0.05, "beta_1": 0.5, "beta_2": 0.8, "weight_decay": 0.05}),
    ("Adamax", {"learning_rate": 0.05, "epsilon": 0.3}),
    ("Nadam", {}),
    ("Nadam", {"learning_rate": 0.05, "beta_1": 0.5, "beta_2": 0.8, "weight_decay": 0.05}),
    ("Nadam", {"learning_rate": 0.05, "epsilon": 0.3}),
    ("Adagrad", {}),
    ("Adagrad", {"learning_rate": 0.1, "epsilon": 0.3, "weight_decay": 0.05}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 2.0}),
    ("Adadelta", {"learning_rate": 0.3}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.5, "weight_decay": 0.05}),
    ("Adadelta", {"learning_rate": 1.0, "epsilon": 0.01}),
    ("Ftrl", {}),
    ("Ftrl", {"learning_rate": 0.1, "initial_accumulator_value": 1.0, "weight_decay": 0.05}),
    ("Ftrl", {"learning_rate": 0.1, "l1_regularization_strength": 2.0}),
    ("Ftrl", {"learning_rate": 0.1, "l2_regularization_strength": 0.2, "beta": 0.5}),
    ("Ftrl", {"learning_rate": 0.1, "l2_shrinkage_regularization_strength": 0.2}),
    ("Ftrl", {"learning_rate": 0.1, "learning_rate_power": -0.7}),
    ("Ftrl", {"learning_rate": 0.1, "learning_rate_power": 0.0}),
    ("Lion", {}),
    ("Lion", {"learning_rate": 0.01, "beta_1": 0.5, "beta_2": 0.7, "weight_decay": 0.05}),
    ("Lamb", {}),
    ("Lamb", {"learning_rate": 0.05, "beta_1": 0.5, "beta_2": 0.8, "weight_decay": 0.05}),
    ("Lamb", {"learning_rate": 0.05, "epsilon": 0.3}),
]
every_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda c: "-".join([c[0], *(f"{k}={v}" for k, v in c[1].items())])
)
W = np.array([[1.0, -0.5, 0.25], [2.0, 0.0, -1.0]], np.float32)


def gradients(steps=STEPS, seed=0):
    """Of very different sizes, and zero now and then."""
    rng = np.random.default_rng(seed)
    g = rng.standard_normal((steps, *W.shape)) * [[1, 0.1, 3], [0.01, 1, 1]]
    g[::7, 0, 0] = 0
    return g.astype(np.float32)


class Exact:
    """The rule of one case in float64, and a bound for the error of float32.

    Each step rounds the weight once, each state array two or three times and the step a few times
    more: after t steps the errors are at most t U times the weight, and (3 t + 8) U times the
    length of the way. Momentum is no different, as its errors decay with it. A centered
    denominator v - a^2 is at least a tenth of v here, which makes its roundings ten times larger.
    Ftrl makes its weights from a sum of terms up to ten times their size.
    """

    def __init__(self, name, options):
        options = dict(options)
        self.rule = RULES[name]
        self.decay = options.pop("weight_decay", 0.004 if name == "AdamW" else 0)
        self.cancels = options.get("centered", False) or name == "Ftrl"
        self.rate = options.pop("learning_rate", 0.01 if name == "SGD" else 0.001)
        self.options, self.state = options, {}
        self.w, self.way, self.t = W.astype(np.float64), np.zeros(W.shape), 0

    def step(self, g):
        before = self.w
        self.t += 1
        w = self.w * (1 - self.rate * self.decay)
        self.w = self.rule(
            w, g.astype(np.float64), self.state, self.t, lr=self.rate, **self.options
        )
        self.way += np.abs(self.w - before)

    def bound(self):
        largest = np.abs(W) + self.way
        return U * (
            2 * self.t * largest + (3 * self.t + 8) * (10 if self.cancels else 1) * self.way
        )


@every_case
def test_trajectory(case):
    name, options = case
    exact, w = Exact(name, options), Variable(W)
    optimizer = getattr(optimizers, name)(**options)
    for g in gradients():
        optimizer.apply([g], [w])
        exact.step(g)
        assert (np.abs(w.numpy() - exact.w) <= exact.bound()).all()
    assert optimizer.iterations == STEPS
    assert exact.bound().max() < 1e-3 * exact.way.max()  # so wrong options would be seen


@every_case
def test_learning_rate_set_in_between(case):
    name, options = case
    exact, w = Exact(name, options), Variable(W)
    optimizer = getattr(optimizers, name)(**options)
    for t, g in enumerate(gradients()):
        if t == 10:
            optimizer.learning_rate = exact.rate = exact.rate / 4
        optimizer.apply([g], [w])
        exact.step(g)
    assert (np.abs(w.numpy() - exact.w) <= exact.bound()).all()
    assert optimizer.learning_rate == exact.rate


@every_case
def test_each_variable_has_its_own_state(case):
    name, options = case
    together, alone = ([Variable(W), Variable(W[0])] for _ in range(2))
    optimizer = getattr(optimizers, name)(**options)
    single = [getattr(optimizers, name)(**options) for _ in alone]
    for g in gradients(10):
        optimizer.apply_gradients(zip([g, g[0]], together, strict=True))
        for one, v, gradient in zip(single, alone, [g, g[0]], strict=True):
            one.apply([gradient], [v])
    for a, b in zip(together, alone, strict=True):
        assert a.numpy().tobytes() == b.numpy().tobytes()


def test_weight_decay_is_apart_from_the_gradient():
    w = Variable(W)
    optimizer = optimizers.AdamW(learning_rate=0.5, weight_decay=0.1)
    optimizer.apply([np.zeros_like(W)], [w])
    assert np.abs(w.numpy() - W * 0.95).max() <= 3 * U * np.abs(W).max()


def test_excluded_from_weight_decay():
    variables = [Variable([1.0], name=name) for name in ("kernel", "bias", "scale", "kernel")]
    optimizer = optimizers.SGD(learning_rate=0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[variables[3]], var_names=["bias", "cal"])
    optimizer.apply([[0.0]] * 4, variables)
    assert [float(v.numpy()[0]) for v in variables] == [0.75, 1, 1, 1]


def test_excluded_biases_of_a_model():
    model = bn.Sequential([bn.Input((2,)), bn.layers.Dense(3, bias_initializer="ones")])
    optimizer = optimizers.AdamW(learning_rate=0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, "mse")
    kernel, bias = model.get_weights()
    x = np.zeros((4, 2))
    model.fit(x, model.predict(x, verbose=0), verbose=0)  # no error, so no gradient
    after = model.get_weights()
    assert (after[1] == bias).all()
    assert np.abs(after[0] - 0.75 * kernel).max() <= 3 * U * np.abs(kernel).max()


@pytest.mark.parametrize(
    ("gradients", "error", "message"),
    [
        ([W], ValueError, "expected a gradient for each of 2 variables, got 1"),
        ([W, W, W], ValueError, "expected a gradient for each of 2 variables, got 3"),
        ([W, W.T], ValueError, r"gradient of shape \(2, 3\) for 'b', got \(3, 2\)"),
        ([W, 1.0], ValueError, r"gradient of shape \(2, 3\) for 'b', got \(\)"),
        ([None, None], ValueError, "expected a gradient for some variable, got None"),
        ([W, W * 1j], TypeError, "expected gradient: float32"),
    ],
)
@pytest.mark.parametrize("name", RULES)
def test_errors_change_nothing(name, gradients, error, message):
    variables = [Variable(W, name="a"), Variable(W, name="b")]
    optimizer = getattr(optimizers, name)(weight_decay=0.1)
    optimizer.apply([W, W], variables)
    before = [v.numpy() for v in (*variables, *optimizer.variables)]
    with pytest.raises(error, match=message):
        optimizer.apply(gradients, variables)
    after = [v.numpy() for v in (*variables, *optimizer.variables)]
    assert all(a.tobytes() == b.tobytes() for a, b in zip(before, after, strict=True))
    assert optimizer.iterations == 1


def test_other_variables_than_it_was_built_for():
    a, b = Variable(W, name="a"), Variable(W, name="b")
    optimizer = optimizers.Adam()
    optimizer.apply([W], [a])
    before = a.numpy()
    with pytest.raises(ValueError, match=r"'b' is not one of .*compile the model again"):
        optimizer.apply([W, W], [a, b])
    assert (a.numpy() == before).all()
    assert (b.numpy() == W).all()


def test_a_layer_freed_after_the_start_needs_compile():
    x = np.ones((4, 2))
    dense = bn.layers.Dense(2)
    model = bn.Sequential([dense, bn.layers.Dense(1)])
    dense.trainable = False
    model.compile("adam", "mse")
    model.fit(x, x[:, 0], verbose=0)
    dense.trainable = True
    with pytest.raises(ValueError, match="compile the model again"):
        model.fit(x, x[:, 0], verbose=0)
    model.compile("adam", "mse")
    model.fit(x, x[:, 0], verbose=0)


OUT_OF_RANGE = [
    ("learning_rate", [-0.1, math.nan, math.inf, "0.1", None]),
    ("weight_decay", [-1, "x"]),
    ("momentum", [1.1, -0.1]),
    ("rho", [1.5]),
    ("epsilon", [-1e-7]),
    ("beta_1", [1.1, -0.1]),
    ("beta_2", [1.1, -0.1]),
    ("initial_accumulator_value", [-0.1]),
    ("learning_rate_power", [0.1, -math.inf]),
    ("l1_regularization_strength", [-0.1]),
    ("l2_regularization_strength", [-0.1]),
    ("l2_shrinkage_regularization_strength", [-0.1]),
    ("beta", [-0.1]),
    ("clipnorm", [-1.0]),
    ("clipvalue", [math.nan]),
    ("global_clipnorm", ["x"]),
    ("ema_momentum", [1.1, -0.1]),
    ("ema_overwrite_frequency", [0, 1.5]),
    ("gradient_accumulation_steps", [1, 2.5, -2]),
    ("loss_scale_factor", [2.0]),
]


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    ("argument", "value"), [(name, value) for name, values in OUT_OF_RANGE for value in values]
)
def test_arguments_out_of_range_and_not_supported(name, argument, value):
    make = getattr(optimizers, name)
    if argument not in argument_names(make):
        with pytest.raises(ValueError, match=rf"\[{name}\] unknown argument {argument!r}"):
            make(**{argument: value})
        return
    with pytest.raises(
        ValueError, match=rf"\[{name}\] (expected )?{argument}.*(got|not supported)"
    ):
        make(**{argument: value})


@pytest.mark.parametrize(
    ("name", "beta"),
    [(n, b) for n in ("Adam", "Nadam", "Lamb") for b in ("beta_1", "beta_2")]
    + [("Adamax", "beta_1")],
)
def test_a_decay_of_one_would_never_take_anything_in(name, beta):
    with pytest.raises(ValueError, match=rf"\[{name}\] expected {beta}"):
        getattr(optimizers, name)(**{beta: 1.0})


def test_lion_needs_some_of_the_mean():
    with pytest.raises(ValueError, match=r"\[Lion\] expected beta_1: a number above 0, got 0"):
        optimizers.Lion(beta_1=0)


def test_learning_rate_that_is_refused_stays_as_it_was():
    optimizer = optimizers.SGD(0.5)
    for value in (-1, math.nan, "x", None):
        with pytest.raises(ValueError, match=r"\[SGD\] expected learning_rate: a number"):
            optimizer.learning_rate = value
    assert optimizer.learning_rate == 0.5
    optimizer.learning_rate = np.float32(0.25)
    assert optimizer.learning_rate == 0.25
    optimizer.learning_rate = 0


def test_adamw_needs_a_weight_decay():
    with pytest.raises(ValueError, match=r"\[AdamW\] expected weight_decay: a number, got None"):
        optimizers.AdamW(weight_decay=None)


def test_identifiers():
    for name in RULES:
        cls = getattr(optimizers, name)
        for identifier in (name, name.lower(), name.upper(), cls):
            assert type(optimizers.get(identifier)) is cls
        optimizer = cls(name="mine")
        assert optimizers.get(optimizer) is optimizer
        assert optimizer.name == "mine"
    assert repr(optimizers.SGD(0.5)) == "SGD(learning_rate=0.5)"


@pytest.mark.parametrize("identifier", ["nope", 3, Variable])
def test_unknown_optimizer(identifier):
    with pytest.raises(ValueError, match=r"\[optimizers.get\] (unknown|expected) optimizer"):
        optimizers.get(identifier)


def test_refused_optimizers_say_so():
    with pytest.raises(AttributeError, match=r"brisknet.optimizers.Muon of Keras is not supported"):
        optimizers.Muon  # noqa: B018


def test_own_optimizer():
    class Signs(optimizers.Optimizer):
        def slots(self):
            return {"seen": 3}

        def update(self, w, g, state):
            state["seen"].value[...] += 1
            w -= self.learning_rate * np.sign(g)

    optimizer = Signs(0.5)
    model = bn.Sequential([bn.Input((1,)), bn.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer, "mse")
    model.fit(np.ones((4, 1)), np.ones(4), batch_size=2, verbose=0)
    assert [w.item() for w in model.get_weights()] == [0.5, 0.5]  # there after the first step
    assert [v.numpy().item() for v in optimizer.variables] == [2, 0.5, 5, 5]
    with pytest.raises(NotImplementedError, match=r"\[Optimizer\] an optimizer must define update"):
        optimizers.Optimizer(0.1).apply([[1.0]], [Variable([1.0])])
