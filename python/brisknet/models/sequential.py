"""The model: layers one after the other."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from brisknet.arguments.checks import Array, describe, refuse_arguments
from brisknet.data import is_sparse, named_array
from brisknet.data.compressed import compressed
from brisknet.display.progress import say
from brisknet.display.representation import call_text
from brisknet.export.onnx_export import export_model
from brisknet.layers.input import InputLayer
from brisknet.layers.layer import Layer
from brisknet.metrics.base import Metric
from brisknet.models.running import Running
from brisknet.models.saveable import Saveable
from brisknet.models.shared_weights import refuse_shared
from brisknet.models.summary import summary_html, summary_text
from brisknet.names.refused_attributes import refuse_attributes
from brisknet.runtime.float_environment import ignored
from brisknet.training.trainer import Trainer


class Sequential(Saveable, Running, Trainer):
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

    _kind = "model"
    metrics = Trainer.metrics  # rather than a layer's
    _unwatched: ClassVar[frozenset[str]] = Running._unwatched | frozenset(
        "_layers _names _shapes _metrics _weighted _loss_tracker _metric_names _weighted_names "
        "_compile_arguments _given_loss _reported".split()
    )
    _left_out = Running._left_out | {"layers"}

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
        self._start_list()
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

    def refuse_shared(self, op: str) -> None:
        refuse_shared(op, self)

    def _layer_metrics(self) -> list[Metric]:
        return self._kept_metrics()

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
            line_length: the table's width; by default 88 (100 with show_trainable), or the
                terminal's width less 4.
            positions: where each column ends, as fractions of the width.
            print_fn: called with the text instead of print.
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
        replaces an existing file as a whole or not at all. It needs `pip install
        'brisknet[onnx]'`.

        Args:
            filepath: the file's name.
            format: 'onnx'.
            verbose: whether to print where the file is; None stands for True, as in Keras.
            **kwargs: opset_version: of ONNX's operators, from 18 on; 18 where it is left out, which
                onnxruntime reads from 1.14 on.

        Raises:
            ImportError: if the package onnx is not installed.
            TypeError: for a custom layer or activation, or an unknown
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


_CUSTOM_STEP = (
    "loop over the batches yourself, with train_on_batch, or run, its backward and optimizer.apply"
)
_CUSTOM_LOSS = "pass compile a custom loss (brisknet.losses.Loss)"
_CUSTOM_METRIC = "pass compile a custom metric (brisknet.metrics.Metric)"

refuse_attributes(
    Sequential,
    "get_quantization_layer_structure get_state_tree jax_state_sync set_state_tree",
    {
        "compute_loss": _CUSTOM_LOSS,
        "compute_loss_and_updates": _CUSTOM_LOSS,
        "compute_metrics": _CUSTOM_METRIC,
        "make_predict_function": _CUSTOM_STEP,
        "make_test_function": _CUSTOM_STEP,
        "make_train_function": _CUSTOM_STEP,
        "predict_step": "define forward(x, training, input_gradient)",
        "stateless_compute_loss": _CUSTOM_LOSS,
        "test_step": _CUSTOM_METRIC,
        "train_step": _CUSTOM_STEP,
        # Of Keras 2.
        "evaluate_generator": "use evaluate",
        "fit_generator": "use fit",
        "predict_classes": "use predict(x) > 0.5 of one unit, predict(x).argmax(-1) of several",
        "predict_generator": "use predict",
        "predict_proba": "use predict",
        "reset_states": "recurrent layers are not supported: leave it out",
        "to_yaml": "use to_json",
        "total_loss": "use loss, or the results of fit and evaluate",
    },
    definable="""
    evaluate_generator fit_generator inputs outputs predict_classes predict_function
    predict_generator predict_proba reset_states test_function to_yaml total_loss train_function
    """,
)
