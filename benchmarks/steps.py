"""Time single steps in brisknet and its peers: small and wide training steps, one row predicted.

- small: a training step of 20-64-32-1 at batch 32, where what surrounds the arithmetic counts;
- wide: a training step of 784-2048-2048-10 at batch 256, where the arithmetic counts;
- row: predicting one row by 784-512-10, an image of MNIST and a dense one.

Training is relu, a linear output, mean squared error and Adam over dense random data, shuffled,
with the loss tracked. Each framework has a process of its own, and they take turns.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from itertools import pairwise, product
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import peers
from fma_peak import fma_peak

Floats = npt.NDArray[np.float32]

RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-7  # Adam's
PREDICTED = (784, 512, 10)


class Training(NamedTuple):
    """A network of these layer sizes, and how it is trained."""

    sizes: list[int]
    batch: int
    samples: int  # a multiple of the batch

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return self.samples // self.batch

    @property
    def flops(self) -> int:
        """Of a step's products: forward, dW, and dX for all layers but the first."""
        weights = [a * b for a, b in pairwise(self.sizes)]
        return 2 * self.batch * (3 * sum(weights) - weights[0])


TRAININGS = {
    "small": Training([20, 64, 32, 1], batch=32, samples=32_000),
    "wide": Training([784, 2048, 2048, 10], batch=256, samples=2048),
}


def draw_data(training: Training) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((training.samples, training.sizes[0]), np.float32)
    y = rng.standard_normal((training.samples, training.sizes[-1]), np.float32)
    return x, y


def draw_weights(sizes: Iterable[int]) -> list[tuple[Floats, Floats]]:
    """Glorot's uniform weights, and biases of zero, for those that make layers by hand."""
    rng, layers = np.random.default_rng(0), []
    for rows, columns in pairwise(sizes):
        limit = (6 / (rows + columns)) ** 0.5
        w = rng.uniform(-limit, limit, (rows, columns)).astype(np.float32)
        layers.append((w, np.zeros(columns, np.float32)))
    return layers


def shuffled(training: Training) -> list[npt.NDArray[np.int64]]:
    """An epoch's batches."""
    return np.split(np.random.default_rng().permutation(training.samples), training.steps)


# The frameworks, in the child. `fit_…` gives the seconds of each epoch; `predict_…` what to call
# for one row, by the names of the calls: a NumPy array in, a NumPy array out.


def keras_model(module: str, sizes: Iterable[int], last: str) -> Any:
    keras: Any = import_module(module)
    first, *hidden, outputs = sizes
    layers = [keras.layers.Dense(size, activation="relu") for size in hidden]
    output = keras.layers.Dense(outputs, activation=last)
    return keras.models.Sequential([keras.Input(shape=(first,)), *layers, output])


def fit_keras(module: str, training: Training, epochs: int) -> list[float]:
    keras: Any = import_module(module)
    model = keras_model(module, training.sizes, "linear")
    model.compile(optimizer="adam", loss="mean_squared_error")
    options = {"batch_size": training.batch, "epochs": epochs}
    return peers.time_fit(keras, model, *draw_data(training), **options)


def predict_keras(module: str, row: Floats) -> dict[str, Callable[[], Any]]:
    model = keras_model(module, PREDICTED, "softmax")
    return {
        "predict": partial(model.predict, row, verbose=0),
        "predict_on_batch": partial(model.predict_on_batch, row),
        "model(row)": lambda: np.asarray(model(row)),
    }


class NumpyMLP:
    """The network by hand; all its weights are parts of one array, so that Adam is a few calls."""

    def __init__(self, sizes: Iterable[int]) -> None:
        layers = draw_weights(sizes)
        self.flat = np.concatenate([part.ravel() for layer in layers for part in layer])
        self.gradient, self.m, self.v, self.scratch = np.zeros((4, self.flat.size), np.float32)
        self.layers: list[tuple[Floats, Floats]] = []
        self.gradients: list[tuple[Floats, Floats]] = []
        begin = 0
        for w, b in layers:
            middle, end = begin + w.size, begin + w.size + b.size
            for flat, views in ((self.flat, self.layers), (self.gradient, self.gradients)):
                views.append((flat[begin:middle].reshape(w.shape), flat[middle:end]))
            begin = end
        self.step = 0

    def train(self, x: Floats, y: Floats) -> float:
        """Do one step; return the sum of its squared errors."""
        outputs = [x]
        for w, b in self.layers:
            z = outputs[-1] @ w
            z += b
            outputs.append(np.maximum(z, 0, out=z) if len(outputs) < len(self.layers) else z)
        delta = outputs.pop()
        delta -= y
        loss = float(np.vdot(delta, delta))
        delta *= 2 / delta.size
        for (w, _), (dw, db) in zip(self.layers[::-1], self.gradients[::-1], strict=True):
            inputs = outputs.pop()
            np.matmul(inputs.T, delta, out=dw)
            np.sum(delta, axis=0, out=db)
            if outputs:
                delta = delta @ w.T
                delta *= inputs > 0
        self.update()
        return loss

    def update(self) -> None:
        """Adam: m += (1 - b1) (g - m), v += (1 - b2) (g^2 - v), w -= rate m / (sqrt(v) + eps)."""
        self.step += 1
        g, m, v, scratch = self.gradient, self.m, self.v, self.scratch
        np.subtract(g, m, out=scratch)
        scratch *= 1 - BETA1
        m += scratch
        g *= g
        g -= v
        g *= 1 - BETA2
        v += g
        np.sqrt(v, out=scratch)
        scratch += EPSILON
        np.divide(m, scratch, out=scratch)
        scratch *= RATE * (1 - BETA2**self.step) ** 0.5 / (1 - BETA1**self.step)
        self.flat -= scratch


def fit_numpy(training: Training, epochs: int) -> list[float]:
    network, (x, y) = NumpyMLP(training.sizes), draw_data(training)
    return peers.time_epochs(
        epochs, lambda: sum(network.train(x[rows], y[rows]) for rows in shuffled(training))
    )


def predict_numpy(row: Floats) -> dict[str, Callable[[], Any]]:
    (w1, b1), (w2, b2) = draw_weights(PREDICTED)

    def predict() -> Any:
        z = np.maximum(row @ w1 + b1, 0) @ w2 + b2
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    return {"by hand": predict}


def torch_model(torch: Any, sizes: Iterable[int]) -> Any:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    layers = []
    for a, b in pairwise(sizes):
        layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def fit_torch(training: Training, epochs: int) -> list[float]:
    torch = import_module("torch")
    model = torch_model(torch, training.sizes)
    x, y = map(torch.from_numpy, draw_data(training))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, eps=EPSILON, fused=True)

    def epoch() -> float:
        total = torch.zeros(())
        for rows in torch.randperm(len(x)).split(training.batch):
            loss = torch.nn.functional.mse_loss(
                model(x.index_select(0, rows)), y.index_select(0, rows)
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        return float(total)

    return peers.time_epochs(epochs, epoch)


def predict_torch(row: Floats) -> dict[str, Callable[[], Any]]:
    torch = import_module("torch")
    model = torch_model(torch, PREDICTED).append(torch.nn.Softmax(dim=1)).eval()

    def predict() -> Any:
        with torch.inference_mode():
            return model(torch.from_numpy(row)).numpy()

    return {"eager": predict}


def fit_jax(training: Training, epochs: int) -> list[float]:
    """Run JAX with optax, each step one compiled call."""
    jax, optax = import_module("jax"), import_module("optax")
    optimizer = optax.adam(RATE, eps=EPSILON)

    def loss_of(layers: Any, x: Any, y: Any) -> Any:
        for w, b in layers[:-1]:
            x = jax.nn.relu(x @ w + b)
        w, b = layers[-1]
        return ((x @ w + b - y) ** 2).mean()

    def step(layers: Any, state: Any, total: Any, x: Any, y: Any, rows: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(layers, x[rows], y[rows])
        updates, state = optimizer.update(gradients, state, layers)
        return optax.apply_updates(layers, updates), state, total + loss

    compiled = jax.jit(step, donate_argnums=(0, 1, 2))
    x, y = map(jax.numpy.asarray, draw_data(training))
    layers = jax.tree.map(jax.numpy.asarray, draw_weights(training.sizes))
    state = optimizer.init(layers)

    def epoch() -> float:
        nonlocal layers, state
        total = jax.numpy.zeros(())
        for rows in shuffled(training):
            layers, state, total = compiled(layers, state, total, x, y, rows)
        return float(total)

    return peers.time_epochs(epochs, epoch)


def predict_jax(row: Floats) -> dict[str, Callable[[], Any]]:
    jax = import_module("jax")
    (w1, b1), (w2, b2) = jax.tree.map(jax.numpy.asarray, draw_weights(PREDICTED))
    compiled = jax.jit(lambda x: jax.nn.softmax(jax.nn.relu(x @ w1 + b1) @ w2 + b2))
    return {"jitted": lambda: np.asarray(compiled(row))}


def fit_sklearn(training: Training, epochs: int) -> list[float]:
    model = import_module("sklearn.neural_network").MLPRegressor(
        hidden_layer_sizes=training.sizes[1:-1],
        alpha=0,
        batch_size=training.batch,
        learning_rate_init=RATE,
    )
    x, y = draw_data(training)
    y = y.ravel() if y.shape[1] == 1 else y
    # Unlike fit, partial_fit makes one pass and keeps the optimizer's state for the next.
    return peers.time_epochs(epochs, lambda: float(model.partial_fit(x, y).loss_))


def predict_onnxruntime(row: Floats) -> dict[str, Callable[[], Any]]:
    onnx, onnxruntime = import_module("onnx"), import_module("onnxruntime")
    node, shaped = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    nodes = [
        node("Gemm", ["x", "w1", "b1"], ["z"]),
        node("Relu", ["z"], ["h"]),
        node("Gemm", ["h", "w2", "b2"], ["logits"]),
        node("Softmax", ["logits"], ["y"]),
    ]
    weights = [
        onnx.numpy_helper.from_array(array, f"{letter}{i}")
        for i, layer in enumerate(draw_weights(PREDICTED), 1)
        for letter, array in zip("wb", layer, strict=True)
    ]
    real = onnx.TensorProto.FLOAT
    ends = [shaped("x", real, [None, PREDICTED[0]])], [shaped("y", real, [None, PREDICTED[-1]])]
    model = onnx.helper.make_model(
        onnx.helper.make_graph(nodes, "mlp", *ends, weights),
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=9,
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return {"run": lambda: session.run(None, {"x": row})[0]}


class Framework(NamedTuple):
    modules: tuple[str, ...]  # whose versions are stated
    fit: Callable[[Training, int], list[float]] | None = None
    predict: Callable[[Floats], dict[str, Callable[[], Any]]] | None = None


FRAMEWORKS = {
    "brisknet": Framework(
        ("brisknet", "numpy"), partial(fit_keras, "brisknet"), partial(predict_keras, "brisknet")
    ),
    "numpy": Framework(("numpy",), fit_numpy, predict_numpy),
    "torch": Framework(("torch",), fit_torch, predict_torch),
    "jax": Framework(("jax", "optax"), fit_jax, predict_jax),
    "keras-jax": Framework(
        ("keras", "jax"), partial(fit_keras, "keras"), partial(predict_keras, "keras")
    ),
    "sklearn": Framework(("sklearn", "numpy"), fit=fit_sklearn),
    "onnxruntime": Framework(("onnxruntime", "onnx"), predict=predict_onnxruntime),
}


def fit(name: str, network: str, epochs: int) -> dict[str, list[float]]:
    """Seconds of the steps of each epoch, but for the first epoch: it compiles and warms up."""
    run, training = FRAMEWORKS[name].fit, TRAININGS[network]
    if run is None:
        return {}
    return {name: [seconds / training.steps for seconds in run(training, epochs + 1)[1:]]}


def predict(name: str, row: list[float]) -> dict[str, list[float]]:
    """Seconds of predicting this row, for each way that the framework offers."""
    prepare = FRAMEWORKS[name].predict
    if prepare is None:
        return {}
    calls = prepare(np.array([row], np.float32))
    return {f"{name} {way}": peers.time_calls(call, 15) for way, call in calls.items()}


def answer(name: str, task: str, **request: Any) -> dict[str, list[float]]:
    return fit(name, **request) if task == "fit" else predict(name, **request)


# The parent.

Results = dict[str, list[float]]


def collect(running: dict[str, peers.Peer], rounds: int, **request: Any) -> Results:
    """Ask everyone in turn, so many times over; one that fails is not asked again."""
    results: Results = {}
    for _, (name, peer) in product(range(rounds), list(running.items())):
        if name not in running:
            continue
        try:
            for label, seconds in peer.ask(**request).items():
                results.setdefault(label, []).extend(seconds)
        except peers.PeerError as error:
            print(f"{name}: {error}", file=sys.stderr)
            del running[name]
    return results


def print_table(title: str, columns: list[str], cells: dict[str, list[str]]) -> None:
    print(f"\n{title}\n\n| | {' | '.join(columns)} |")
    print("|---|" + "---:|" * len(columns))
    for label, row in cells.items():
        print(f"| {label} | {' | '.join(row)} |")


def micros(seconds: list[float]) -> list[str]:
    return [f"{median(seconds) * 1e6:.4g}", f"{min(seconds) * 1e6:.4g}"]


def ratio(seconds: list[float], results: Results) -> str:
    """The median over that of the first, which is brisknet's where it runs."""
    return f"{median(seconds) / median(next(iter(results.values()))):.2f}"


def report_small(results: Results) -> None:
    title = "A training step of 20-64-32-1, batch 32"
    cells = {name: [*micros(taken), ratio(taken, results)] for name, taken in results.items()}
    print_table(title, ["median µs", "minimum µs", "ratio"], cells)


def report_wide(results: Results, peak: float) -> None:
    flops, cells = TRAININGS["wide"].flops, {}
    for name, taken in results.items():
        gflops = flops / median(taken) / 1e9
        times = [f"{median(taken):.4f}", f"{min(taken):.4f}"]
        cells[name] = [*times, f"{gflops:.0f}", f"{gflops / peak:.0%}", ratio(taken, results)]
    title = f"A training step of 784-2048-2048-10, batch 256: {flops / 1e9:.2f} GFLOP in products"
    columns = ["median s", "minimum s", "GFLOP/s", f"of the peak, {peak:.0f}", "ratio"]
    print_table(title, columns, cells)


def report_row(image: Results, dense: Results) -> None:
    cells = {}
    for name in filter(dense.__contains__, image):
        cells[name] = [*micros(image[name]), ratio(image[name], image)]
        cells[name] += [*micros(dense[name]), ratio(dense[name], dense)]
    columns = [f"{row} {what}" for row in ("image", "dense") for what in ("µs", "minimum", "ratio")]
    print_table("Predicting one row by 784-512-10", columns, cells)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time single steps in many frameworks.")
    add = parser.add_argument
    tasks = ["small", "row", "wide"]
    add("--task", choices=tasks, action="append", help="time only this (repeatable)")
    add("--rounds", type=int, default=3, help="turns of each framework (%(default)s)")
    add("--epochs", type=int, default=3, help="measured of each turn at training (%(default)s)")
    args = peers.parse(parser, FRAMEWORKS)
    if args.child:
        peers.serve(partial(answer, args.child), FRAMEWORKS[args.child].modules)
        return
    if args.rounds < 1 or args.epochs < 1:
        parser.error("at least 1 round and 1 epoch")
    wanted = args.task or tasks
    with peers.start(args) as running:
        versions = {name: peer.versions for name, peer in running.items()}
        title = f"Steps, {args.rounds} rounds of {args.epochs} epochs"
        peers.print_header(title, args, versions)
        ask = partial(collect, running, args.rounds)
        if "small" in wanted:
            report_small(ask(task="fit", network="small", epochs=args.epochs))
        if "row" in wanted:
            _, (images, _) = import_module("brisknet.datasets.mnist").load_data()
            image = images[0].reshape(-1) / 255
            dense = np.random.default_rng(0).uniform(size=image.size)
            report_row(*(ask(task="predict", row=row.tolist()) for row in (image, dense)))
        if "wide" in wanted:
            before = fma_peak(args.threads)
            results = ask(task="fit", network="wide", epochs=args.epochs)
            report_wide(results, max(before, fma_peak(args.threads)))


if __name__ == "__main__":
    main()
