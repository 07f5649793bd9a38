"""Every rule of optimizers in the core: its numbers, its state, and a step of it."""

import math

import numpy as np
import pytest

from brisknet import _core

SIZES = (0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100)

NO_PENALTY = {"l1": 0.0, "l2": 0.0, "l2_shrinkage": 0.0, "beta": 0.0}
RULES = _core.rules()
# Rule, the state arrays that it keeps, and what else it takes.
CASES = {
    "sgd": ("sgd", "", {"momentum": 0.0, "nesterov": False}),
    "sgd momentum": ("sgd", "momentum", {"momentum": 0.9, "nesterov": False}),
    "sgd nesterov": ("sgd", "momentum", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("rmsprop", "velocity", {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7}),
    "rmsprop momentum": (
        "rmsprop",
        "velocity momentum",
        {"rho": 0.8, "momentum": 0.5, "epsilon": 1e-7},
    ),
    "rmsprop centered": (
        "rmsprop",
        "velocity average_gradient",
        {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7},
    ),
    "rmsprop centered momentum": (
        "rmsprop",
        "velocity momentum average_gradient",
        {"rho": 0.9, "momentum": 0.5, "epsilon": 1e-3},
    ),
    "adam": ("adam", "momentum velocity", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    "adam other": ("adam", "momentum velocity", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
    "adam amsgrad": (
        "adam",
        "momentum velocity velocity_hat",
        {"beta_1": 0.9, "beta_2": 0.9, "epsilon": 1e-7},
    ),
    "adamax": ("adamax", "momentum norm", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    "nadam": ("nadam", "momentum velocity", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    "lamb": ("lamb", "momentum velocity", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    "adagrad": ("adagrad", "accumulator", {"epsilon": 1e-7}),
    "adadelta": (
        "adadelta",
        "accumulated_grad accumulated_delta_var",
        {"rho": 0.95, "epsilon": 1e-7},
    ),
    "ftrl": (
        "ftrl",
        "accumulator linear",
        {"exponent": 0.5, "l1": 0.3, "l2": 0.2, "l2_shrinkage": 0.1, "beta": 0.5},
    ),
    "ftrl power 0": ("ftrl", "accumulator linear", {"exponent": 0.0, **NO_PENALTY}),
    "ftrl power": ("ftrl", "accumulator linear", {"exponent": 0.7, **NO_PENALTY}),
    "lion": ("lion", "momentum", {"beta_1": 0.9, "beta_2": 0.99}),
}
every_case = pytest.mark.parametrize("case", CASES)


def calls(case, rate, steps):
    """What each step's call takes beside the arrays: corrections for the moments' start at zero."""
    rule, _, options = CASES[case]
    for t in range(1, steps + 1):
        now, missing = (
            {"learning_rate": rate},
            [1 - options.get(f"beta_{i}", 0) ** t for i in (1, 2)],
        )
        if rule == "adam":
            now = {"rate": rate * math.sqrt(missing[1]) / missing[0]}
        if rule == "adamax":
            now = {"rate": rate / missing[0]}
        if rule == "lamb":
            now |= {"missing_1": missing[0], "missing_2": missing[1]}
        if rule == "nadam":
            u = [options["beta_1"] * (1 - 0.96**n / 2) for n in range(1, t + 2)]
            now = {
                "rate_m": rate * u[t] / (1 - math.prod(u)),
                "rate_g": rate * (1 - u[t - 1]) / (1 - math.prod(u[:t])),
                "missing": missing[1],
            }
        yield options | now


def start(case, w):
    """All arrays that the rule writes: w and its state, None where it keeps none."""
    rule, kept, _ = CASES[case]
    first = {"accumulator": np.float32(0.1)}
    state = {
        name: np.full_like(w, first.get(name, 0)) if name in kept.split() else None
        for name in RULES[rule][1]
    }
    return {"w": w.copy(), **state}


def step(case, arrays, g, call):
    rule = CASES[case][0]
    assert run(rule, list(arrays.values()), g, scalars(rule, call)) is None


def scalars(rule, call):
    return [call[name] for name in RULES[rule][0]]


def run(rule, arrays, g, given):
    """A step of one variable: the arrays are w and the state."""
    return _core.Update(rule, [[arrays[0], g, *arrays[1:]]]).step(given)
