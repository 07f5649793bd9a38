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
    backend,
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
    plots,
    preprocessing,
    random,
    regularizers,
    saving,
    utils,
)
from brisknet._core import __version__  # noqa: E402
from brisknet.config import get_num_threads, set_num_threads, show_config  # noqa: E402
from brisknet.layers import Input, Layer  # noqa: E402
from brisknet.losses import Loss  # noqa: E402
from brisknet.metrics import Metric  # noqa: E402
from brisknet.models.sequential import Sequential  # noqa: E402
from brisknet.names import import_paths, tensorflow  # noqa: E402
from brisknet.names.public import list_public_names  # noqa: E402
from brisknet.names.refused_names import refuse_names  # noqa: E402
from brisknet.optimizers import Optimizer  # noqa: E402
from brisknet.regularizers import Regularizer  # noqa: E402
from brisknet.variables.variable import Variable  # noqa: E402


def version() -> str:
    """brisknet's version."""
    return __version__


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
    "backend",
    "callbacks",
    "config",
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
    "plots",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "set_num_threads",
    "show_config",
    "utils",
    "version",
]

__getattr__ = refuse_names(
    __name__,
    """
    DTypePolicy FloatDTypePolicy Function Initializer InputSpec KerasTensor Model Operation
    Quantizer RematScope StatelessScope SymbolicScope applications
    device distillation distribution dtype_policies legacy mixed_precision name_scope
    quantizers remat tree visualization wrappers
    """,
    {
        **tensorflow.INSTEAD,
        "device": "brisknet runs on the CPU, leave it out",
        "wrappers": "use brisknet.sklearn",
        "mixed_precision": "all computation is in float32, leave it out",
        "engine": "use brisknet.layers and brisknet.models",
        "experimental": "use what is no experiment",
        "objectives": "use brisknet.losses",
        "src": "use the public modules",
    },
)


import brisknet as keras  # noqa: E402 - `import brisknet as tf` runs tf.keras.…

import_paths.install()
list_public_names(keras)
