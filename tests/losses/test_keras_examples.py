"""The examples of Keras's documentation."""

import numpy as np
import pytest

from brisknet import losses


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "weight", "expected"),
    [
        (losses.MeanSquaredError(), [1.0, 0.0, 1.0], [0.9, 0.1, 0.8], None, 0.02),
        (losses.MeanAbsoluteError(), [1.0, 0.3, 1.0], [1.9, 0.3, 1.8], None, 0.5666667),
        (
            losses.BinaryCrossentropy(from_logits=True),
            [0, 1, 0, 0],
            [-18.6, 0.51, 2.94, -12.8],
            None,
            0.8654,
        ),
        *(
            (
                losses.BinaryCrossentropy(from_logits=True, reduction=reduction),
                [[0, 1], [0, 0]],
                [[-18.6, 0.51], [2.94, -12.8]],
                weight,
                expected,
            )
            for reduction, weight, expected in [
                ("sum_over_batch_size", None, 0.8654),
                ("sum_over_batch_size", [0.8, 0.2], 0.243),
                ("sum", None, 1.730),
                (None, None, [0.235, 1.496]),
            ]
        ),
        *(
            (
                cls(reduction=reduction),
                y_true,
                [[0.05, 0.95, 0], [0.1, 0.8, 0.1]],
                weight,
                expected,
            )
            for cls, y_true in [
                (losses.CategoricalCrossentropy, [[0, 1, 0], [0, 0, 1]]),
                (losses.SparseCategoricalCrossentropy, [1, 2]),
            ]
            for reduction, weight, expected in [
                ("sum_over_batch_size", None, 1.177),
                ("sum_over_batch_size", [0.3, 0.7], 0.814),
                ("sum", None, 2.354),
                (None, None, [0.0513, 2.303]),
            ]
        ),
    ],
)
def test_examples_of_keras(loss, y_true, y_pred, weight, expected):
    # As printed there, with three decimals or more; the last one is rounded or cut off.
    assert np.abs(loss(y_true, y_pred, sample_weight=weight) - expected).max() < 1e-3


def test_example_of_keras_for_a_function():
    got = losses.binary_crossentropy([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
    assert np.abs(got - [0.916, 0.714]).max() < 1e-3
