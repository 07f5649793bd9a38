"""Data sets, in the same form as Keras's.

MNIST is bundled with the package. The others are read from Keras's folder, `~/.keras/datasets`, or
from a path, and are downloaded only on request.
"""

from brisknet.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)
from brisknet.names.refused_names import refuse_names

__all__ = [
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
]

__getattr__ = refuse_names(__name__)
