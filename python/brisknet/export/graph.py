"""A graph of ONNX's operators, built node by node."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from brisknet.variables.variable import Variable

# What a node takes: a value's name, or what becomes a constant of the graph. Numbers become
# float32; tuples are shapes and axes.
Value: TypeAlias = "str | float | tuple[int, ...] | npt.NDArray[Any] | Variable"


class Graph:
    """Nodes and constants, each under a unique name.

    An operator is a method: `op.Add(x, 1.0)` adds a node and gives its output's name.

    Args:
        onnx: the module.
    """

    def __init__(self, onnx: Any) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.float32 = onnx.TensorProto.FLOAT
        self.int64 = onnx.TensorProto.INT64
        self.scope = ""  # the path of the layer whose nodes are being added
        self._make_node = onnx.helper.make_node
        self._make_constant = onnx.numpy_helper.from_array
        self._names: set[str] = set()

    def __getattr__(self, operator: str) -> Callable[..., str]:
        if not operator[0].isupper():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {operator!r}")
        return functools.partial(self.node, operator)

    def node(self, operator: str, *inputs: Value, outputs: int = 1, **attributes: Any) -> str:
        """Adds a node; gives the name of its (first) output, which is the node's."""
        given = [self._input(value) for value in inputs]
        name = self.unique(f"{self.scope}/{operator}")
        others = [self.unique(f"{name}_output") for _ in range(1, outputs)]
        self.nodes.append(
            self._make_node(operator, given, [name, *others], name=name, **attributes)
        )
        return name

    def constant(self, name: str, array: npt.NDArray[Any]) -> str:
        """Adds an array; gives its name."""
        name = self.unique(name)
        self.constants.append(self._make_constant(np.asarray(array, order="C"), name))
        return name

    def broadcast(self, variable: Variable, axes: tuple[int, ...], ndim: int) -> str:
        """Adds a weight whose axes are these of inputs that have `ndim`."""
        lengths = dict(zip(axes, variable.shape, strict=True))
        shape = [lengths.get(axis, 1) for axis in range(ndim)]
        return self.constant(variable.path, variable.value.reshape(shape))

    def unique(self, name: str) -> str:
        """The name, numbered where it is taken."""
        free, number = name, 0
        while free in self._names:
            number += 1
            free = f"{name}_{number}"
        self._names.add(free)
        return free

    def _input(self, value: Value) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, Variable):
            return self.constant(value.path, value.value)
        dtype = np.int64 if isinstance(value, tuple) else np.float32
        return self.constant(f"{self.scope}/constant", np.asarray(value, dtype))
