"""The base class of layers."""

from __future__ import annotations

import functools
import inspect
import operator
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeGuard

import numpy as np

from brisknet import _core, activations, constraints, initializers, regularizers
from brisknet.arguments.checks import Array, as_array, as_float32, describe, refuse_arguments
from brisknet.arguments.unknown import refuse_unknown
from brisknet.display.representation import call_text
from brisknet.metrics.base import Metric
from brisknet.names.automatic import auto_name, name_scope, numbered, snake_case
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.runtime.float_environment import ignored
from brisknet.serialization.configurable import Configurable, Self, argument_names, arguments_of
from brisknet.variables.containers import contents, items, watched
from brisknet.variables.variable import Variable, as_dtype

Shape = tuple[int | None, ...]
Backward = Callable[[Array], "Array | None"]


class _Activity(threading.local):
    """What activity regularizers added to the loss in forward passes of this thread."""

    penalty = 0.0


activity = _Activity()

_trains = operator.attrgetter("trainable")


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

    A layer may use others, kept as its attributes or in lists, tuples and dicts that are, at any
    depth: `y, back = self.dense.run(x)` calls one. Their weights are its own too, trained, frozen
    and saved with it; so is a `Variable` that is kept so. A metric that is kept so, and that
    `forward` updates, is reported and reset with the model's.

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

    _uncalled: ClassVar = {"__call__": "define forward(x)"}
    renamed: ClassVar[int] = 0  # how often a layer was given another name
    is_model: ClassVar[bool] = False  # whether its layers are a sequence of its own
    # Attributes in which layers, weights and metrics are not looked for.
    _unwatched: ClassVar[frozenset[str]] = frozenset(
        "_used _variables _freezable _measures".split()
    )
    _takes: ClassVar[frozenset[str]] = frozenset()  # those of the two arguments that forward takes
    _shown: ClassVar[tuple[str, ...]] = ("name",)  # in repr
    # Whether y and dx come from kernels, or from x and dy as they are: then they hold no denormals.
    _flushes: ClassVar[bool] = False
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
        if "forward" in vars(cls) and "_flushes" not in vars(cls):
            cls._flushes = False
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
        **kwargs: Any,
    ) -> None:
        if kwargs:  # of a user's class; the others' were looked at before
            refuse_unknown(type(self), kwargs)
        op = type(self).__name__
        refuse_arguments(op, autocast=None if autocast else autocast)
        _check_dtype(op, dtype)
        if not isinstance(trainable, bool):
            raise ValueError(f"[{op}] expected trainable True or False, got {describe(trainable)}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"[{op}] expected name: a string, got {describe(name)}")
        if input_dim is not None:
            input_shape = (input_dim,)
        early = list(vars(self).items())
        # What the attributes hold, in the order in which it came.
        self._used: dict[Layer, None] = {}
        self._measures: dict[Metric, None] = {}
        self._variables: list[Variable] = []  # those that may train first, as in Keras
        self._freezable: list[Variable] = []  # only those
        self._trainable = trainable
        self.name = auto_name(op) if name is None else name
        self.autocast = autocast
        self.built = False
        self.path: str | None = None
        self._built_for: Any = None
        self.given_input_shape: Shape | None = (
            None if input_shape is None else (None, *checked_shape(op, "input_shape", input_shape))
        )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._activity_loss: np.float32 | None = None  # of the last forward
        for attribute, value in early:
            setattr(self, attribute, value)

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = vars(self)
        if name in self._unwatched:
            object.__setattr__(self, name, value)
        elif "_used" not in attributes:
            if any(True for _ in contents(value, _NOTED)):
                raise RuntimeError(f"[{type(self).__name__}] call super().__init__() first")
            object.__setattr__(self, name, value)
        else:
            old = attributes.get(name)
            plain = type(value) in _PLAIN and type(old) in _PLAIN
            object.__setattr__(self, name, value if plain else self._note(value))
            if name == "name" and old not in (None, value):
                Layer.renamed += 1
            if not plain and old is not None and old is not value:
                self._forget(old, (Layer, Metric))  # a weight stays, as in Keras

    def __delattr__(self, name: str) -> None:
        old = vars(self).get(name)
        object.__delattr__(self, name)
        self._forget(old)

    def _note(self, value: Any) -> Any:
        """Notes the layers, weights and metrics that a value is or holds; what to keep for it."""
        if isinstance(value, Layer):
            self._used[value] = None
            if self.is_model and not value.built:
                self.built = False  # to be built anew, with this one
        elif isinstance(value, Variable):
            if all(value is not known for known in self._variables):
                self._add_variable(value, value.trainable)
        elif isinstance(value, Metric):
            self._measures[value] = None
        elif isinstance(value, set | frozenset) and any(True for _ in contents(value, _NOTED)):
            raise TypeError(
                f"[{type(self).__name__}] expected layers, weights and metrics in a list or a "
                "dict, got a set, whose order is not the same in another run"
            )
        else:
            return watched(value, self)
        return value

    def _forget(self, value: Any, kinds: tuple[type, ...] | None = None) -> None:
        """Lets go what a value is or holds, if no attribute holds it any more."""
        kinds = kinds or _NOTED
        gone = {id(old): old for old in contents(value, kinds)}
        if not gone:
            return
        attributes = [v for name, v in vars(self).items() if name not in self._unwatched]
        for kept in contents(attributes, kinds):
            gone.pop(id(kept), None)
        for old in gone.values():
            self._used.pop(old, None)
            self._measures.pop(old, None)
        for weights in (self._variables, self._freezable):
            weights[:] = [v for v in weights if id(v) not in gone]

    def _add_variable(self, variable: Variable, freezable: bool) -> None:
        if freezable:
            self._variables.insert(len(self._freezable), variable)
            self._freezable.append(variable)
            variable.trainable = variable.trainable and self._trainable
        else:
            self._variables.append(variable)

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
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str | None = "none",
        overwrite_with_gradient: bool = False,
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
            autocast, aggregation: without effect here, as of a `Variable`.
            overwrite_with_gradient: False.

        Raises:
            ValueError: if the initializer gives another shape, or is unknown.
        """
        refuse_arguments("add_weight", overwrite_with_gradient=overwrite_with_gradient or None)
        if initializer is None:
            initializer = "glorot_uniform" if dtype in (None, "float32") else "zeros"
        initialize = initializers.get(initializer)
        shape = () if shape is None else tuple(int(axis) for axis in shape)
        trains = trainable and (self._trainable or dtype not in (None, "float32"))
        variable = Variable(initialize, shape, dtype, trains, autocast, aggregation, name=name)
        with name_scope(self) as path:
            variable.path = f"{path}/{variable.name}"
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        self._add_variable(variable, trainable)
        return variable

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any,
        dtype: str | None = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """`add_weight` with its arguments by position."""
        return self.add_weight(
            shape,
            initializer,
            dtype,
            trainable=trainable,
            regularizer=regularizer,
            constraint=constraint,
            name=name,
        )

    def ensure_built(self, input_shape: Shape) -> None:
        """Builds the layer, and those that it uses, unless that was done."""
        if not self.built:
            self.build(input_shape)
            for name in vars(self).keys() - self._unwatched:
                self._note(vars(self)[name])  # lists of other classes may have been filled
            if not all(layer.built for layer in self._used):
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
        if not self._flushes:
            y, backward = activations.flushed(y, backward)
        if y.ndim == 0 or len(y) != len(x):
            raise ValueError(
                f"[{self.name}] expected an output for {len(x)} samples, got shape {y.shape}"
            )
        if self.activity_regularizer is not None:
            backward = self._penalised(y, backward)
        return y, backward

    def _computes_by_kernels(self) -> bool:
        """Whether nothing in a prediction is NumPy's arithmetic, whose errors are to be ignored."""
        return False

    def _penalised(self, y: Array, backward: Backward) -> Backward:
        """Notes the penalty on the output; the backward with its gradient."""
        assert self.activity_regularizer is not None
        penalty, gradient = regularizers.value_and_gradient(self.activity_regularizer, y)
        samples = max(1, len(y))
        activity.penalty += penalty / samples
        self._activity_loss = np.float32(penalty / samples)
        return lambda dy: backward(dy + gradient / np.float32(samples))

    @ignored
    def __call__(self, x: Any, training: bool = False, mask: None = None) -> Array:
        """The output for a batch, an array of shape (samples, …).

        Args:
            x: the batch.
            training: whether layers do what they do in `fit` alone.
            mask: None; there is no masking.

        Example:
            >>> from brisknet import layers
            >>> layers.Dense(2, kernel_initializer="ones")([[1, 2, 3]])
            array([[6., 6.]], dtype=float32)
        """
        if mask is not None:
            refuse_arguments(self.name, mask=mask)
        return self.run(self._batch(x), training=training)[0]

    def _batch(self, x: Any) -> Array:
        """What a call was given, as `run` takes it."""
        if type(x) is np.ndarray and is_batch(x):
            batch: Array = x
        else:
            self._check_called_on(x)
            batch = as_array(self.name, "x", x).astype(np.float32, order="C")
        if batch.ndim == 0:
            raise ValueError(f"[{self.name}] expected x of shape (samples, …), got a scalar")
        return _core.flush(batch)

    def _check_called_on(self, x: Any) -> None:
        if isinstance(x, Configurable):
            raise TypeError(
                f"[{self.name}] expected x: an array, got {describe(x)}: layers are not called on "
                "one another in this version of brisknet; use Sequential([Input(…), Dense(…), …])"
            )
        if hasattr(type(x), "tocsr"):
            raise TypeError(
                f"[{self.name}] expected x: an array, got a sparse matrix ({describe(x)}): pass "
                "its toarray(), or give it to a model, which takes it as it is"
            )

    @property
    def dtype(self) -> str:
        """'float32'."""
        return "float32"

    compute_dtype = variable_dtype = dtype

    @property
    def losses(self) -> list[np.float32]:
        """The penalties on the outputs of the last batch, and on the weights.

        A model's loss includes them.
        """
        penalties = [layer._activity_loss for layer in self._flattened()]
        return [penalty for penalty in penalties if penalty is not None] + [
            np.float32(regularizers.value_and_gradient(v.regularizer, v.value)[0])
            for v in self.trainable_variables
            if v.regularizer is not None
        ]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that this layer keeps, and those that it uses."""
        return self._kept_metrics()

    @property
    def metrics_variables(self) -> list[Any]:
        """The variables of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def _kept_metrics(self) -> list[Metric]:
        found = dict(self._measures)
        for layer in self._held():
            if layer._measures or layer._used or layer.is_model:  # else it has none
                found |= dict.fromkeys(layer._kept_metrics())
        return list(found)

    def _held(self) -> Iterable[Layer]:
        """The layers that this one uses, in the order of their weights."""
        return self._used

    def _flattened(self) -> Iterator[Layer]:
        """This layer, those that it uses, those that these use, …"""
        yield self
        for layer in self._held():
            yield from layer._flattened()

    def used_layers(self) -> list[tuple[str, Layer]]:
        """The layers that this one uses, by the names that Keras's files have for their places.

        An attribute's name; in a list or a dict the class's after it, numbered. One with several
        places has the first, by the attributes' names, private ones last.
        """
        found: dict[Layer, str] = {}

        def look(name: str, value: Any) -> None:
            if isinstance(value, Layer):
                if value in self._used:
                    found.setdefault(value, name)
            elif isinstance(value, list | tuple | dict):
                inner = [v for v in items(value) if isinstance(v, Layer | list | tuple | dict)]
                for part, v in zip(numbered(map(_part, inner)), inner, strict=True):
                    look(f"{name}/{part}", v)

        for name in sorted(vars(self), key=lambda name: (name.startswith("_"), name)):
            if self._used and name not in self._unwatched:
                look(name, vars(self)[name])
        return [(name, layer) for layer, name in found.items()]

    @property
    def own_variables(self) -> list[Variable]:
        """The weights without those of the layers that this one uses."""
        return list(self._variables)

    @property
    def variables(self) -> list[Variable]:
        """All weights: those that may train before those that never do, as they were added; then
        those of the layers that this one uses."""
        used = [v for layer in self._held() for v in layer.variables]
        return list(dict.fromkeys([*self._variables, *used]))

    @property
    def weights(self) -> list[Variable]:
        """The same as `variables`."""
        return self.variables

    @property
    def trainable_variables(self) -> list[Variable]:
        """The weights that training changes."""
        return [v for v in self.variables if v.trainable] if self._trainable else []

    @property
    def trainable_weights(self) -> list[Variable]:
        """The same as `trainable_variables`."""
        return self.trainable_variables

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The weights that training leaves alone."""
        return [v for v in self.variables if not (v.trainable and self._trainable)]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The same as `non_trainable_variables`."""
        return self.non_trainable_variables

    @property
    def has_trainable(self) -> bool:
        """Whether training changes any weight."""
        if any(map(_trains, self._variables)):
            return True
        return bool(self._used) and any(layer.has_trainable for layer in self._used)

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it freezes or frees them.

        Setting it sets it for the layers within, too. One of these that is freed again afterwards
        is trained in another model, but not in the one that is frozen. Weights that were added as
        not trainable stay so.
        """
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for variable in self._freezable:
            variable.trainable = self._trainable
        for layer in self._held():
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

    # --- files

    def save_own_variables(self, store: Any) -> None:
        """Puts the weights into a mapping, those of layers that this one uses left out.

        They are float32 arrays or whole numbers under names without '/': here their numbers. A
        layer whose weights say not all defines this and `load_own_variables`.
        """
        for number, variable in enumerate(self._variables):
            store[str(number)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Restores what `save_own_variables` put there.

        Raises:
            ValueError: if there are not as many arrays as weights, or one does not fit.
        """
        if len(store) != len(self._variables):
            raise ValueError(
                f"[{self.name}] expected {len(self._variables)} arrays of weights, got {len(store)}"
            )
        for number, variable in enumerate(self._variables):
            variable.assign(store[str(number)])

    @property
    def saves_itself(self) -> bool:
        """Whether the class defines what files have of it."""
        cls = type(self)
        names = ("save_own_variables", "load_own_variables")
        return any(getattr(cls, name) is not getattr(Layer, name) for name in names)

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
        shape = self._built_for
        return f"<{call_text(self)}, {'not built' if shape is None else f'built for {shape}'}>"


refuse_attributes(
    Layer,
    """
    compute_mask dtype_policy load_assets quantize quantized_build quantized_call
    rematerialized_call save_assets stateless_call symbolic_call
    """,
    {
        "add_loss": "use activity_regularizer, or a weight's regularizer",
        "add_metric": "keep the metric as an attribute, and call its update_state in forward",
        "compute_output_spec": "define compute_output_shape(input_shape)",
        "input_shape": "use model.summary(), or get_build_config",
        "output_shape": "use model.summary(), or compute_output_shape(input_shape)",
    },
    definable="""
    call call_signature_parameters input input_dtype input_shape input_spec output output_shape
    quantization_mode supports_jit supports_masking
    """,
)

_NOTED = (Layer, Variable, Metric)
_PLAIN = (bool, int, float, str, type(None))  # what holds none of them


def _part(value: Any) -> str:
    """What Keras's files call something in a list, but for its number."""
    return snake_case(type(value).__name__) if isinstance(value, Layer) else "container"


def _is_brisknet(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "brisknet"


def _check_dtype(op: str, dtype: Any) -> None:
    name = dtype
    if isinstance(dtype, dict) and dtype.get("class_name") == "DTypePolicy":
        name = dtype["config"].get("name")
    if name is not None and not (isinstance(name, str) and name == "float32"):
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
    except (TypeError, ValueError, OverflowError, np.ma.MaskError):
        raise TypeError(f"[{op}] expected {name}: a tuple of integers, got {shape!r}") from None
    if any(axis is not None and axis < 1 for axis in axes):
        raise ValueError(f"[{op}] expected {name} of positive axes, got {shape!r}")
    return axes
