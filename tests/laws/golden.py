"""Cases whose every bit is laid down in golden.json: what each computes, and its hash.

`test_golden.py` compares them over threads, instruction sets and batches of prediction. After a
change of bits that is meant, and only then:

    python tests/laws/golden.py --write

All numbers come from brisknet and from exact operations, so the hashes hold on any supported
machine and with any NumPy.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import brisknet as bn
from brisknet import _core, activations, initializers, layers, losses, ops, optimizers
from brisknet.data import compressed

TABLE = Path(__file__).with_suffix(".json")
BATCHES = (1, 7, 128, None)  # of prediction; None: as many as predict chooses
PREDICTED = 140  # samples, so that a batch of 128 leaves some over
SAMPLES = 300
BATCH = 260  # of training: one step large enough for all threads, one of 40 samples


def hash_of(*results: Any) -> str:
    """sha256 over the bytes of arrays and numbers, none of which may be NaN."""
    digest = hashlib.sha256()
    for result in results:
        array = np.ascontiguousarray(result)
        assert np.isfinite(array).all()
        digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()


class Case(NamedTuple):
    """A training; by default just large enough for threads to share the work of each kernel."""

    model: Callable[[], list[layers.Layer]]
    optimizer: Callable[[], optimizers.Optimizer] = optimizers.RMSprop
    loss: Any = "sparse_categorical_crossentropy"
    metrics: tuple[str, ...] = ("accuracy",)
    inputs: Callable[[], Any] = lambda: normal(SAMPLES, 27)
    targets: Callable[[int], Any] = lambda samples: labels(samples, 10)
    fit: dict[str, Any] = {}  # noqa: RUF012 - read only


@functools.cache
def normal(*shape: int) -> Any:
    return bn.random.normal(shape, seed=1)


@functools.cache
def labels(samples: int, classes: int) -> Any:
    return bn.random.randint((samples,), 0, classes, "int64", seed=2)


def one_hot(samples: int, classes: int) -> Any:
    return (labels(samples, classes)[:, None] == np.arange(classes)).astype(np.float32)


def weights(samples: int) -> Any:
    """0, 1/4, … 2, in turn."""
    return np.arange(samples) % 9 / 4


@functools.cache
def mostly_zeros(samples: int, *sample: int, dtype: str = "float32") -> Any:
    """Whole numbers from 1 to 63 at one place in six, zeros elsewhere."""
    x = bn.random.randint((samples, *sample), 0, 6 * 64, seed=3)
    return np.where(x < 64, x, 0).astype(dtype)


def network(
    activation: str = "tanh", units: int = 310, output: str = "softmax", outputs: int = 10
) -> Callable[[], list[layers.Layer]]:
    return lambda: [
        layers.Dense(units, activation=activation, bias_initializer="random_uniform"),
        layers.Dropout(0.3),
        layers.Dense(20 if activation == "glu" else 19, activation=activation, use_bias=False),
        layers.Dense(outputs, activation=output),
    ]


def sparse_network(units: int = 150) -> Callable[[], list[layers.Layer]]:
    return lambda: [
        layers.Flatten(),
        layers.Dense(units, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    ]


ACTIVATIONS = sorted(set(activations.__all__) - {"deserialize", "get", "serialize", "threshold"})
OPTIMIZERS: dict[str, Callable[[], optimizers.Optimizer]] = {
    "sgd": lambda: optimizers.SGD(0.1),
    "sgd momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "sgd nesterov, decay": lambda: optimizers.SGD(0.05, 0.9, nesterov=True, weight_decay=0.01),
    "rmsprop": lambda: optimizers.RMSprop(),
    "rmsprop momentum": lambda: optimizers.RMSprop(0.002, momentum=0.5),
    "rmsprop centered": lambda: optimizers.RMSprop(0.002, momentum=0.5, centered=True),
    "adam": lambda: optimizers.Adam(),
    "adam amsgrad": lambda: optimizers.Adam(0.01, 0.8, 0.99, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.01),
    "adamax": lambda: optimizers.Adamax(0.01, 0.8, 0.99),
    "nadam": lambda: optimizers.Nadam(0.01),
    "adagrad": lambda: optimizers.Adagrad(0.05),
    "adadelta": lambda: optimizers.Adadelta(1.0),
    "ftrl": lambda: optimizers.Ftrl(0.05, l1_regularization_strength=0.01, beta=0.1),
    "ftrl power": lambda: optimizers.Ftrl(
        0.05,
        learning_rate_power=-0.7,
        l2_regularization_strength=0.01,
        l2_shrinkage_regularization_strength=0.01,
    ),
    "lion": lambda: optimizers.Lion(0.002),
    "lamb": lambda: optimizers.Lamb(0.01, weight_decay=0.01),
    "clipnorm": lambda: optimizers.SGD(0.1, clipnorm=0.1),
    "clipvalue, ema": lambda: optimizers.SGD(0.1, clipvalue=0.01, use_ema=True, ema_momentum=0.5),
    "global clipnorm, accumulation": lambda: optimizers.Adam(
        0.01, global_clipnorm=0.1, gradient_accumulation_steps=2
    ),
}
CLASSES = 120  # so many that threads share the rows of a loss
LOSSES: dict[str, tuple[str, Any, str]] = {  # the last activation, the loss, the targets
    "mse": ("linear", "mse", "one-hot"),
    "mae": ("linear", "mae", "one-hot"),
    "bce": ("sigmoid", losses.BinaryCrossentropy(label_smoothing=0.1), "one-hot"),
    "bce logits": ("linear", losses.BinaryCrossentropy(from_logits=True), "one-hot"),
    "cce": ("softmax", "categorical_crossentropy", "one-hot"),
    "cce smoothing": (
        "linear",
        losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        "one-hot",
    ),
    "scce": ("softmax", "sparse_categorical_crossentropy", "labels"),
    "scce logits": (
        "linear",
        losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=3),
        "labels",
    ),
    "scce mean of weights": (
        "linear",
        losses.SparseCategoricalCrossentropy(True, reduction="mean_with_sample_weight"),
        "labels",
    ),
}
CASES = {
    **{f"activation {name}": Case(network(name)) for name in ACTIVATIONS},
    **{
        f"optimizer {name}": Case(
            network("elu", 170), make, inputs=lambda: normal(70, 331), fit={"batch_size": 32}
        )
        for name, make in OPTIMIZERS.items()
    },
    **{
        f"loss {name}": Case(
            network("silu", 90, output, CLASSES),
            loss=loss,
            metrics=(),
            targets=lambda n, make=one_hot if kind == "one-hot" else labels: make(n, CLASSES),
            fit={"sample_weight": weights(SAMPLES)},
        )
        for name, (output, loss, kind) in LOSSES.items()
    },
    # A first product over three blocks of k, packed, of several tasks with a ragged last one.
    "large": Case(network("relu", 139), optimizers.Adam, inputs=lambda: normal(SAMPLES, 811)),
    "tiny": Case(
        lambda: [layers.Dense(3, "tanh"), layers.Dense(1, "sigmoid")],
        loss="binary_crossentropy",
        inputs=lambda: normal(SAMPLES, 2),
        targets=lambda n: labels(n, 2),
        fit={"batch_size": 11, "epochs": 2},
    ),
    "fit": Case(
        lambda: [
            layers.Rescaling(1 / 63, offset=-0.5),
            layers.Flatten(),
            layers.Dense(20, activation="gelu", kernel_initializer="he_normal"),
            layers.Dropout(0.1, seed=7),
            layers.Dense(10, activation="softmax", kernel_initializer="orthogonal"),
        ],
        optimizers.Adam,
        metrics=("accuracy", "sparse_top_k_categorical_accuracy"),
        inputs=lambda: mostly_zeros(SAMPLES, 6, 7, dtype="uint8"),
        fit={
            "epochs": 3,
            "batch_size": 32,
            "validation_split": 0.2,
            "class_weight": {0: 0.5, 4: 3.0},
        },
    ),
}
SPARSE_CASES = {
    # 434 inputs: more than one block of them.
    **{
        f"zero-skipping {dtype}": Case(
            sparse_network(),
            inputs=lambda t=dtype: mostly_zeros(SAMPLES, 14, 31, dtype=t),
        )
        for dtype in ("float32", "float64", "uint8")
    },
    # More columns than 16 bits can number.
    "zero-skipping wide": Case(
        sparse_network(3),
        optimizers.SGD,
        inputs=lambda: mostly_zeros(9, 65_600, dtype="uint8"),
        fit={"batch_size": 5},
    ),
}
CASES |= SPARSE_CASES


def run(case: Case) -> str:
    """Trains, predicts in batches of each size, and gives the hash of all there is to see."""
    bn.utils.set_random_seed(1)
    model = bn.Sequential(case.model())
    names = list(case.metrics)
    model.compile(case.optimizer(), case.loss, metrics=names, weighted_metrics=names)
    x = case.inputs()
    options = {"batch_size": BATCH, "verbose": 0} | case.fit
    history = model.fit(x, case.targets(len(x)), **options).history
    predicted = [model.predict(x[:PREDICTED], size, verbose=0) for size in BATCHES]
    for other, size in zip(predicted, BATCHES, strict=True):
        assert other.tobytes() == predicted[0].tobytes(), f"predict with batch_size={size}"
    state = model.optimizer.state_arrays()
    slots = [array for name, array in state.items() if name not in ("iteration", "learning_rate")]
    return hash_of(
        *(v.value for v in model.variables),
        *slots,
        *(history[name] for name in sorted(history)),
        predicted[0],
    )


@contextmanager
def zero_skipping(wanted: bool) -> Iterator[None]:
    """Wherever inputs have enough columns, or nowhere."""
    before = compressed.MOST_DENSITY
    compressed.MOST_DENSITY = 1.0 if wanted else -1.0
    try:
        yield
    finally:
        compressed.MOST_DENSITY = before


def random_numbers() -> str:
    shape, names = (31, 701), set(initializers.__all__)
    makers = sorted(
        n for n in names if n.islower() and n not in ("deserialize", "get", "serialize", "stft")
    )
    return hash_of(
        bn.random.normal(shape, 1.5, 0.1, seed=1),
        bn.random.truncated_normal(shape, seed=2**63),
        bn.random.uniform(shape, -1, 3, seed=3),
        bn.random.randint(shape, -5, 1000, seed=4),
        bn.random.shuffle(np.arange(1001), seed=5),
        *(
            getattr(initializers, n)(**{"seed": 6} if takes_seed(n) else {})((45, 37))
            for n in makers
        ),
    )


def takes_seed(initializer: str) -> bool:
    return initializer not in ("constant", "identity", "ones", "zeros")


def functions() -> str:
    """The functions with parameters other than the defaults, and their backward."""
    special = [0.0, -0.0, 1e-40, -1e-40, 1e-8, 88.8, -88.8, -104.5, 1e4, -1e4, 3.0, -3.0, 6.0]
    x = np.concatenate([np.array(special, np.float32), 4 * normal(997)])
    dy = normal(len(x), 1).ravel()
    parameters = {
        "relu": [0.25, 3.0, 0.5],
        "leaky_relu": [0.125],
        "elu": [0.5],
        **{n: [] for n in ("gelu_tanh", "gelu", "softplus", "softsign", "silu", "selu", "tanh")},
    }
    results = []
    for name, values in parameters.items():
        kernel = _core.Activation(name, *values)
        y = _core.activation(kernel, x)
        kept = x if kernel.reads_input else y
        results += [y, _core.activation_backward(kernel, kept, dy)]
    a, b = normal(61, 50), normal(50, 47)
    products = [ops.matmul(a, b), ops.matmul(a, normal(61, 33), transpose_a=True)]
    return hash_of(*results, *products, ops.matmul(a, normal(70, 50), transpose_b=True))


OTHERS = {"random numbers": random_numbers, "functions": functions}


def all_hashes() -> dict[str, str]:
    return {name: run(case) for name, case in CASES.items()} | {
        name: call() for name, call in OTHERS.items()
    }


def load() -> dict[str, str]:
    table: dict[str, str] = json.loads(TABLE.read_text())
    return table


def main() -> None:
    before, now = load() if TABLE.exists() else {}, all_hashes()
    changed = sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n))
    print("\n".join(f"changed: {name}" for name in changed) or "nothing has changed")
    if changed and sys.argv[1:] == ["--write"]:
        TABLE.write_text(json.dumps(now, indent=1) + "\n")
        print(f"written: {TABLE}")


if __name__ == "__main__":
    main()
