"""Time brisknet's estimators and models on tabular data, beside scikit-learn's MLP and the peers.

Data sets that scikit-learn ships, and generated ones of 10^3 to 10^6 rows. The network is
scikit-learn's default everywhere: one hidden layer of 100 (relu), Adam, batches of 200, or of all
samples where there are fewer. Each framework has a process of its own for each data set, and they
take turns. See the README beside this file.
"""

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from math import inf
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import peers
from memory import forget_peak, resident

HIDDEN, BATCH = 100, 200
RATE = 1e-3  # Adam's
FRACTION = 0.98  # of scikit-learn's score, which counts as reached
COLUMNS = 20  # of the generated data
EPOCHS = 200  # at most, of scikit-learn's fit; it ends earlier where the loss no longer falls
FEWER = {10**4: 50, 10**5: 10, 10**6: 3}  # at most, of so many rows

NOTES = f"""
- s to score: seconds of `fit` until the end of the epoch that reaches {FRACTION} of the validation
  score of scikit-learn's default fit; without the time that measuring the score takes.
- step: an epoch's time by its steps; over all epochs but each run's first.
- MB: growth of the resident memory in a first fit, beside the data.
- score: accuracy, or R^2 (diabetes), of the fifth set aside, after as many epochs as scikit-learn's
  default fit makes, at most {EPOCHS} ({FEWER[10**4]} of 10^4 rows, {FEWER[10**5]} of 10^5,
  {FEWER[10**6]} of 10^6).
- x sklearn: scikit-learn's medians by this one's; above 1 is faster than scikit-learn.
- Medians (and minima) over the repeats, which differ in their seeds. Features, and the numbers of
  diabetes, are standardised; all is float32.
- The penalty, alpha, is left out in all but scikit-learn's and brisknet's MLP."""


class Data(NamedTuple):
    """A data set: float32 features, and labels (integers) or numbers (float32, (rows, 1))."""

    x: npt.NDArray[np.float32]
    y: npt.NDArray[Any]
    x_test: npt.NDArray[np.float32]
    y_test: npt.NDArray[Any]

    @property
    def classes(self) -> int:
        """How many there are; 0 where numbers are predicted."""
        return 0 if self.y.dtype.kind == "f" else int(self.y.max()) + 1

    @property
    def outputs(self) -> int:
        return self.classes if self.classes > 2 else 1

    @property
    def batch(self) -> int:
        return min(BATCH, len(self.x))

    def score(self, outputs: Any) -> float:
        """Of what a network gives for the samples set aside, before or after its activation."""
        outputs = np.asarray(outputs)
        if not self.classes:
            rest = np.sum((self.y_test - outputs) ** 2)
            return float(1 - rest / np.sum((self.y_test - self.y_test.mean()) ** 2))
        return float(np.mean(outputs.argmax(axis=1) == self.y_test))


class Clock:
    """Seconds of training at the end of each epoch, and the scores then, unless `score` is None."""

    def __init__(self, score: Callable[[], float] | None) -> None:
        self._score = score
        self.scores: list[float] = []
        self.seconds: list[float] = []
        self._start = time.perf_counter()

    def epoch_ends(self, *_: Any) -> None:
        now = time.perf_counter()
        self.seconds.append(now - self._start)
        if self._score is not None:
            self.scores.append(self._score())
        self._start += time.perf_counter() - now


# The frameworks, in the child: each trains for some epochs and returns its clock, stopped.


def fit_brisknet(data: Data, epochs: int, seed: int, scored: bool) -> Clock:
    callbacks = import_module("brisknet.callbacks")
    module = import_module("brisknet.sklearn")
    model = perceptron(module, data, epochs, seed)
    clock = Clock(partial(score_of, model, data) if scored else None)
    model.set_params(callbacks=[callbacks.LambdaCallback(on_epoch_end=clock.epoch_ends)])
    model.fit(data.x, data.y.ravel())
    return clock


def fit_sklearn(data: Data, epochs: int, seed: int, scored: bool) -> Clock:
    model = perceptron(import_module("sklearn.neural_network"), data, epochs, seed)
    clock = Clock(partial(score_of, model, data) if scored else None)
    compare = model._update_no_improvement_count

    def compare_and_tell(*args: Any) -> None:  # there is no public hook for the end of an epoch
        compare(*args)
        clock.epoch_ends()

    model._update_no_improvement_count = compare_and_tell
    model.fit(data.x, data.y.ravel())
    return clock


def perceptron(module: Any, data: Data, epochs: int, seed: int) -> Any:
    """scikit-learn's estimator or brisknet's, which trains for exactly these epochs."""
    kind = module.MLPClassifier if data.classes else module.MLPRegressor
    return kind(max_iter=epochs, n_iter_no_change=epochs, random_state=seed)


def score_of(model: Any, data: Data) -> float:
    if data.classes:
        return data.score(model.predict_proba(data.x_test))
    return data.score(model.predict(data.x_test)[:, None])


def fit_keras(module: str, data: Data, epochs: int, seed: int, scored: bool) -> Clock:
    """By `fit` with its defaults; brisknet and Keras differ in the import alone."""
    keras: Any = import_module(module)
    keras.utils.set_random_seed(seed)
    if data.classes > 2:
        last, loss = "softmax", "sparse_categorical_crossentropy"
    elif data.classes:
        last, loss = "sigmoid", "binary_crossentropy"
    else:
        last, loss = "linear", "mean_squared_error"
    hidden = keras.layers.Dense(HIDDEN, activation="relu")
    output = keras.layers.Dense(data.outputs, activation=last)
    model = keras.Sequential([keras.Input((data.x.shape[1],)), hidden, output])
    model.compile(optimizer=keras.optimizers.Adam(RATE), loss=loss)

    def score() -> float:
        outputs = np.asarray(model.predict_on_batch(data.x_test))
        return data.score(np.hstack([1 - outputs, outputs]) if data.classes == 2 else outputs)

    clock = Clock(score if scored else None)
    ends = keras.callbacks.LambdaCallback(on_epoch_end=clock.epoch_ends)
    options = {"epochs": epochs, "batch_size": data.batch, "verbose": 0}
    model.fit(data.x, data.y.reshape(len(data.y), -1), callbacks=[ends], **options)
    return clock


def fit_torch(data: Data, epochs: int, seed: int, scored: bool) -> Clock:
    """Eagerly, with the data in memory, a permutation an epoch and no `DataLoader`."""
    torch = import_module("torch")
    nn = torch.nn
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(seed)
    x, x_test = torch.from_numpy(data.x), torch.from_numpy(data.x_test)
    y = torch.from_numpy(data.y if data.classes > 2 else data.y.reshape(-1, 1).astype(np.float32))
    model = nn.Sequential(nn.Linear(x.shape[1], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, data.outputs))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    loss_of = nn.MSELoss()
    if data.classes:
        loss_of = nn.CrossEntropyLoss() if data.classes > 2 else nn.BCEWithLogitsLoss()

    def score() -> float:
        with torch.inference_mode():
            outputs = model(x_test).numpy()
        return data.score(np.hstack([-outputs, outputs]) if data.classes == 2 else outputs)

    clock = Clock(score if scored else None)
    for _ in range(epochs):
        total = torch.zeros(())
        for rows in torch.randperm(len(x)).split(data.batch):
            loss = loss_of(model(x.index_select(0, rows)), y.index_select(0, rows))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
        total.item()
        clock.epoch_ends()
    return clock


class Framework(NamedTuple):
    fit: Callable[[Data, int, int, bool], Clock]
    modules: tuple[str, ...]  # whose versions are stated
    submodule: str | None = None  # which is not imported with them


FRAMEWORKS = {
    "brisknet": Framework(fit_brisknet, ("brisknet", "sklearn", "numpy"), "brisknet.sklearn"),
    "brisknet-sequential": Framework(partial(fit_keras, "brisknet"), ("brisknet", "numpy")),
    "sklearn": Framework(fit_sklearn, ("sklearn", "numpy"), "sklearn.neural_network"),
    "torch": Framework(fit_torch, ("torch",)),
    "keras-jax": Framework(partial(fit_keras, "keras"), ("keras", "jax")),
    "keras-tensorflow": Framework(partial(fit_keras, "keras"), ("keras", "tensorflow")),
}


def answer(name: str, path: str, epochs: int, seed: int | None) -> dict[str, Any]:
    """Train once, in this process; without a seed, only to warm up and to measure the memory."""
    warnings.simplefilter("ignore")  # that training has not converged: it ends when it is told to
    with np.load(path) as arrays:
        data = Data(*(arrays[field] for field in Data._fields))
    fit, _, submodule = FRAMEWORKS[name]
    if submodule is not None:
        import_module(submodule)  # so that the first fit's memory is its own
    if seed is not None:
        clock = fit(data, epochs, seed, True)
        return {"seconds": clock.seconds, "scores": clock.scores}
    if not Path("/proc/self/clear_refs").exists():
        fit(data, min(epochs, 2), 0, False)
        return {"bytes": None}
    before = forget_peak()
    fit(data, min(epochs, 2), 0, False)
    return {"bytes": resident("VmHWM") - before}


# The data sets, in the parent.


def load(name: str) -> Data:
    """A data set of scikit-learn's by its name, or a generated one by its number of rows."""
    datasets = import_module("sklearn.datasets")
    if name.isdigit():
        x, y = datasets.make_classification(
            int(name), COLUMNS, n_informative=10, n_clusters_per_class=4, random_state=0
        )
    else:
        x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    test, train = np.split(order, [len(x) // 5])
    x = (x - x[train].mean(axis=0)) / np.maximum(x[train].std(axis=0), 1e-6)
    if y.dtype.kind == "f":
        y = ((y - y[train].mean()) / y[train].std())[:, None].astype(np.float32)
    else:
        y = y.astype(np.int64)
    x = x.astype(np.float32)
    return Data(x[train], y[train], x[test], y[test])


class Reference(NamedTuple):
    """What scikit-learn's default fit comes to."""

    epochs: int
    score: float


def reference(data: Data, most: int) -> Reference:
    neural_network = import_module("sklearn.neural_network")
    kind = neural_network.MLPClassifier if data.classes else neural_network.MLPRegressor
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = kind(max_iter=most, random_state=0).fit(data.x, data.y.ravel())
    return Reference(int(model.n_iter_), score_of(model, data))


class Runs(NamedTuple):
    """What a framework came to on a data set."""

    mb: float | None
    outcomes: list[dict[str, Any]]

    def to_score(self, score: float) -> list[float]:
        """Each repeat's seconds; infinity where the score was not reached."""
        pairs = [zip(o["seconds"], o["scores"], strict=True) for o in self.outcomes]
        return [next((s for s, found in each if found >= score), inf) for each in pairs]

    def steps(self, steps: int) -> list[float]:
        """Seconds of a step, by epochs."""
        epochs = [np.diff(o["seconds"]) for o in self.outcomes]
        return (np.concatenate(epochs) / steps).tolist()  # type: ignore[no-any-return]

    def score(self) -> float:
        return median(o["scores"][-1] for o in self.outcomes)


def measure(path: str, epochs: int, args: argparse.Namespace) -> tuple[dict[str, Runs], Any]:
    """All frameworks on one data set, taking turns; and their versions."""
    found: dict[str, Runs] = {}
    with peers.start(args) as running:
        versions = {name: peer.versions for name, peer in running.items()}
        for name, peer in list(running.items()):
            try:
                grown = peer.ask(path=path, epochs=epochs, seed=None)["bytes"]
            except peers.PeerError as error:
                print(f"{name}: {error}", file=sys.stderr)
                del running[name]
                continue
            found[name] = Runs(None if grown is None else grown / 1e6, [])
        for seed in range(args.repeats):
            for name, peer in running.items():
                found[name].outcomes.append(peer.ask(path=path, epochs=epochs, seed=seed))
    return found, versions


def rows_of(name: str, data: Data, wanted: Reference, found: dict[str, Runs]) -> Iterable[str]:
    """The data set's rows of the table."""
    steps = -(-len(data.x) // data.batch)
    base = found.get("sklearn")
    for framework, runs in found.items():
        times, step = runs.to_score(FRACTION * wanted.score), runs.steps(steps)
        ratios = ["-", "-"]
        if base is not None:
            theirs = median(base.to_score(FRACTION * wanted.score))
            if theirs < inf and median(times) < inf:
                ratios[0] = f"{theirs / median(times):.1f}"
            ratios[1] = f"{median(base.steps(steps)) / median(step):.1f}"
        reached = "not reached"
        if median(times) < inf:
            reached = f"{median(times):.4g} ({min(times):.4g})"
        mb = "-" if runs.mb is None else f"{runs.mb:.1f}"
        took = f"{median(step) * 1e6:.4g} ({min(step) * 1e6:.4g})"
        cells = (name, framework, reached, ratios[0], took, ratios[1], mb, f"{runs.score():.4f}")
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Time training on tabular data.")
    shipped = ["wine", "diabetes", "breast_cancer", "digits"]
    names = [*shipped, *(str(10**power) for power in range(3, 7))]
    add = parser.add_argument
    add("--data", action="append", choices=names, help="only these data sets (repeatable)")
    add("--repeats", type=int, default=3, help="fits of each framework (%(default)s)")
    add("--quick", action="store_true", help="small data sets, one repeat, few epochs")
    args = peers.parse(parser, FRAMEWORKS)
    if args.child:
        peers.serve(partial(answer, args.child), FRAMEWORKS[args.child].modules)
        return
    if args.repeats < 1:
        parser.error("at least 1 repeat")
    if args.quick:
        names, args.repeats = ["wine", "diabetes", "1000"], 1
    versions: dict[str, Any] = {}
    table: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in args.data or names:
            data = load(name)
            most = 5 if args.quick else FEWER.get(len(data.x) + len(data.x_test), EPOCHS)
            wanted = reference(data, most)
            peers.settle()
            path = str(Path(folder) / f"{name}.npz")
            np.savez(path, **data._asdict())
            found, used = measure(path, wanted.epochs, args)
            versions |= used
            table += rows_of(name.replace("_", " "), data, wanted, found)
            print(f"{name}: {wanted.epochs} epochs, score {wanted.score:.4f}", file=sys.stderr)
    title = f"Tabular data, {args.repeats} repeats"
    peers.print_header(title, args, {name: versions.get(name, {}) for name in args.only})
    print("\n| data | | s to score | x sklearn | step µs | x sklearn | MB | score |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    print(*table, NOTES, sep="\n")


if __name__ == "__main__":
    main()
