"""Utilities, with Keras's names."""

from __future__ import annotations

import random as python_random
from typing import Any

import numpy as np
import numpy.typing as npt

from brisknet import random
from brisknet.arguments.axes import one_axis
from brisknet.arguments.checks import as_array, describe
from brisknet.arguments.numbers import checked_integer
from brisknet.arguments.types import is_whole
from brisknet.arguments.unknown import explained
from brisknet.config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from brisknet.data.py_dataset import PyDataset
from brisknet.names import automatic as naming
from brisknet.names.refused_names import refuse_names
from brisknet.ops import as_labels
from brisknet.plots import plot_confusion_matrix, plot_history, plot_model
from brisknet.runtime.float_environment import ignored
from brisknet.serialization.custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from brisknet.serialization.objects import deserialize_keras_object, serialize_keras_object
from brisknet.variables.dtypes import standardize_dtype

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "is_interactive_logging_enabled",
    "normalize",
    "pad_sequences",
    "plot_confusion_matrix",
    "plot_history",
    "plot_model",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
]

__getattr__ = refuse_names(
    __name__,
    """
    Config FeatureSpace Progbar array_to_img audio_dataset_from_directory
    bounding_boxes get_file get_source_inputs image_dataset_from_directory img_to_array
    is_keras_tensor legacy load_img model_to_dot pack_x_y_sample_weight
    save_img split_dataset text_dataset_from_directory
    timeseries_dataset_from_array unpack_x_y_sample_weight
    """,
    {
        **dict.fromkeys(
            """
            conv_utils data_utils generic_utils io_utils layer_utils np_utils tf_utils vis_utils
            visualize_util
            """.split(),
            "use brisknet.utils",
        ),
        "multi_gpu_model": "brisknet runs on the CPU, on all its cores",
        "print_summary": "use model.summary()",
    },
)
__path__: list[str] = []  # makes `import brisknet.utils.np_utils` raise this explanation


Sequence = PyDataset  # its older name


def clear_session(free_memory: bool = True) -> None:
    """Restarts automatic names: the next Dense is named dense again.

    Nothing else is kept between models, so there is no memory to free.
    """
    naming.forget()


@explained
def set_random_seed(seed: int) -> None:
    """Seeds the random numbers of brisknet, NumPy and Python, to make a program reproducible.

    Objects created after this call without a seed, such as layers, draw the same numbers in each
    run.

    Args:
        seed: an integer from 0 to 2^32 - 1.

    Raises:
        ValueError: if the seed is not in that range.

    Example:
        >>> set_random_seed(1)
        >>> first = random.normal((2,))
        >>> set_random_seed(1)
        >>> bool((random.normal((2,)) == first).all())
        True
    """
    seed = checked_integer("set_random_seed", "seed", seed, 0, 2**32 - 1)
    python_random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the state that scripts use
    random.set_global_seed(seed)


@explained
def to_categorical(x: Any, num_classes: int | None = None) -> npt.NDArray[np.float64]:
    """Class numbers as one-hot rows.

    Args:
        x: integers from 0, of shape (…) or (…, 1).
        num_classes: the number of classes; by default, the largest element of x plus one.

    Returns:
        A float64 array of shape (…, num_classes).

    Raises:
        ValueError: if a class number is negative, not an integer, or not below num_classes.

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


@explained
@ignored
def normalize(x: Any, axis: int = -1, order: float = 2) -> npt.NDArray[Any]:
    """x / ||x||, with norms along an axis; vectors with norm 0 are left unchanged.

    Args:
        x: an array of numbers.
        axis: the axis of the vectors.
        order: the order of the norm, as in `numpy.linalg.norm`: 1, 2, inf, …

    Returns:
        An array of floats, with the shape of x.

    Example:
        >>> normalize([[3.0, 4.0], [0.0, 0.0]])
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    array = as_array("normalize", "x", x)
    axis = one_axis("normalize", axis, array.ndim)
    norms = np.linalg.norm(array, order, axis, keepdims=True)
    scaled: npt.NDArray[Any] = array / np.where(norms == 0, 1, norms)
    return scaled


@explained
def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: str = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> npt.NDArray[Any]:
    """Combines sequences in one array: short sequences are padded, long ones truncated.

    Args:
        sequences: a list of lists of numbers, or of arrays of shape (length, …).
        maxlen: the common length; None for that of the longest sequence.
        dtype: the dtype of the result.
        padding: 'pre' or 'post': whether to pad at the start or the end.
        truncating: 'pre' or 'post': whether to truncate at the start or the end.
        value: the padding value.

    Returns:
        An array of shape (sequences, maxlen, …).

    Raises:
        ValueError: if an element is not a sequence, the elements of the sequences have different
            shapes, maxlen, padding or truncating is invalid, or value does not fit the dtype.

    Example:
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(f"[pad_sequences] expected {name}: 'pre' or 'post', got {side!r}")
    if isinstance(value, str) and np.dtype(dtype).kind not in "OUS":
        raise ValueError(f"[pad_sequences] expected value of {dtype}, got {value!r}")
    if maxlen is not None and not (is_whole(maxlen) and maxlen >= 0):
        raise ValueError(
            f"[pad_sequences] expected maxlen: a whole number from 0, got {describe(maxlen)}"
        )
    if not hasattr(sequences, "__len__"):
        raise ValueError(f"[pad_sequences] expected sequences: a list, got {describe(sequences)}")
    arrays = [np.asarray(sequence) for sequence in sequences]
    if any(array.ndim == 0 for array in arrays):
        raise ValueError("[pad_sequences] expected sequences: a list of sequences, got a number")
    lengths = np.array([len(array) for array in arrays], np.int64)
    filled = [array for array in arrays if len(array)]
    if len({array.shape[1:] for array in filled}) > 1:
        raise ValueError("[pad_sequences] expected sequences whose elements are of one shape")
    longest = int(lengths.max(initial=0))
    maxlen = longest if maxlen is None else int(maxlen)
    padded = np.full((len(arrays), maxlen, *(filled[0].shape[1:] if filled else ())), value, dtype)
    if filled:
        elements = np.concatenate(filled)
        row = np.repeat(np.arange(len(arrays)), lengths)
        place = np.arange(len(elements)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        if truncating == "pre":
            place -= np.maximum(lengths - maxlen, 0)[row]
        kept = (place >= 0) & (place < maxlen)
        if padding == "pre":
            place += np.maximum(maxlen - lengths, 0)[row]
        padded[row[kept], place[kept]] = elements[kept]
    return padded
