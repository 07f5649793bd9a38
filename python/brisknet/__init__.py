"""brisknet: neural networks on ordinary CPUs.

Keras's Sequential API over a small C++ core:

    import brisknet as keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=10)
"""

from brisknet import config

config.choose_isa()

from brisknet import (  # noqa: E402 - the kernels must be chosen first
    activations,
    callbacks,
    constraints,
    datasets,
    export,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    random,
    regularizers,
    saving,
    utils,
)
from brisknet._arguments import refuse_names  # noqa: E402
from brisknet._core import __version__  # noqa: E402
from brisknet.config import get_num_threads, set_num_threads, show_config  # noqa: E402
from brisknet.layers import Input, Layer  # noqa: E402
from brisknet.losses import Loss  # noqa: E402
from brisknet.metrics import Metric  # noqa: E402
from brisknet.optimizers import Optimizer  # noqa: E402
from brisknet.regularizers import Regularizer  # noqa: E402
from brisknet.sequential import Sequential  # noqa: E402
from brisknet.variable import Variable  # noqa: E402

__all__ = [
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "Variable",
    "__version__",
    "activations",
    "callbacks",
    "constraints",
    "datasets",
    "export",
    "get_num_threads",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "set_num_threads",
    "show_config",
    "utils",
]

__getattr__ = refuse_names(
    __name__,
    """
    DTypePolicy FloatDTypePolicy Function Initializer InputSpec KerasTensor Model Operation
    Quantizer RematScope StatelessScope SymbolicScope applications backend
    device distillation distribution dtype_policies legacy mixed_precision name_scope
    preprocessing quantizers remat tree visualization wrappers
    """,
)
