"""Time steps and predictions with vanishing numbers, compared with the same without them.

The momentum of a dead unit decays, gradients shrink in saturated layers, and data may contain tiny
numbers: those below 2^-126 are denormal, and slow on most CPUs. brisknet replaces them by zero. The
aim: at most 1.1 times the time without them.
"""

import argparse
import time
from collections.abc import Callable
from importlib import import_module
from statistics import median
from typing import Any

import numpy as np

import peers

INPUTS, BATCH, LIVE = 20, 32, 8  # of so many hidden units one lives
AIM = 1.1
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": 0.9},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "Adam": {},
    "AdamW": {},
    "Adamax": {},
    "Nadam": {},
    "Adagrad": {"initial_accumulator_value": 0.0},
    "Adadelta": {},
    "Ftrl": {},
    "Lion": {},
    "Lamb": {},
}
# State that averages squares takes 70,000 steps to decay, at 0.999 each: it begins near the end.
SQUARES = {"velocity", "norm", "accumulator", "accumulated_grad", "accumulated_delta_var"}
DECAYED = 1e-40


def network(units: int, optimizer: Any, layers: int = 2, activation: str = "relu") -> Any:
    keras = import_module("brisknet")
    hidden = [keras.layers.Dense(units, activation=activation) for _ in range(layers)]
    model = keras.Sequential([keras.Input((INPUTS,)), *hidden, keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model


def data(rows: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((rows, INPUTS), np.float32), rng.standard_normal((rows, 1))


def kill(model: Any, units: int) -> None:
    """Gives all but each LIVE-th hidden unit a bias of -100, and ages their averages of squares."""
    dead = np.arange(units) % LIVE != 0
    weights = model.get_weights()
    for bias in weights[1], weights[3]:
        bias[dead] = -100
    model.set_weights(weights)
    untrained = [np.zeros(w.shape, bool) for w in weights]
    for i in range(4):
        untrained[i][..., dead] = True
    untrained[2][dead] = untrained[4][dead] = True
    state = model.optimizer.state_arrays()
    for name, array in state.items():
        variable, _, slot = name.partition("/")
        if slot in SQUARES:
            array[untrained[int(variable)]] = DECAYED
    model.optimizer.load_state_arrays(state)


def seconds(call: Callable[[], object]) -> float:
    """Of this process's CPUs: on one thread, other processes disturb it little."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


def in_turn(
    one: Callable[[], object], other: Callable[[], object], times: int
) -> tuple[list[float], list[float]]:
    """Seconds of both, called in turn, so that a slow spell of the machine meets both."""
    pairs = [(seconds(one), seconds(other)) for _ in range(times)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def share_of_denormals(model: Any) -> float:
    """Among what training keeps and makes: state, weights and gradients."""
    kept = [*model.optimizer.state_arrays().values(), *model.get_weights()]
    arrays = [*kept, *(v.grad for v in model.trainable_variables)]
    numbers = np.concatenate([np.ravel(a) for a in arrays if a.dtype == np.float32])
    return float(((numbers != 0) & (np.abs(numbers) < np.finfo(np.float32).tiny)).mean())


def report(
    what: str, unit: float, without: list[float], vanishing: list[float], model: Any = None
) -> None:
    """A row. The worst is the largest median of three calls in turn: one may be disturbed."""
    usual = median(without)
    worst = max(median(vanishing[i : i + 3]) for i in range(max(1, len(vanishing) - 2)))
    ratio = f"{worst / usual:.2f}" + (" (over)" if worst > AIM * usual else "")
    numbers = [f"{t / unit:.1f}" for t in (usual, vanishing[0], worst, vanishing[-1])]
    left = "" if model is None else f"{share_of_denormals(model):.3f}"
    print("|", " | ".join([what, *numbers, ratio, left]), "|", flush=True)


def fit(model: Any, x: Any, y: Any) -> Callable[[], object]:
    return lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)


def dead_units(name: str, args: argparse.Namespace) -> None:
    make = getattr(import_module("brisknet").optimizers, name)
    x, y = data(args.rows)
    alive, dead = (network(args.units, make(1e-4, **OPTIMIZERS[name])) for _ in range(2))
    for model in alive, dead:
        fit(model, x, y)()
    kill(dead, args.units)
    without, vanishing = in_turn(fit(alive, x, y), fit(dead, x, y), args.epochs)
    steps = -(-args.rows // BATCH)
    report(f"{name}, dead units", steps * 1e-6, without, vanishing, dead)


def saturated(args: argparse.Namespace) -> None:
    x, y = data(-(-args.rows // 4))
    units = -(-args.units // 4)
    usual, steep = (network(units, "sgd", args.layers, "tanh") for _ in range(2))
    steep.set_weights([w * np.float32(30) for w in steep.get_weights()])
    for model in usual, steep:
        fit(model, x, y)()
    without, vanishing = in_turn(fit(usual, x, y), fit(steep, x, y), args.epochs)
    steps = -(-len(x) // BATCH)
    report(f"{args.layers} saturated tanh layers", steps * 1e-6, without, vanishing, steep)


def predict(model: Any, x: Any, times: int) -> Callable[[], object]:
    return lambda: [model.predict(x, verbose=0) for _ in range(times)]


def predictions(args: argparse.Namespace) -> None:
    x, _ = data(args.rows)
    model, small = network(args.units, "sgd"), network(args.units, "sgd")
    small.set_weights([every_other(w) for w in model.get_weights()])
    nothing = np.full_like(x, DECAYED)
    for what, changed, inputs, times in (
        ("predict, denormal inputs", model, every_other(x), 1),
        ("predict, denormal inputs alone", model, nothing, 1),
        ("predict, denormal weights", small, x, 1),
        ("predict a row, denormal inputs", model, every_other(x[:1]), 200),
        ("predict a row, denormal weights", small, x[:1], 200),
    ):
        calls = predict(model, x[: len(inputs)], times), predict(changed, inputs, times)
        for call in calls:
            call()
        report(what, times * 1e-6, *in_turn(*calls, args.epochs))


def every_other(x: Any) -> Any:
    """The array with denormals in every other column."""
    return np.where(np.arange(x.shape[-1]) % 2, np.float32(DECAYED), x)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time training where numbers vanish.")
    add = parser.add_argument
    add("--units", type=int, default=1024, help="of a hidden layer (%(default)s)")
    add("--rows", type=int, default=6400, help="of the data (%(default)s)")
    add("--layers", type=int, default=30, help="that are saturated (%(default)s)")
    add("--epochs", type=int, default=10, help="measured of each (%(default)s)")
    add("--threads", type=int, default=1, help="(%(default)s)")
    add("--optimizer", action="append", choices=OPTIMIZERS, help="repeatable; by default all")
    args = parser.parse_args()
    if args.units < LIVE or min(args.rows, args.layers, args.epochs, args.threads) < 1:
        parser.error(f"at least {LIVE} units, 1 row, layer, epoch and thread")
    keras = import_module("brisknet")
    keras.config.set_num_threads(args.threads)
    versions = f"{peers.cpu_model()}, brisknet {keras.__version__}"
    print(f"{versions}, threads: {args.threads}, units: {args.units}, rows: {args.rows}\n")
    print("| | without, µs | first, µs | worst, µs | last, µs | worst to without | denormal |")
    print("|---|---|---|---|---|---|---|")
    for name in args.optimizer or OPTIMIZERS:
        dead_units(name, args)
    saturated(args)
    predictions(args)


if __name__ == "__main__":
    main()
