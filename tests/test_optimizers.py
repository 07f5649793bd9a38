"""Optimizers: trajectories against float64, weight decay, refusals that change nothing."""

import math

import numpy as np
import pytest

import brisknet as bn
from brisknet import Variable, optimizers
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


RULES = {"SGD": sgd, "RMSprop": rmsprop, "Adam": adam, "AdamW": adam}
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
    """

    def __init__(self, name, options):
        options = dict(options)
        self.rule = RULES[name]
        self.decay = options.pop("weight_decay", 0.004 if name == "AdamW" else 0)
        self.centered = options.get("centered", False)
        defaults = {"sgd": 0.01, "rmsprop": 0.001, "adam": 0.001}
        self.rate = options.pop("learning_rate", defaults[self.rule.__name__])
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
            2 * self.t * largest + (3 * self.t + 8) * (10 if self.centered else 1) * self.way
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


def test_state():
    w = Variable(W, name="kernel")
    w.path = "dense/kernel"
    for optimizer, slots in [
        (optimizers.SGD(), []),
        (optimizers.SGD(momentum=0.9), ["momentum"]),
        (optimizers.RMSprop(), ["velocity"]),
        (optimizers.RMSprop(momentum=0.1, centered=True), ["velocity", "momentum", "average"]),
        (optimizers.Adam(name="a"), ["momentum", "velocity"]),
        (optimizers.Adam(amsgrad=True), ["momentum", "velocity", "velocity_hat"]),
    ]:
        assert optimizer.iterations == 0
        assert not optimizer.built
        optimizer.build([w])
        assert optimizer.built
        assert [v.path for v in optimizer.variables] == [
            f"{optimizer.name}/dense/kernel/{slot}" for slot in slots
        ]
        assert not any(v.numpy().any() for v in optimizer.variables)
        optimizer.apply([np.ones_like(W)], [w])
        assert all(v.numpy().any() for v in optimizer.variables)
        assert optimizer.iterations == 1


@pytest.mark.parametrize(
    ("gradients", "error", "message"),
    [
        ([W], ValueError, "expected a gradient for each of 2 variables, got 1"),
        ([W, W, W], ValueError, "expected a gradient for each of 2 variables, got 3"),
        ([W, W.T], ValueError, r"gradient of shape \(2, 3\) for 'b', got \(3, 2\)"),
        ([W, 1.0], ValueError, r"gradient of shape \(2, 3\) for 'b', got \(\)"),
        ([W, None], TypeError, "expected gradient: float32"),
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


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("learning_rate", -0.1),
        ("learning_rate", math.nan),
        ("learning_rate", math.inf),
        ("learning_rate", "0.1"),
        ("learning_rate", None),
        ("weight_decay", -1),
        ("weight_decay", "x"),
        ("momentum", 1.1),
        ("momentum", -0.1),
        ("rho", 1.5),
        ("epsilon", -1e-7),
        ("beta_1", 1.0),
        ("beta_2", -0.1),
        ("clipnorm", 1.0),
        ("clipvalue", 1.0),
        ("global_clipnorm", 1.0),
        ("use_ema", True),
        ("ema_momentum", 0.9),
        ("ema_overwrite_frequency", 3),
        ("loss_scale_factor", 2.0),
        ("gradient_accumulation_steps", 2),
    ],
    ids=str,
)
def test_arguments_out_of_range_and_not_supported(name, argument, value):
    own = {"SGD": ["momentum"], "RMSprop": ["momentum", "rho", "epsilon"]}
    of_some = {"momentum", "rho", "epsilon", "beta_1", "beta_2"}
    if argument in of_some - set(own.get(name, ["beta_1", "beta_2", "epsilon"])):
        with pytest.raises(TypeError, match=argument):
            getattr(optimizers, name)(**{argument: value})
        return
    with pytest.raises(
        ValueError, match=rf"\[{name}\] (expected )?{argument}.*(got|not supported)"
    ):
        getattr(optimizers, name)(**{argument: value})


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
    assert repr(optimizers.SGD(0.5)) == "<SGD learning_rate=0.5>"


@pytest.mark.parametrize("identifier", ["nope", None, 3, Variable])
def test_unknown_optimizer(identifier):
    with pytest.raises(ValueError, match=r"\[optimizers.get\] expected one of 'sgd', .*got"):
        optimizers.get(identifier)


def test_refused_optimizers_say_so():
    with pytest.raises(ImportError, match=r"brisknet.optimizers.Nadam of Keras is not supported"):
        optimizers.Nadam  # noqa: B018


def test_own_optimizer():
    class Signs(optimizers.Optimizer):
        def slots(self):
            return ("seen",)

        def update(self, w, g, state):
            state["seen"].value[...] += 1
            w -= self.learning_rate * np.sign(g)

    optimizer = Signs(0.5)
    model = bn.Sequential([bn.Input((1,)), bn.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer, "mse")
    model.fit(np.ones((4, 1)), np.ones(4), batch_size=2, verbose=0)
    assert [w.item() for w in model.get_weights()] == [0.5, 0.5]  # there after the first step
    assert [v.numpy().item() for v in optimizer.variables] == [2, 2]
    with pytest.raises(NotImplementedError, match=r"\[Optimizer\] an optimizer must define update"):
        optimizers.Optimizer(0.1).apply([[1.0]], [Variable([1.0])])
