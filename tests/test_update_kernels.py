"""Optimizer updates: Keras's own trajectories, its operations to the bit, the same bits."""

import math

import numpy as np
import pytest

import reference
from brisknet import _core
from reference import U, assert_same_bits, assert_within

SIZES = (0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100)

# Rule, the state arrays that it keeps, and what else it takes.
CASES = {
    "sgd": ("sgd", "", {"momentum": 0.0, "nesterov": False}),
    "sgd momentum": ("sgd", "momentums", {"momentum": 0.9, "nesterov": False}),
    "sgd nesterov": ("sgd", "momentums", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("rmsprop", "velocity", {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7}),
    "rmsprop momentum": (
        "rmsprop",
        "velocity momentums",
        {"rho": 0.8, "momentum": 0.5, "epsilon": 1e-7},
    ),
    "rmsprop centered": (
        "rmsprop",
        "velocity average",
        {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7},
    ),
    "rmsprop centered momentum": (
        "rmsprop",
        "velocity momentums average",
        {"rho": 0.9, "momentum": 0.5, "epsilon": 1e-3},
    ),
    "adam": ("adam", "m v", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    "adam other": ("adam", "m v", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
    "adam amsgrad": ("adam", "m v v_max", {"beta_1": 0.9, "beta_2": 0.9, "epsilon": 1e-7}),
}
STATE = {
    "sgd": ("momentums",),
    "rmsprop": ("velocity", "momentums", "average"),
    "adam": ("m", "v", "v_max"),
}
# w after four steps of Keras 3.15 (JAX on a CPU) from START by GRADIENTS.
START = (1.0, -2.0, 0.5)
GRADIENTS = ((0.1, -1.0, 3.0), (0.3, 0.5, -0.02), (-0.7, 0.25, 1e-4), (0.05, -2.0, 0.9))
KERAS = {
    "sgd": (0.1, [1.0250001, -1.7749999, 0.11199]),
    "sgd momentum": (0.1, [1.01231, -1.6391, -0.61629903]),
    "sgd nesterov": (0.1, [1.036079, -1.4501901, -0.89267915]),
    "rmsprop": (0.01, [0.96513134, -1.9623487, 0.45811567]),
    "rmsprop momentum": (0.01, [0.9500634, -1.9654142, 0.44971833]),
    "rmsprop centered": (0.01, [0.96109474, -1.9594059, 0.455673]),
    "rmsprop centered momentum": (0.01, [0.9443108, -1.945362, 0.42672732]),
    "adam": (0.01, [0.9857205, -1.981429, 0.47250265]),
    "adam other": (0.03, [0.9686224, -1.9519334, 0.43412188]),
    "adam amsgrad": (0.01, [0.9856651, -1.9816028, 0.4731151]),
}
every_case = pytest.mark.parametrize("case", CASES)


def learning_rates(case, rate, steps):
    """adam's with the correction of its moments' start at zero."""
    options = CASES[case][2]
    for t in range(1, steps + 1):
        correction = 1.0
        if "beta_1" in options:
            correction = math.sqrt(1 - options["beta_2"] ** t) / (1 - options["beta_1"] ** t)
        yield rate * correction


def start(case, w):
    """All arrays that the rule writes: w and its state, None where it keeps none."""
    rule, kept, _ = CASES[case]
    state = {name: np.zeros_like(w) if name in kept.split() else None for name in STATE[rule]}
    return {"w": w.copy(), **state}


def step(case, arrays, g, rate):
    rule, _, options = CASES[case]
    assert getattr(_core, rule)(g=g, learning_rate=rate, **arrays, **options) is None


def reference_step(case, arrays, g, rate):
    rule, _, options = CASES[case]
    new = getattr(reference, rule)(g=g, learning_rate=rate, **arrays, **options)
    return dict(zip(arrays, new, strict=True))


def assert_same_arrays(expected, got):
    for name, array in expected.items():
        if array is None:
            assert got[name] is None
        else:
            assert_same_bits(array, got[name], name)


@every_case
def test_keras_trajectory(isa, case):
    rate, expected = KERAS[case]
    arrays = start(case, np.array(START, np.float32))
    for g, now in zip(GRADIENTS, learning_rates(case, rate, 4), strict=True):
        step(case, arrays, np.array(g, np.float32), now)
    # A rounding of w a step, and of the step's few factors. Keras's adam has 1 - beta_2^t in
    # float32, which errs by up to U / (1 - beta_2) of itself.
    relative = 8 * U + U / (1 - CASES[case][2].get("beta_2", 0))
    moved = np.abs(np.array(expected) - START) + 4 * rate
    assert_within(arrays["w"], np.array(expected), 4 * U * 2 + relative * moved)


@every_case
def test_keras_operations_to_the_bit(isa, rng, case):
    for n in SIZES:
        arrays = start(case, rng.standard_normal(n, np.float32))
        expected = dict(arrays)
        exact = {k: None if a is None else a.astype(np.float64) for k, a in arrays.items()}
        for rate in learning_rates(case, 0.01, 4):
            g = rng.standard_normal(n, np.float32)
            expected = reference_step(case, expected, g, rate)
            exact = reference_step(case, exact, g.astype(np.float64), rate)
            before = g.copy()
            step(case, arrays, g, rate)
            assert_same_bits(before, g)
            assert_same_arrays(expected, arrays)
        # Four steps of at most 0.1 with some 16 roundings, and one of w, which moves less than 1.
        assert_within(arrays["w"], exact["w"], 4 * U * (16 * 0.1 + np.abs(exact["w"]) + 1))


@every_case
def test_nothing_beside_the_arrays_is_written(isa, rng, case):
    for n in (1, 5, 13, 17):
        around = start(case, np.full(n + 40, 2, np.float32))
        before = {k: None if a is None else a.copy() for k, a in around.items()}
        inside = {k: None if a is None else a[17 : 17 + n] for k, a in around.items()}
        step(case, inside, rng.standard_normal(n, np.float32), 0.1)
        for name, array in around.items():
            if array is not None:
                changed = array != before[name]
                assert changed[17 : 17 + n].all()
                assert not changed[:17].any()
                assert not changed[17 + n :].any()


@every_case
def test_a_gradient_that_diverged_shows(isa, case):
    for value in (math.nan, math.inf, -math.inf):
        arrays = start(case, np.ones(9, np.float32))
        g = np.zeros(9, np.float32)
        g[4] = value
        step(case, arrays, g, 0.1)
        bad = ~np.isfinite(arrays["w"])
        np.testing.assert_array_equal(bad, np.arange(9) == 4)


@every_case
def test_zero_gradient_at_the_start_moves_nothing(isa, case):
    arrays = start(case, np.ones(9, np.float32))
    step(case, arrays, np.zeros(9, np.float32), 0.1)
    assert_same_arrays(start(case, np.ones(9, np.float32)), arrays)


@every_case
def test_any_shape(isa, rng, case):
    w, g = rng.standard_normal((2, 3, 4, 5), np.float32)
    flat, shaped = start(case, w.ravel()), start(case, w)
    step(case, flat, g.ravel(), 0.1)
    step(case, shaped, g, 0.1)
    for name, array in flat.items():
        if array is not None:
            assert_same_bits(array.reshape(3, 4, 5), shaped[name])


@every_case
def test_same_bits(same_bits, rng, case):
    w = rng.standard_normal(100_003, np.float32)
    gradients = [rng.standard_normal(w.size, np.float32) for _ in range(3)]

    def steps():
        arrays = start(case, w)
        for g, rate in zip(gradients, learning_rates(case, 0.01, 3), strict=True):
            step(case, arrays, g, rate)
        return tuple(array for array in arrays.values() if array is not None)

    same_bits(steps)


def test_decay(same_bits, rng):
    for n in (*SIZES, 100_003):
        w = rng.standard_normal(n, np.float32)

        def decayed(w=w):
            copy = w.copy()
            assert _core.decay(copy, 0.01) is None
            return copy

        assert_same_bits(w - w * np.float32(0.01), same_bits(decayed)[0])
