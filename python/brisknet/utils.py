"""Helpers, by Keras's names."""

from __future__ import annotations

import random as python_random
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import random
from brisknet._arguments import refuse_names
from brisknet.data.py_dataset import PyDataset
from brisknet.ops import as_labels
from brisknet.plots.confusion_matrix import plot_confusion_matrix
from brisknet.plots.history import plot_history
from brisknet.plots.model import plot_model
from brisknet.registration import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from brisknet.serialization import deserialize_keras_object, serialize_keras_object

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "plot_confusion_matrix",
    "plot_history",
    "plot_model",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
]

__getattr__ = refuse_names(
    __name__,
    """
    Config FeatureSpace Progbar array_to_img audio_dataset_from_directory
    bounding_boxes clear_session disable_interactive_logging enable_interactive_logging get_file
    get_source_inputs image_dataset_from_directory img_to_array is_interactive_logging_enabled
    is_keras_tensor legacy load_img model_to_dot normalize pack_x_y_sample_weight pad_sequences
    save_img split_dataset standardize_dtype text_dataset_from_directory
    timeseries_dataset_from_array unpack_x_y_sample_weight
    """,
)


Sequence = PyDataset  # its older name


def set_random_seed(seed: int) -> None:
    """Makes all that follows reproducible: brisknet's random numbers, NumPy's and Python's.

    What is created after this call with no seed of its own, layers above all, draws the same
    numbers each time.

    Args:
        seed: an integer from 0 to 2^32 - 1.

    Raises:
        ValueError: if it is not.

    Example:
        >>> set_random_seed(1)
        >>> first = random.normal((2,))
        >>> set_random_seed(1)
        >>> bool((random.normal((2,)) == first).all())
        True
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise ValueError(
            f"[set_random_seed] expected seed: an integer from 0 to 2^32 - 1, got {seed!r}"
        )
    python_random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002 - the state that scripts use
    random.set_global_seed(seed)


def to_categorical(x: Any, num_classes: int | None = None) -> npt.NDArray[np.float64]:
    """Class numbers as one-hot rows.

    Args:
        x: whole numbers from 0, of shape (…) or (…, 1).
        num_classes: how many classes there are; by default the largest of x plus one.

    Returns:
        float64 of shape (…, num_classes).

    Raises:
        ValueError: if a number is negative, not whole, or not below num_classes.

    Example:
        >>> to_categorical([0, 2], 3)
        array([[1., 0., 0.],
               [0., 0., 1.]])
    """
    labels = as_labels("to_categorical", "x", x)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    largest = int(labels.max()) if labels.size else -1
    if num_classes is None:
        num_classes = largest + 1
    if labels.size and (labels.min() < 0 or largest >= num_classes):
        raise ValueError(
            f"[to_categorical] expected class numbers from 0 to {num_classes - 1}, "
            f"got {labels.min()} to {largest}"
        )
    one_hot = np.zeros((*labels.shape, num_classes))
    np.put_along_axis(one_hot, labels[..., None], 1.0, axis=-1)
    return one_hot
