"""The base class of layers."""

from __future__ import annotations

import functools
import inspect
import operator
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeGuard

import numpy as np

from brisknet import _core, activations, constraints, initializers, regularizers
from brisknet._arguments import Array, as_array, as_float32, describe, refuse_arguments
from brisknet.configurable import Configurable, Self, argument_names, arguments_of
from brisknet.naming import auto_name, name_scope, numbered, snake_case
from brisknet.variable import Variable, as_dtype

Shape = tuple[int | None, ...]
Backward = Callable[[Array], "Array | None"]


class _Activity(threading.local):
    """What activity regularizers added to the loss in forward passes of this thread."""

    penalty = 0.0


activity = _Activity()

_trains = operator.attrgetter("trainable")


class _Refused:
    """An attribute of Keras's that there is no counterpart of."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> _Refused:
        if instance is None:
            return self
        raise AttributeError(
            f"[{owner.__name__}] {self.name} is not supported by this version of brisknet"
        )


def refuse_attributes(cls: type, names: str) -> None:
    """Makes a class refuse Keras's names that it lacks, given in one text.

    By descriptors, since a `__getattr__` would slow down every other attribute.
    """
    for name in names.split():
        setattr(cls, name, _Refused(name))


def _marking_built(build: Callable[..., None]) -> Callable[..., None]:
    """A build that notes that it was done, for which shape, and under which path."""

    @functools.wraps(build)
    def marking(self: Layer, *args: Any, **kwargs: Any) -> None:
        with name_scope(self) as path:
            self.path = path
            build(self, *args, **kwargs)
        self._built_for = args[0] if args else kwargs.get("input_shape")
        self.built = True

    return marking


class Layer(Configurable):
    """A function of a batch, with weights of its own.

    A layer of one's own defines `forward`, and `build` where it has weights:

        class Scale(Layer):
            def build(self, input_shape):
                self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")

            def forward(self, x):
                def backward(dy):
                    self.scale.grad = (dy * x).sum(axis=0)
                    return dy * self.scale.value

                return x * self.scale.value, backward

    `forward(x, training=False, input_gradient=True)` gives the output and its backward: a function
    of the output's gradient `dy` that gives the input's, `dx`, and assigns each weight's `grad`. A
    forward that has no use for them may leave out the two arguments: `training` is true in `fit`;
    where `input_gradient` is false, nobody needs dx, and backward may return None. x and dy are
    C-contiguous float32 arrays with the batch along their first axis. forward must keep nothing
    in the layer, so that several threads may call it.

    A layer may use others, kept as its attributes or in lists that are: `y, back =
    self.dense.run(x)` calls one. Their weights are its own too, trained, frozen and saved with it.

    A layer's configuration (`get_config`) holds the arguments of its `__init__`, taken from the
    attributes of their names; one that keeps them elsewhere defines `get_config`, as in Keras.

    Args:
        name: by default the class's, numbered.
        trainable: whether training changes the weights.
        dtype: 'float32', also as Keras's configuration of it, or None.
        input_shape: shape of one sample, of a model's first layer.
        input_dim: the same for samples with one axis.
        activity_regularizer: what penalises the output (`brisknet.regularizers`): a model's loss
            includes the penalty divided by the number of samples.
    """

    _takes: ClassVar[frozenset[str]] = frozenset()  # those of the two arguments that forward takes
    # Arguments that are not part of the configuration, as in Keras.
    _left_out: ClassVar[frozenset[str]] = frozenset(
        "autocast input_dim input_shape lora_alpha lora_rank".split()
    )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in vars(cls) and "forward" not in vars(cls):
            raise TypeError(
                f"[{cls.__name__}] defines call, which brisknet does not use: define forward(x), "
                "which returns the output and its backward (see brisknet.layers.Layer)"
            )
        parameters = inspect.signature(cls.forward).parameters
        cls._takes = frozenset(parameters) & {"training", "input_gradient"}
        if "build" in vars(cls):
            cls.build = _marking_built(cls.build)  # type: ignore[method-assign]

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: str | dict[str, Any] | None = None,
        input_shape: Sequence[int | None] | None = None,
        input_dim: int | None = None,
        activity_regularizer: Any = None,
        autocast: bool = True,
    ) -> None:
        self._used: dict[str, Any] = {}  # the attributes that are layers, or lists of them
        op = type(self).__name__
        refuse_arguments(op, autocast=None if autocast else autocast)
        _check_dtype(op, dtype)
        if not isinstance(trainable, bool):
            raise ValueError(f"[{op}] expected trainable True or False, got {describe(trainable)}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"[{op}] expected name: a string, got {describe(name)}")
        if input_dim is not None:
            input_shape = (input_dim,)
        self.name = auto_name(op) if name is None else name
        self.built = False
        self.path: str | None = None
        self._built_for: Any = None
        self.given_input_shape: Shape | None = (
            None if input_shape is None else (None, *checked_shape(op, "input_shape", input_shape))
        )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = trainable
        self._variables: list[Variable] = []  # those that may train first, as in Keras
        self._freezable: list[Variable] = []  # only those

    def __setattr__(self, name: str, value: Any) -> None:
        is_list = isinstance(value, list | tuple) and value
        if isinstance(value, Layer) or (is_list and all(isinstance(v, Layer) for v in value)):
            if "_used" not in self.__dict__:
                raise RuntimeError(f"[{type(self).__name__}] call super().__init__() first")
            self._used[name] = value
        elif "_used" in self.__dict__:
            self._used.pop(name, None)
        object.__setattr__(self, name, value)

    # --- to be defined by layers

    @_marking_built
    def build(self, input_shape: Shape) -> None:
        """Creates the weights for inputs of this shape, whose first axis, the batch, is None."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The output and its backward, from x (see the class)."""
        raise NotImplementedError(
            f"[{type(self).__name__}] a layer must define forward(x), which returns (y, backward)"
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape; found out by a trial with two samples where a layer does not say."""
        return (None, *self._try(input_shape).shape[1:])

    def _try(self, input_shape: Shape) -> Array:
        if any(axis is None for axis in input_shape[1:]):
            raise ValueError(
                f"[{self.name}] define compute_output_shape: it cannot be tried for {input_shape}"
            )
        sizes = [axis for axis in input_shape[1:] if axis is not None]
        return self.run(np.zeros((2, *sizes), dtype=np.float32))[0]

    # --- what a layer gives

    def add_weight(
        self,
        shape: Sequence[int] | None = None,
        initializer: Any = None,
        dtype: str | None = None,
        *,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Adds a weight.

        Args:
            shape: of the weight; None for a single number.
            initializer: a name, an Initializer, an array or a function of (shape, dtype);
                where None 'glorot_uniform', or 'zeros' for whole numbers.
            dtype: 'float32' or None; or, with trainable=False, 'int32', 'int64', 'uint8' and so on.
            trainable: whether training changes it.
            regularizer: what penalises it in the loss (`brisknet.regularizers`).
            constraint: what it is made to fulfil after each update (`brisknet.constraints`).
            name: 'kernel', 'bias', …; by default 'variable', numbered.

        Raises:
            ValueError: if the initializer gives another shape, or is unknown.
        """
        if initializer is None:
            initializer = "glorot_uniform" if dtype in (None, "float32") else "zeros"
        initialize = initializers.get(initializer)
        shape = () if shape is None else tuple(int(axis) for axis in shape)
        trains = trainable and (self._trainable or dtype not in (None, "float32"))
        variable = Variable(initialize, shape, dtype, trains, name=name)
        with name_scope(self) as path:
            variable.path = f"{path}/{variable.name}"
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        if trainable:
            self._variables.insert(len(self._freezable), variable)
            self._freezable.append(variable)
        else:
            self._variables.append(variable)
        return variable

    def ensure_built(self, input_shape: Shape) -> None:
        """Builds the layer, and those that it uses, unless that was done."""
        if not self.built:
            self.build(input_shape)
            if not all(layer.built for _, layer in self.used_layers()):
                with name_scope(self):
                    self._try(input_shape)

    def run(
        self, x: Array, training: bool = False, input_gradient: bool = True
    ) -> tuple[Array, Backward]:
        """`forward` with the arguments that it takes, its output checked."""
        if not self.built:
            self.ensure_built((None, *x.shape[1:]))
        if len(self._takes) == 2:
            result = self.forward(x, training=training, input_gradient=input_gradient)
        else:
            arguments = {"training": training, "input_gradient": input_gradient}
            result = self.forward(x, **{name: arguments[name] for name in self._takes})
        if not isinstance(result, tuple) or len(result) != 2 or not callable(result[1]):
            raise TypeError(
                f"[{self.name}] expected forward to return (y, backward), got {describe(result)}"
            )
        y, backward = result
        if not is_batch(y):
            y = as_float32(self.name, "output", y)
        if y.ndim == 0 or len(y) != len(x):
            raise ValueError(
                f"[{self.name}] expected an output for {len(x)} samples, got shape {y.shape}"
            )
        if self.activity_regularizer is not None:
            backward = self._penalised(y, backward)
        return y, backward

    def _penalised(self, y: Array, backward: Backward) -> Backward:
        """Notes the penalty on the output; the backward with its gradient."""
        assert self.activity_regularizer is not None
        penalty, gradient = regularizers.value_and_gradient(self.activity_regularizer, y)
        samples = max(1, len(y))
        activity.penalty += penalty / samples
        return lambda dy: backward(dy + gradient / np.float32(samples))

    def __call__(self, x: Any, training: bool = False) -> Array:
        """The output for a batch, an array of shape (samples, …).

        Example:
            >>> from brisknet import layers
            >>> layers.Dense(2, kernel_initializer="ones")([[1, 2, 3]])
            array([[6., 6.]], dtype=float32)
        """
        return self.run(self._batch(x), training=training)[0]

    def _batch(self, x: Any) -> Array:
        """What a call was given, as `run` takes it."""
        batch = x if is_batch(x) else as_array(self.name, "x", x).astype(np.float32, order="C")
        if batch.ndim == 0:
            raise ValueError(f"[{self.name}] expected x of shape (samples, …), got a scalar")
        return batch

    @property
    def dtype(self) -> str:
        """'float32'."""
        return "float32"

    compute_dtype = variable_dtype = dtype

    @property
    def losses(self) -> list[np.float32]:
        """The penalties on the weights, which a model's loss includes."""
        return [
            np.float32(regularizers.value_and_gradient(v.regularizer, v.value)[0])
            for v in self.trainable_variables
            if v.regularizer is not None
        ]

    def used_layers(self) -> list[tuple[str, Layer]]:
        """The layers that this one uses, by the names of the attributes that they are."""
        found: list[tuple[str, Layer]] = []
        for attribute, value in self._used.items():
            if isinstance(value, Layer):
                found.append((attribute, value))
            else:
                names = numbered(snake_case(type(layer).__name__) for layer in value)
                found += [(f"{attribute}/{n}", v) for n, v in zip(names, value, strict=True)]
        return found

    @property
    def own_variables(self) -> list[Variable]:
        """The weights without those of the layers that this one uses."""
        return list(self._variables)

    @property
    def variables(self) -> list[Variable]:
        """All weights: those that may train before those that never do, as they were added; then
        those of the layers that this one uses."""
        used = [v for _, layer in self.used_layers() for v in layer.variables]
        return list(dict.fromkeys([*self._variables, *used]))

    @property
    def weights(self) -> list[Variable]:
        """The same as `variables`."""
        return self.variables

    @property
    def trainable_variables(self) -> list[Variable]:
        """The weights that training changes."""
        return [v for v in self.variables if v.trainable]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The same as `trainable_variables`."""
        return self.trainable_variables

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The weights that training leaves alone."""
        return [v for v in self.variables if not v.trainable]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The same as `non_trainable_variables`."""
        return self.non_trainable_variables

    @property
    def has_trainable(self) -> bool:
        """Whether training changes any weight."""
        return any(map(_trains, self.variables if self._used else self._variables))

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it freezes or frees them.

        Weights that were added as not trainable stay so.
        """
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for variable in self._freezable:
            variable.trainable = self._trainable
        for _, layer in self.used_layers():
            layer.trainable = self._trainable

    def get_weights(self) -> list[Array]:
        """Copies of all weights."""
        return [v.numpy() for v in self.variables]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Replaces all weights; none if one does not fit.

        Raises:
            ValueError: if their number or a shape differs.
        """
        weights = list(weights)
        variables = self.variables
        if len(weights) != len(variables):
            raise ValueError(
                f"[{self.name}] expected weights: {len(variables)} arrays, got {len(weights)}"
            )
        arrays = [
            as_dtype("set_weights", "weights", w, v.value.dtype)
            for v, w in zip(variables, weights, strict=True)
        ]
        for variable, array in zip(variables, arrays, strict=True):
            if variable.shape != array.shape:
                raise ValueError(
                    f"[{self.name}] expected shape {variable.shape} for {variable.path!r}, "
                    f"got {array.shape}"
                )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    def count_params(self) -> int:
        """The number of elements in all weights.

        Raises:
            ValueError: if the layer is not built yet.
        """
        if not self.built:
            raise ValueError(f"[{self.name}] has no weights yet: give its model an input shape")
        return sum(v.value.size for v in self.variables)

    # --- configurations

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same layer again, without its weights.

        Where a class of the user's defines get_config, `super().get_config()` gives it the
        arguments of the classes above it.
        """
        own = [c for c in type(self).__mro__ if "get_config" in vars(c) and not _is_brisknet(c)]
        names = argument_names(own[-1].__mro__[1] if own else type(self))
        config = arguments_of(self, (name for name in names if name not in self._left_out))
        if config.get("activity_regularizer", self) is None:
            del config["activity_regularizer"]
        if "activation" in config:
            config["activation"] = activations.serialize(vars(self)["activation"])
        return config

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The layer that these arguments make."""
        _check_dtype(cls.__name__, config.get("dtype"))
        return super().from_config({k: v for k, v in config.items() if k != "dtype"})

    def get_build_config(self) -> dict[str, Any] | None:
        """What `build` was called with; None before that."""
        return None if self._built_for is None else {"input_shape": self._built_for}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds the layer as `get_build_config` says."""
        if config and config.get("input_shape") is not None:
            self.ensure_built(tuple(config["input_shape"]))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


refuse_attributes(
    Layer,
    """
    add_loss add_metric add_variable call compute_mask compute_output_spec dtype_policy input
    input_dtype input_spec load_own_variables metrics_variables output quantization_mode quantize
    quantized_build quantized_call rematerialized_call save_own_variables stateless_call
    supports_masking symbolic_call
    """,
)


def _is_brisknet(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "brisknet"


def _check_dtype(op: str, dtype: Any) -> None:
    name = dtype
    if isinstance(dtype, dict) and dtype.get("class_name") == "DTypePolicy":
        name = dtype["config"].get("name")
    if name not in (None, "float32"):
        raise ValueError(f"[{op}] expected dtype 'float32', got {dtype!r}")


def is_batch(array: Any) -> TypeGuard[Array]:
    """Whether this is what layers pass one another."""
    return _core.is_floats(array)


def checked_shape(op: str, name: str, shape: Any) -> Shape:
    """A sample's shape: positive whole numbers, None where an axis is open."""
    if isinstance(shape, int):
        shape = (shape,)
    try:
        axes = tuple(None if axis is None else int(axis) for axis in shape)
    except (TypeError, ValueError):
        raise TypeError(f"[{op}] expected {name}: a tuple of integers, got {shape!r}") from None
    if any(axis is not None and axis < 1 for axis in axes):
        raise ValueError(f"[{op}] expected {name} of positive axes, got {shape!r}")
    return axes
