"""Rescaling by numbers and arrays."""

import numpy as np
import pytest

from brisknet import layers
from checks import check_layer, numbers


def test_rescaling():
    x = numbers(3, 4)
    check_layer(layers.Rescaling(0.5, offset=-1), lambda x: 0.5 * x - 1, x, terms=2)
    scale, offset = [1, 2, 3, 4], [[4, 3, 2, 1]]
    check_layer(layers.Rescaling(scale, offset), lambda x: x * scale + offset, x, terms=2)
    assert layers.Rescaling(1 / 255).compute_output_shape((None, 4)) == (None, 4)
    uint8 = np.arange(4, dtype=np.uint8)[None]
    assert layers.Rescaling(2.0)(uint8).tolist() == [[0, 2, 4, 6]]


@pytest.mark.parametrize(
    ("scale", "offset"), [([1, 2, 3], 0), (1, [1, 2, 3]), (np.ones((2, 1, 1)), 0)]
)
def test_rescaling_that_does_not_broadcast(scale, offset):
    with pytest.raises(
        ValueError, match=r"expected scale and offset that broadcast to \(4,\), got"
    ):
        layers.Rescaling(scale, offset)(numbers(2, 4))


def test_rescaling_needs_numbers():
    with pytest.raises(TypeError, match=r"\[Rescaling\] expected scale"):
        layers.Rescaling("1")
