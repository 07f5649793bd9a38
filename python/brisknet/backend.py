"""The remaining functions of `keras.backend` in Keras 3, which older scripts import as K."""

from __future__ import annotations

import collections

from brisknet.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from brisknet.names.refused_names import refuse_names
from brisknet.utils import clear_session
from brisknet.variables.dtypes import is_float_dtype, is_int_dtype, standardize_dtype

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]

# Keras 2's backend had its own array functions.
_COMPUTED = "use NumPy in custom losses, metrics and layers"

__getattr__ = refuse_names(
    __name__,
    "is_keras_tensor result_type",
    {
        **dict.fromkeys(
            """
            abs all any argmax argmin arange batch_dot batch_flatten binary_crossentropy cast
            categorical_crossentropy clip concatenate constant cos cumsum dot elu equal exp
            expand_dims eye flatten gather greater greater_equal l2_normalize less less_equal log
            logsumexp max maximum mean min minimum not_equal ones ones_like permute_dimensions pow
            prod relu repeat reshape round sigmoid sign sin softmax softplus sqrt square squeeze
            stack std sum switch tanh tile transpose var zeros zeros_like
            """.split(),
            _COMPUTED,
        ),
        **dict.fromkeys("eval get_value".split(), "use variable.numpy()"),
        **dict.fromkeys("set_value update update_add".split(), "use variable.assign(value)"),
        **dict.fromkeys(
            "function gradients get_session learning_phase set_learning_phase set_session".split(),
            "there are no sessions or graphs: call the model, with training=… where it matters",
        ),
        "image_dim_ordering": "use brisknet.backend.image_data_format",
        "set_image_dim_ordering": "use brisknet.backend.set_image_data_format",
        "tensorflow_backend": "use brisknet.backend",
        "variable": "use brisknet.Variable",
    },
)

_uids: collections.Counter[str] = collections.Counter()


def get_uid(prefix: str = "") -> int:
    """The number of calls with this prefix so far, including this one: 1, 2, …

    Example:
        >>> get_uid("row"), get_uid("row")
        (1, 2)
    """
    _uids[prefix] += 1
    return _uids[prefix]
