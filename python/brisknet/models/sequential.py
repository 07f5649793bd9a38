"""The model: layers one after the other."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from brisknet.arguments.checks import Array, describe, refuse_arguments
from brisknet.arguments.shapes import checked_shape
from brisknet.data import SparseRows, is_sparse, named_array
from brisknet.data.compressed import LEAST_COLUMNS, CompressedBatch, compressed
from brisknet.display.progress import say
from brisknet.display.representation import call_text, shortened
from brisknet.export.onnx_export import export_model
from brisknet.layers.dense import Dense
from brisknet.layers.input import InputLayer
from brisknet.layers.layer import Backward, Layer, Shape
from brisknet.layers.reshaping import Flatten
from brisknet.metrics.base import Metric
from brisknet.models.saveable import Saveable
from brisknet.models.shared_weights import refuse_weights_in_two_places, refused_second_runs
from brisknet.models.summary import summary_html, summary_text
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.names.similar import did_you_mean
from brisknet.runtime.float_environment import ignored
from brisknet.training.trainer import Trainer


class Sequential(Saveable, Trainer, Layer):
    """Layers one after the other, trained together.

    Args:
        layers: the layers, in order; the first may be an `Input` that gives the shape.
        trainable: whether training changes the weights.
        name: by default 'sequential', numbered.

    Raises:
        TypeError: if one is not a layer.
        ValueError: if two have the same name.

    Example:
        >>> from brisknet import layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(2, activation="softmax")])
        >>> model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
        >>> model.predict([[1, 2, 3, 4]], verbose=0).shape
        (1, 2)
    """

    is_model: ClassVar[bool] = True
    _kind = "model"
    _unwatched: ClassVar[frozenset[str]] = Layer._unwatched | frozenset(
        "_layers _names _shapes _metrics _weighted _loss_tracker _metric_names _weighted_names "
        "_compile_arguments _given_loss _reported".split()
    )
    _by_core = True  # but for what its layers compute, each of which flushes that
    # Whether forward is this class's own, for which infer and compressed inputs may stand.
    _is_plain: ClassVar[bool] = True
    _left_out = Layer._left_out | {"layers"}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._is_plain = cls.forward is Sequential.forward

    def __init__(
        self,
        layers: Iterable[Layer | InputLayer] | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        if isinstance(layers, Layer | InputLayer):
            raise TypeError(
                f"[Sequential] expected layers: a list of them, got {describe(layers)}: put "
                "brackets around the layers"
            )
        Layer.__init__(self, name=name, trainable=trainable)
        Trainer.__init__(self)
        self._by_kernels: bool | None = None  # found out by the first prediction
        self._layers: list[Layer] = []
        self._names: set[str] = set()  # the layers', as long as none has another
        self._names_age = Layer.renamed
        # The input's, and those of the outputs of the first layers, as far as they are built and
        # cannot change: with each layer that is added, no more than the rest is built.
        self._shapes: list[Shape] = []
        self._input_shape: Shape | None = None
        self._input: InputLayer | None = None  # its configuration
        self._has_input = False  # whether it was added, rather than made from a shape
        self._extend(layers or ())

    def _make_locks(self) -> None:
        super()._make_locks()
        self._build_lock = threading.RLock()

    def __repr__(self) -> str:
        shapes = f"{self._input_shape} -> {self._output_shape}" if self.built else "not built"
        count = len(self._layers)
        return f"<{call_text(self)}, {count} layer{'s' * (count != 1)}, {shapes}>"

    def _repr_html_(self) -> str:
        return summary_html(self)

    # --- the layers

    @property
    def layers(self) -> list[Layer]:
        """The layers, in order."""
        return list(self._layers)

    @layers.setter
    def layers(self, layers: Any) -> None:
        raise AttributeError(f"[{self.name}] layers cannot be set: use add() and pop()")

    def _extend(self, layers: Iterable[Layer | InputLayer]) -> None:
        """Adds several layers, and builds them once."""
        for layer in layers:
            self.add(layer, rebuild=False)
        can_be_built = self._layers and not any(map(_is_empty, self._layers))
        if can_be_built and self._input_shape is not None:
            self.build()

    def add(self, layer: Layer | InputLayer, rebuild: bool = True) -> None:
        """Adds a layer at the end.

        Raises:
            TypeError: if it is not a layer.
            ValueError: if the model has a layer of this name, or an Input that is not the first.
        """
        if isinstance(layer, InputLayer):
            if self._layers or self._input_shape is not None:
                raise ValueError(f"[{self.name}] an Input can only come first")
            self._input_shape = (None, *layer.batch_shape[1:])
            self._input = layer
            self._has_input = True
            return
        if not isinstance(layer, Layer):
            hint = f": pass {layer.__name__}(…)" if isinstance(layer, type) else ""
            if isinstance(layer, list | tuple):
                hint = ": give the layers one by one, or in one list"
            raise TypeError(f"[{self.name}] expected a Layer, got {describe(layer)}{hint}")
        if self._has_layer_named(layer.name):
            if any(layer is other for other in self._layers):
                raise ValueError(
                    f"[{self.name}] the layer {layer.name!r} is in the model already, and weights "
                    f"in two places are not supported: make another {type(layer).__name__}"
                )
            raise ValueError(
                f"[{self.name}] expected layers of different names, got two named {layer.name!r}: "
                "give one of them another name"
            )
        before = self._input_shape, self.built
        if not self._layers and self._input_shape is None:
            self._input_shape = layer.given_input_shape
            if isinstance(layer, Sequential):
                self._input_shape = layer._input_shape
        del self._shapes[len(self._layers) + 1 :]
        self._layers.append(layer)
        self._names.add(layer.name)
        self.built = False
        if rebuild and self._input_shape is not None and not _is_empty(layer):
            try:
                self.build()
            except Exception:
                self._layers.pop()
                self._input_shape, self.built = before
                raise

    def _has_layer_named(self, name: str) -> bool:
        # A model of 20,000 layers is made in a time that is linear in them.
        if self._names_age != Layer.renamed or len(self._names) != len(self._layers):
            self._names, self._names_age = {layer.name for layer in self._layers}, Layer.renamed
        return name in self._names

    def pop(self, rebuild: bool = True) -> Layer:
        """Takes away the last layer and returns it.

        Raises:
            ValueError: if there is none.
        """
        if not self._layers:
            raise ValueError(f"[{self.name}] has no layers to take away")
        layer = self._layers.pop()
        self.built = False
        if rebuild and self._layers and self._input_shape is not None:
            self.build()
        return layer

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of this name, or at this place.

        Raises:
            ValueError: if there is none, or neither or both are given.
        """
        if (name is None) == (index is None):
            raise ValueError("[get_layer] expected either name or index")
        if index is not None:
            if not -len(self._layers) <= index < len(self._layers):
                raise ValueError(
                    f"[get_layer] {self.name!r} has {len(self._layers)} layers: {index}"
                )
            return self._layers[index]
        for layer in self._layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self._layers]
        hint = did_you_mean(name, names) if isinstance(name, str) else ""
        listed = shortened(", ".join(names), 100)
        raise ValueError(
            f"[get_layer] there is no layer {name!r}{hint}{' The' if hint else ': the'} layers are "
            f"{listed}"
        )

    # --- shapes

    def build(self, input_shape: Any = None) -> None:
        """Creates all weights.

        Args:
            input_shape: the input's shape, whose first axis, the batch, is None; not needed where
                the model or its first layer has one.

        Raises:
            ValueError: if there is no shape or another, no layer, or a layer cannot take its input.
        """
        shape = self._input_shape
        if input_shape is not None:
            axes = tuple(input_shape) if isinstance(input_shape, list | tuple) else ()
            if not axes:
                raise ValueError(
                    f"[{self.name}] expected input_shape (None, …), got {input_shape!r}"
                )
            given = (None, *checked_shape(self.name, "input_shape", axes[1:]))
            if shape not in (None, given):
                raise ValueError(f"[{self.name}] expected input_shape {shape}, got {given}")
            shape = given
        if shape is None or not self._layers:
            raise ValueError(f"[{self.name}] cannot be built without layers and an input shape")
        with self._build_lock:
            if self._shapes[:1] != [shape]:
                self._shapes = [shape]
            del self._shapes[len(self._layers) + 1 :]
            first = len(self._shapes) - 1
            output_shape = self._shapes[-1]
            for number, layer in enumerate(self._layers[first:], first + 1):
                layer.ensure_built(output_shape)
                output_shape = layer.compute_output_shape(output_shape)
                if number == len(self._shapes) and not layer.is_model and not layer._used:
                    self._shapes.append(output_shape)
            self._input_shape, self._output_shape = shape, output_shape
            if self._input is None:
                self._input = InputLayer(batch_shape=shape)
            self._by_kernels = None
            self.built = True
            if not all(layer.built for layer in self._used):
                self._try(shape)

    def ensure_built(self, input_shape: Shape) -> None:
        if not self.built:
            with self._build_lock:
                if not self.built:
                    self.build(self._input_shape or input_shape)

    @property
    def input_shape(self) -> Shape:
        """The input's shape; its first axis, the batch, is None."""
        if self._input_shape is None:
            raise AttributeError(f"[{self.name}] has no input shape yet")
        return self._input_shape

    @property
    def output_shape(self) -> Shape:
        """The output's shape; its first axis, the batch, is None."""
        if not self.built:
            raise AttributeError(f"[{self.name}] has no output shape before it is built")
        return self._output_shape

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output's shape for inputs of this shape."""
        for layer in self._layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def refuse_shared(self, op: str) -> None:
        """Raises for weights of which only one of several uses would be trained."""
        leaves = list(_leaves(self))
        refuse_weights_in_two_places(op, leaves)
        used = [layer for leaf in leaves for layer in _used_within(leaf) if layer.has_trainable]
        if used and None not in self.input_shape[1:]:
            with refused_second_runs(op, used):
                self._try(self.input_shape)

    def check_input(self, op: str, x: npt.NDArray[Any] | SparseRows) -> None:
        """Raises where the model cannot take a batch for its shape."""
        expected = self.input_shape
        if x.shape[1:] == expected[1:]:
            return
        fits = len(expected) == x.ndim and all(
            a in (None, b) for a, b in zip(expected[1:], x.shape[1:], strict=True)
        )
        if not fits and not (len(expected) == x.ndim and self._runs_on(x.shape[1:])):
            raise ValueError(
                f"[{op}] expected x of shape {('samples', *expected[1:])} for model "
                f"{self.name!r}, got {x.shape}".replace("'samples'", "samples")
            )

    def _runs_on(self, shape: tuple[int, ...]) -> bool:
        """Whether samples of another shape than that of `build` go through, as in Keras: layers
        with weights mostly refuse them."""
        y: Any = np.zeros((1, *shape), np.float32)
        try:
            for layer in self._layers if self._is_plain else (self,):
                expected = layer.compute_output_shape(y.shape)
                y = layer.run(y)[0]
                if y.shape[1:] != expected[1:]:  # NumPy has spread it over a layer's weights
                    return False
        except (ValueError, TypeError, IndexError):
            return False
        return True

    # --- forward and back

    def forward(
        self, x: Array | CompressedBatch, training: bool = False, input_gradient: bool = True
    ) -> tuple[Array, Backward]:
        """The output, and its backward to the input."""
        backs: list[Backward] = []
        wanted = input_gradient  # whether anything before a layer needs its input's gradient
        y: Any = x
        for layer in self._layers_for(x):
            y, back = layer._run(y, training, wanted)
            trains = layer.has_trainable
            if wanted or trains:
                backs.append(back)
            wanted = wanted or trains

        def backward(dy: Array) -> Any:
            gradient: Any = dy
            for back in reversed(backs):
                gradient = back(gradient)
            return gradient if input_gradient else None

        return y, backward

    def forward_in_training(self, x: Array | CompressedBatch) -> tuple[Array, Backward]:
        """`forward` for a training step: checked, and with what it takes, where it is a user's."""
        if self._is_plain:
            return self.forward(x, True, False)
        return self._run(x, True, False)  # type: ignore[arg-type]

    def input_names_taken(self) -> tuple[str, ...]:
        """By which names the input may stand in a dict: the Input's, or where the model was given
        none its first layer's, alone or with Keras 2's '_input' after it."""
        if self._has_input:
            assert self._input is not None
            return (self._input.name,)
        first = self._layers[0].name if self._layers else self.name
        return (first, f"{first}_input")

    def takes_compressed(self, x: npt.NDArray[Any] | SparseRows) -> bool:
        """Whether leaving out the zeros of inputs like x pays in the first layer that computes."""
        dense = self._first_dense(x.ndim == 2)
        return dense is not None and dense.units >= LEAST_COLUMNS

    def takes_sparse(self, x: SparseRows) -> bool:
        """Whether the first layer that computes can leave out the zeros of x."""
        return self._first_dense(x.ndim == 2) is not None

    def _first_dense(self, flat: bool) -> Dense | None:
        """The first layer that computes, if it can leave out its inputs' zeros.

        Args:
            flat: whether the inputs have two axes.
        """
        if self._is_plain:
            for layer in self._layers:
                if isinstance(layer, Sequential):
                    return layer._first_dense(flat)
                if not _only_flattens(layer):
                    return layer if type(layer) is Dense and flat else None
                flat = True
        return None

    def _layers_for(self, x: Array | CompressedBatch) -> list[Layer]:
        """The layers that x goes through: compressed inputs are flat already."""
        if isinstance(x, CompressedBatch):
            first = 0
            while _only_flattens(self._layers[first]):
                first += 1
            return self._layers[first:]
        return self._layers

    @ignored
    def __call__(self, x: Any, training: bool = False, mask: None = None) -> Array:
        """The output for a batch, an array of shape (samples, …)."""
        if mask is not None:
            refuse_arguments(self.name, mask=mask)
        if isinstance(x, dict):
            x = named_array(self.name, x, self.input_names_taken)
        if training:
            return super().__call__(x, training)
        if is_sparse(x):
            return self.predict_on_batch(x)
        x = self._batch(x)
        if not self.built:
            self.ensure_built((None, *x.shape[1:]))
        if x.ndim == len(self.input_shape):
            self.check_input(self.name, x)
        if x.shape[1:] == self.input_shape[1:] and self.takes_compressed(x):
            x = compressed(x)
        return self.infer(x)

    def _is_by_core(self) -> bool:
        return self._is_plain and all(layer._is_by_core() for layer in self._layers)

    def infer(self, x: Array | CompressedBatch) -> Array:
        """The output alone; nothing is kept for a backward."""
        if not self._is_plain:
            return self._run(x)[0]  # type: ignore[arg-type]
        y: Any = x
        for layer in self._layers_for(x):
            y = layer.infer(y) if isinstance(layer, Sequential) else layer._run(y)[0]
        return y  # type: ignore[no-any-return]

    # --- the weights

    def _held(self) -> Iterable[Layer]:
        return dict.fromkeys((*self._layers, *self._used))

    def _layer_metrics(self) -> list[Metric]:
        return self._kept_metrics()

    @property
    def has_trainable(self) -> bool:
        return super().has_trainable or any(layer.has_trainable for layer in self._layers)

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Prints the layers, their output shapes and numbers of weights.

        Args:
            line_length: the table's width; where None, 88 (100 with show_trainable) or what the
                terminal has less 4.
            positions: where each column ends, as shares of the width.
            print_fn: what is called with the text instead of print.
            expand_nested: whether to list the layers of models within the model.
            show_trainable: whether a column says if a layer is trained.
            layer_range: two names or regular expressions: the first layer and the last to list.

        Raises:
            ValueError: if the columns do not fit, or layer_range names no layers.

        Example:
            >>> from brisknet import layers
            >>> model = Sequential([layers.Input((4,)), layers.Dense(2, name="dense")], name="tiny")
            >>> model.summary(line_length=60)
            Model: "tiny"
            ┏━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━┓
            ┃ Layer (type)             ┃ Output Shape       ┃  Param # ┃
            ┡━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━┩
            │ dense (Dense)            │ (None, 2)          │       10 │
            └──────────────────────────┴────────────────────┴──────────┘
             Total params: 10 (40.00 B)
             Trainable params: 10 (40.00 B)
             Non-trainable params: 0 (0.00 B)
        """
        text = summary_text(
            self, line_length, positions, expand_nested, show_trainable, layer_range
        )
        (print_fn or say)(text)

    def export(
        self,
        filepath: str | os.PathLike[str],
        format: str = "onnx",
        verbose: bool | None = None,
        input_signature: None = None,
        **kwargs: Any,
    ) -> None:
        """Writes what `predict` computes as an ONNX file, which other programs run.

        The file has float32 weights, the layers' and weights' names, and a batch of any size. It
        replaces one of this name as a whole or not at all. The extra `onnx` is needed.

        Args:
            filepath: the file's name.
            format: 'onnx'.
            verbose: whether to print where the file is; None stands for True, as in Keras.
            **kwargs: opset_version: of ONNX's operators, from 18 on; 18 where it is left out, which
                onnxruntime reads from 1.14 on.

        Raises:
            ImportError: if the package onnx is not installed.
            TypeError: for a layer or an activation that is not brisknet's own, or an unknown
                argument.
            ValueError: if the model is not built, has axes of open length beside the batch's or
                2 GB of weights, or for arguments of Keras's that are not supported.

        Example:
            >>> from brisknet import layers
            >>> model = Sequential([layers.Input((4,)), layers.Dense(2, activation="softmax")])
            >>> model.export("model.onnx")  # doctest: +SKIP
            Saved artifact at 'model.onnx'.
        """
        export_model(self, filepath, format, verbose, input_signature, **kwargs)


_OWN_STEP = (
    "loop over the batches yourself, with train_on_batch, or run, its backward and optimizer.apply"
)
_OWN_LOSS = "give compile a loss of your own (brisknet.losses.Loss)"
_OWN_METRIC = "give compile a metric of your own (brisknet.metrics.Metric)"

refuse_attributes(
    Sequential,
    "get_quantization_layer_structure get_state_tree jax_state_sync set_state_tree",
    {
        "compute_loss": _OWN_LOSS,
        "compute_loss_and_updates": _OWN_LOSS,
        "compute_metrics": _OWN_METRIC,
        "make_predict_function": _OWN_STEP,
        "make_test_function": _OWN_STEP,
        "make_train_function": _OWN_STEP,
        "predict_step": "define forward(x, training, input_gradient)",
        "stateless_compute_loss": _OWN_LOSS,
        "test_step": _OWN_METRIC,
        "train_step": _OWN_STEP,
        # Of Keras 2.
        "evaluate_generator": "use evaluate",
        "fit_generator": "use fit",
        "predict_classes": "use predict(x) > 0.5 of one unit, predict(x).argmax(-1) of several",
        "predict_generator": "use predict",
        "predict_proba": "use predict",
        "reset_states": "there are no recurrent layers, leave it out",
        "to_yaml": "use to_json",
        "total_loss": "use loss, or the results of fit and evaluate",
    },
    definable="""
    evaluate_generator fit_generator inputs outputs predict_classes predict_function
    predict_generator predict_proba reset_states test_function to_yaml total_loss train_function
    """,
)


def _leaves(model: Sequential) -> Iterator[Layer]:
    """The layers of a model and of those within it."""
    for layer in model._layers:
        if isinstance(layer, Sequential):
            yield from _leaves(layer)
        else:
            yield layer


def _used_within(layer: Layer) -> Iterator[Layer]:
    """The layers that a layer uses, and those that they use."""
    for _, used in layer.used_layers():
        yield used
        yield from _used_within(used)


def _is_empty(layer: Layer) -> bool:
    """Whether this is a model that gets its layers later."""
    return isinstance(layer, Sequential) and not layer._layers


def _only_flattens(layer: Layer) -> bool:
    if type(layer) is not Flatten:
        return False
    return layer.keeps_order and layer.activity_regularizer is None
