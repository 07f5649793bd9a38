"""Every optimizer update in the core: its arguments, its state, and a call of it."""

import math

import numpy as np
import pytest

from brisknet import _core

SIZES = (0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100)

NO_PENALTY = {"l1": 0.0, "l2": 0.0, "l2_shrinkage": 0.0, "beta": 0.0}
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
    "adamax": ("adamax", "m u", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    "nadam": ("nadam", "m v", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    "lamb": ("lamb", "m v", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    "adagrad": ("adagrad", "accumulator", {"epsilon": 1e-7}),
    "adadelta": ("adadelta", "squares steps", {"rho": 0.95, "epsilon": 1e-7}),
    "ftrl": (
        "ftrl",
        "accumulator linear",
        {"exponent": 0.5, "l1": 0.3, "l2": 0.2, "l2_shrinkage": 0.1, "beta": 0.5},
    ),
    "ftrl power 0": ("ftrl", "accumulator linear", {"exponent": 0.0, **NO_PENALTY}),
    "ftrl power": ("ftrl", "accumulator linear", {"exponent": 0.7, **NO_PENALTY}),
    "lion": ("lion", "m", {"beta_1": 0.9, "beta_2": 0.99}),
}
STATE = {
    "sgd": ("momentums",),
    "rmsprop": ("velocity", "momentums", "average"),
    "adam": ("m", "v", "v_max"),
}  # where some of it is optional
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
            now = {"learning_rate": rate * math.sqrt(missing[1]) / missing[0]}
        if rule == "adamax":
            now = {"learning_rate": rate / missing[0]}
        if rule == "lamb":
            now |= {"missing_1": missing[0], "missing_2": missing[1]}
        if rule == "nadam":
            u = [options["beta_1"] * (1 - 0.96**n / 2) for n in range(1, t + 2)]
            now = {
                "momentum_rate": rate * u[t] / (1 - math.prod(u)),
                "gradient_rate": rate * (1 - u[t - 1]) / (1 - math.prod(u[:t])),
                "missing": missing[1],
            }
        yield options | now


def start(case, w):
    """All arrays that the rule writes: w and its state, None where it keeps none."""
    rule, kept, _ = CASES[case]
    first = {"accumulator": np.float32(0.1)}
    state = {
        name: np.full_like(w, first.get(name, 0)) if name in kept.split() else None
        for name in STATE.get(rule, kept.split())
    }
    return {"w": w.copy(), **state}


def step(case, arrays, g, call):
    assert getattr(_core, CASES[case][0])(g=g, **arrays, **call) is None
