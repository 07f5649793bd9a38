"""Time one MNIST perceptron in brisknet, in NumPy by hand, and in the peers that are installed.

The network is Keras's classic first script: 784 - 512 (relu) - dropout 0.2 - 10 (softmax),
categorical cross-entropy over one-hot labels, RMSprop, shuffled batches of 128, with the loss and
the accuracy tracked while training. Every run is a process of its own, and the runs take turns,
so that a slow minute of the machine falls on all of them. See the README beside this file.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import peers

Floats = npt.NDArray[np.float32]

PIXELS, HIDDEN, CLASSES = 784, 512, 10
BATCH, DROPOUT = 128, 0.2
RATE, RHO, EPSILON = 1e-3, 0.9, 1e-7  # RMSprop's

NOTES = """
- Seconds an epoch: median and minimum over all epochs but each run's first, over all repeats.
- First epoch: what a run's first epoch took, compiling included; median over the repeats.
- Test accuracy: after the last epoch; median over the repeats, none of which is seeded.
- Ratio: the median over brisknet's median; above 1 is slower than brisknet.
- torch: its RMSprop divides by sqrt(v) + eps where Keras divides by sqrt(v + eps); labels are
  class indices, as is usual with it.
- sklearn: MLPClassifier knows neither dropout nor RMSprop, so it trains with Adam and without
  dropout, and tracks only the loss: less work than the others do."""


class Data(NamedTuple):
    """MNIST, ready for training: pixels in [0, 1] and one-hot labels, all float32."""

    x_train: Floats
    y_train: Floats
    x_test: Floats
    y_test: Floats


class Outcome(NamedTuple):
    """What a run finds out: the seconds of each epoch, and the test accuracy after the last."""

    seconds: list[float]
    accuracy: float


def initial_weights() -> list[Floats]:
    """Draw Glorot's uniform weights, and biases of zero, for the two that make layers by hand."""
    weights = []
    for rows, columns in ((PIXELS, HIDDEN), (HIDDEN, CLASSES)):
        limit = (6 / (rows + columns)) ** 0.5
        drawn = np.random.default_rng().uniform(-limit, limit, (rows, columns))
        weights += [drawn.astype(np.float32), np.zeros(columns, np.float32)]
    return weights


def accuracy_of(weights: list[Floats], data: Data) -> float:
    w1, b1, w2, b2 = weights
    guesses = (np.maximum(data.x_test @ w1 + b1, 0) @ w2 + b2).argmax(axis=1)
    return float(np.mean(guesses == data.y_test.argmax(axis=1)))


# The frameworks, a function each. They run in the child, and import what they need there.


def run_keras(module: str, data: Data, epochs: int) -> Outcome:
    """Run the script as a user writes it; brisknet and Keras differ in the import alone."""
    keras: Any = import_module(module)
    layers = keras.layers
    hidden = layers.Dense(HIDDEN, activation="relu")
    output = layers.Dense(CLASSES, activation="softmax")
    model = keras.models.Sequential(
        [keras.Input(shape=(PIXELS,)), hidden, layers.Dropout(DROPOUT), output]
    )
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    options = {"epochs": epochs, "batch_size": BATCH}
    seconds = peers.time_fit(keras, model, data.x_train, data.y_train, **options)
    _, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
    return Outcome(seconds, float(accuracy))


class NumpyMLP:
    """The network by hand: float32 throughout, its large arrays made once and then reused."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng()
        self.weights = initial_weights()
        self.gradients = [np.empty_like(w) for w in self.weights]
        self.squares = [np.zeros_like(w) for w in self.weights]
        self.scratch = [np.empty_like(w) for w in self.weights]
        self.x = np.empty((BATCH, PIXELS), np.float32)
        self.y = np.empty((BATCH, CLASSES), np.float32)
        self.hidden, self.mask, self.back = np.empty((3, BATCH, HIDDEN), np.float32)

    def epoch(self, x: Floats, y: Floats) -> tuple[float, float]:
        order = self.rng.permutation(len(x))
        loss, hits = 0.0, 0
        for start in range(0, len(x), BATCH):
            rows = order[start : start + BATCH]
            x_batch, y_batch = self.x[: len(rows)], self.y[: len(rows)]
            # Any mode but the default, "raise", writes to `out` without a copy between.
            np.take(x, rows, axis=0, out=x_batch, mode="clip")
            np.take(y, rows, axis=0, out=y_batch, mode="clip")
            batch_loss, batch_hits = self.backpropagate(x_batch, y_batch)
            self.update()
            loss, hits = loss + batch_loss, hits + batch_hits
        return loss / len(x), hits / len(x)

    def backpropagate(self, x: Floats, y: Floats) -> tuple[float, int]:
        """Fill the gradients; return the sum of the batch's losses and its correct guesses."""
        size = len(x)
        w1, b1, w2, b2 = self.weights
        hidden, mask, back = self.hidden[:size], self.mask[:size], self.back[:size]

        np.matmul(x, w1, out=hidden)
        hidden += b1
        np.maximum(hidden, 0, out=hidden)
        self.rng.random(out=mask, dtype=np.float32)
        np.greater_equal(mask, DROPOUT, out=mask)
        mask *= 1 / (1 - DROPOUT)
        hidden *= mask

        delta = hidden @ w2 + b2
        delta -= delta.max(axis=1, keepdims=True)
        hits = np.count_nonzero(delta.argmax(axis=1) == y.argmax(axis=1))
        exact = (delta * y).sum()
        np.exp(delta, out=delta)
        total = delta.sum(axis=1, keepdims=True)
        loss = np.log(total).sum() - exact
        delta /= total
        delta -= y  # softmax and cross-entropy together: the gradient is their difference
        delta /= size

        np.matmul(delta, w2.T, out=back)
        back *= mask
        back *= hidden > 0
        dw1, db1, dw2, db2 = self.gradients
        np.matmul(x.T, back, out=dw1)
        np.sum(back, axis=0, out=db1)
        np.matmul(hidden.T, delta, out=dw2)
        np.sum(delta, axis=0, out=db2)
        return float(loss), int(hits)

    def update(self) -> None:
        """RMSprop: v = rho v + (1 - rho) g^2, then w -= rate g / sqrt(v + eps)."""
        groups = zip(self.weights, self.gradients, self.squares, self.scratch, strict=True)
        for weight, gradient, square, scratch in groups:
            np.multiply(gradient, gradient, out=scratch)
            scratch *= 1 - RHO
            square *= RHO
            square += scratch
            np.add(square, EPSILON, out=scratch)
            np.sqrt(scratch, out=scratch)
            np.divide(gradient, scratch, out=scratch)
            scratch *= RATE
            weight -= scratch


def run_numpy(data: Data, epochs: int) -> Outcome:
    network = NumpyMLP()
    seconds = peers.time_epochs(epochs, lambda: network.epoch(data.x_train, data.y_train))
    return Outcome(seconds, accuracy_of(network.weights, data))


def run_torch(data: Data, epochs: int) -> Outcome:
    torch = import_module("torch")
    nn = torch.nn
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.seed()
    x, x_test = torch.from_numpy(data.x_train), torch.from_numpy(data.x_test)
    y, y_test = (torch.from_numpy(part.argmax(axis=1)) for part in (data.y_train, data.y_test))
    model = nn.Sequential(
        nn.Linear(PIXELS, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, CLASSES)
    )
    for layer in (model[0], model[3]):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=RATE, alpha=RHO, eps=EPSILON)

    def epoch() -> tuple[float, float]:
        loss_sum, hits = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for rows in torch.randperm(len(x)).split(BATCH):
            x_batch, y_batch = x.index_select(0, rows), y.index_select(0, rows)
            logits = model(x_batch)
            loss = nn.functional.cross_entropy(logits, y_batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(rows)
            hits += (logits.detach().argmax(1) == y_batch).sum()
        return loss_sum.item() / len(x), hits.item() / len(x)

    seconds = peers.time_epochs(epochs, epoch)
    model.eval()
    with torch.inference_mode():
        return Outcome(seconds, (model(x_test).argmax(1) == y_test).float().mean().item())


def run_jax(data: Data, epochs: int) -> Outcome:
    """Run JAX with optax, each epoch one compiled call."""
    jax, optax = import_module("jax"), import_module("optax")
    jnp, random = jax.numpy, jax.random
    optimizer = optax.rmsprop(RATE, decay=RHO, eps=EPSILON)

    def loss_of(params: Any, x: Any, y: Any, key: Any) -> Any:
        w1, b1, w2, b2 = params
        hidden = jax.nn.relu(x @ w1 + b1)
        keep = random.bernoulli(key, 1 - DROPOUT, hidden.shape)
        logits = jnp.where(keep, hidden / (1 - DROPOUT), 0) @ w2 + b2
        loss = optax.softmax_cross_entropy(logits, y)
        hits = logits.argmax(1) == y.argmax(1)
        return loss.mean(), jnp.array([loss.sum(), hits.sum()])

    def epoch(params: Any, state: Any, key: Any, x: Any, y: Any) -> Any:
        def step(carry: Any, rows: Any) -> Any:
            params, state, key = carry
            key, drop_key = random.split(key)
            grads, sums = jax.grad(loss_of, has_aux=True)(params, x[rows], y[rows], drop_key)
            updates, state = optimizer.update(grads, state, params)
            return (optax.apply_updates(params, updates), state, key), sums

        key, order_key = random.split(key)
        order = random.permutation(order_key, len(x))
        whole = len(x) // BATCH * BATCH
        carry, sums = jax.lax.scan(step, (params, state, key), order[:whole].reshape(-1, BATCH))
        carry, last = step(carry, order[whole:])  # the short batch: scan's are all of a size
        return carry, (sums.sum(0) + last) / len(x)

    params = [jnp.asarray(weight) for weight in initial_weights()]
    carry = (params, optimizer.init(params), random.key(time.time_ns() % 2**32))
    x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
    compiled = jax.jit(epoch, donate_argnums=(0, 1))

    def train() -> tuple[float, float]:
        nonlocal carry
        carry, (loss, accuracy) = compiled(*carry, x, y)
        return float(loss), float(accuracy)

    seconds = peers.time_epochs(epochs, train)
    return Outcome(seconds, accuracy_of([np.asarray(weight) for weight in carry[0]], data))


def run_sklearn(data: Data, epochs: int) -> Outcome:
    neural_network = import_module("sklearn.neural_network")
    labels, test_labels = data.y_train.argmax(1), data.y_test.argmax(1)
    model = neural_network.MLPClassifier(
        (HIDDEN,), solver="adam", alpha=0, batch_size=BATCH, learning_rate_init=RATE
    )

    def epoch() -> tuple[float, float]:
        # Unlike fit, partial_fit makes one pass and keeps the optimizer's state for the next.
        model.partial_fit(data.x_train, labels, classes=range(CLASSES))
        return float(model.loss_), float("nan")

    seconds = peers.time_epochs(epochs, epoch)
    return Outcome(seconds, float(model.score(data.x_test, test_labels)))


class Framework(NamedTuple):
    run: Callable[[Data, int], Outcome]
    modules: tuple[str, ...]  # whose versions are stated


FRAMEWORKS = {
    "brisknet": Framework(partial(run_keras, "brisknet"), ("brisknet", "numpy")),
    "numpy": Framework(run_numpy, ("numpy",)),
    "torch": Framework(run_torch, ("torch",)),
    "jax": Framework(run_jax, ("jax", "optax")),
    "keras-jax": Framework(partial(run_keras, "keras"), ("keras", "jax")),
    "keras-tensorflow": Framework(partial(run_keras, "keras"), ("keras", "tensorflow")),
    "sklearn": Framework(run_sklearn, ("sklearn", "numpy")),
}


def answer(name: str, path: str, epochs: int) -> dict[str, Any]:
    """Run one framework, in this process."""
    with np.load(path) as arrays:
        data = Data(*(arrays[field] for field in Data._fields))
    return FRAMEWORKS[name].run(data, epochs)._asdict()


def run_once(name: str, path: str, args: argparse.Namespace) -> dict[str, Any]:
    """Run one framework in a process of its own."""
    try:
        with peers.Peer(name, args) as peer:
            return {**peer.ask(path=path, epochs=args.epochs), "versions": peer.versions}
    except peers.PeerError as error:
        return {"problem": str(error)}


def load_data() -> Data:
    (x_train, y_train), (x_test, y_test) = import_module("brisknet.datasets.mnist").load_data()
    x_train, x_test = (x.reshape(-1, PIXELS) / np.float32(255) for x in (x_train, x_test))
    one_hot = np.eye(CLASSES, dtype=np.float32)
    return Data(x_train, one_hot[y_train], x_test, one_hot[y_test])


def measure(args: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """Run everything `repeats` times, taking turns; one that cannot run is tried only once."""
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in args.only}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "mnist.npz")
        np.savez(path, **load_data()._asdict())
        for repeat, name in product(range(args.repeats), args.only):
            if any("problem" in result for result in results[name]):
                continue
            results[name].append(run_once(name, path, args))
            print(f"{repeat + 1}/{args.repeats} {name}: {results[name][-1]}", file=sys.stderr)
    return results


def report(results: dict[str, list[dict[str, Any]]], args: argparse.Namespace) -> None:
    """Print the header, the table and its notes, in markdown."""
    title = f"MNIST perceptron, {args.epochs} epochs, {args.repeats} repeats"
    versions = {name: runs[0].get("versions", {}) for name, runs in results.items()}
    peers.print_header(title, args, versions)
    rows, base = [], None
    for name, runs in results.items():
        if problems := [run["problem"] for run in runs if "problem" in run]:
            rows.append(f"| {name} | {problems[0]} | | | | |")
            continue
        later = [seconds for run in runs for seconds in run["seconds"][1:]]
        first = median(run["seconds"][0] for run in runs)
        accuracy = median(run["accuracy"] for run in runs)
        base = median(later) if name == "brisknet" else base
        ratio = f"{median(later) / base:.2f}" if base else "-"
        times = f"{median(later):.3f} | {min(later):.3f} | {first:.3f}"
        rows.append(f"| {name} | {times} | {accuracy:.4f} | {ratio} |")
    print("\n| | median s/epoch | minimum s/epoch | first epoch s | test accuracy | ratio |")
    print("|---|---:|---:|---:|---:|---:|")
    print(*rows, NOTES, sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time one MNIST perceptron in many frameworks.")
    add = parser.add_argument
    add("--epochs", type=int, default=3, help="of each run, at least 2 (%(default)s)")
    add("--repeats", type=int, default=3, help="runs of each framework (%(default)s)")
    args = peers.parse(parser, FRAMEWORKS)
    if args.child:
        peers.serve(partial(answer, args.child), FRAMEWORKS[args.child].modules)
        return
    if args.epochs < 2 or args.repeats < 1:
        parser.error("at least 2 epochs (the first counts apart) and 1 repeat")
    report(measure(args), args)


if __name__ == "__main__":
    main()
