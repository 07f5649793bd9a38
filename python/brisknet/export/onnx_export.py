"""Models as ONNX files."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from brisknet import _core
from brisknet.arguments.checks import describe, refuse_arguments
from brisknet.arguments.numbers import checked_integer
from brisknet.display.progress import say
from brisknet.export.graph import Graph
from brisknet.export.layer_nodes import model_nodes
from brisknet.saving.atomic import replacing

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential

# Keras's other formats.
_FORMATS = ("tf_saved_model", "openvino", "litert", "torch")

# The versions of ONNX's operators in which those used here mean the same.
_FIRST_OPSET, _LAST_OPSET = 18, 26

_MAX_BYTES = 2**31 - 2**24  # of weights: a file holds 2 GB at most, nodes and names included


def export_model(
    model: Sequential,
    filepath: str | os.PathLike[str],
    format: str = "onnx",
    verbose: bool | None = None,
    input_signature: None = None,
    **kwargs: Any,
) -> None:
    """`Sequential.export`, which says what it takes."""
    if format in _FORMATS:
        raise ValueError(
            f"[export] format {format!r} is not supported by this version of brisknet: use 'onnx'"
        )
    if format != "onnx":
        raise ValueError(f"[export] expected format 'onnx', got {describe(format)}")
    refuse_arguments("export", input_signature=input_signature)
    if not isinstance(filepath, str | os.PathLike):
        raise TypeError(f"[export] expected filepath: a file's name, got {describe(filepath)}")
    opset_version = kwargs.pop("opset_version", None)
    if kwargs:
        raise TypeError(f"[export] has no argument {min(kwargs)!r}; there is opset_version")
    content = onnx_model(model, opset_version).SerializeToString(deterministic=True)
    with replacing(filepath) as file:
        file.write(content)
    if verbose or verbose is None:
        say(f"Saved artifact at {os.fspath(filepath)!r}.")


def onnx_model(model: Sequential, opset_version: int | None = None) -> Any:
    """The model as an `onnx.ModelProto`, checked.

    Errors are those of `Sequential.export`.
    """
    onnx = _onnx()
    opset = _checked_opset(onnx, opset_version)
    shape, output_shape = _checked_shapes(model)
    helper = onnx.helper

    op = Graph(onnx)
    op.scope = model.name
    assert model._input is not None  # a built model has one
    dtype = np.dtype(model._input.dtype)
    given = helper.make_tensor_value_info(
        op.unique(model._input.name),
        helper.np_dtype_to_tensor_dtype(dtype),
        ["batch", *shape[1:]],
    )
    x = given.name if dtype == np.float32 else op.Cast(given.name, to=op.float32)
    y = _named(op, model_nodes(op, model, x, shape), model.layers[-1].name)
    result = helper.make_tensor_value_info(y, op.float32, ["batch", *output_shape[1:]])

    proto = helper.make_model(
        helper.make_graph(op.nodes, model.name, [given], [result], op.constants),
        opset_imports=[helper.make_opsetid("", opset)],
        producer_name="brisknet",
        producer_version=_core.__version__,
        doc_string=f"What model {model.name!r} of brisknet predicts for a batch of any size.",
    )
    # The oldest format that has these operators, so that older runtimes read it.
    proto.ir_version = helper.find_min_ir_version_for(proto.opset_import)
    onnx.checker.check_model(proto, full_check=True)
    return proto


def _onnx() -> Any:
    try:
        onnx = importlib.import_module("onnx")
    except ImportError:
        raise ImportError("[export] needs onnx: pip install 'brisknet[onnx]'") from None
    for module in ("checker", "helper", "numpy_helper"):
        importlib.import_module(f"onnx.{module}")
    return onnx


def _checked_opset(onnx: Any, version: Any) -> int:
    if version is None:
        return _FIRST_OPSET
    last = min(_LAST_OPSET, onnx.defs.onnx_opset_version())
    return checked_integer("export", "opset_version", version, _FIRST_OPSET, last)


def _checked_shapes(model: Sequential) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The shapes of input and output."""
    if not model.built:
        raise ValueError(
            f"[export] {model.name!r} is not built: give it an Input, or call build or fit first"
        )
    if None in model.input_shape[1:]:
        raise ValueError(
            f"[export] expected an input whose axes are all known except the batch's, "
            f"got {model.input_shape} in {model.name!r}"
        )
    size = sum(v.value.nbytes for v in model.variables)
    if size > _MAX_BYTES:
        raise ValueError(
            f"[export] {model.name!r} has {size / 2**30:.1f} GB of weights: an ONNX file holds "
            "less than 2 GB"
        )
    return model.input_shape, model.output_shape


def _named(op: Graph, value: str, name: str) -> str:
    """Gives the model's output its name."""
    if not op.nodes or op.nodes[-1].output[0] != value:
        op.Identity(value)
    op.nodes[-1].output[0] = op.unique(name)
    return str(op.nodes[-1].output[0])
