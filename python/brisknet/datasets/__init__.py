"""Data sets, in the form that Keras gives them: `brisknet.datasets.mnist`."""

from brisknet._arguments import refuse_names
from brisknet.datasets import mnist

__all__ = ["mnist"]

__getattr__ = refuse_names(
    __name__, "boston_housing california_housing cifar10 cifar100 fashion_mnist imdb reuters"
)
