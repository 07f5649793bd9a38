"""How a model runs: forward through its layers, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from brisknet.arguments.checks import Array
from brisknet.data.compressed import CompressedBatch
from brisknet.layers.layer import Backward, Layer
from brisknet.models.inputs import Inputs


class Running(Inputs):
    """The part of a `Sequential` that computes."""

    _by_core = True  # but for what its layers compute, each of which flushes that
    # Whether forward is not a custom one: then infer and compressed inputs may replace it.
    _is_plain: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._is_plain = cls.forward is Running.forward

    def forward(
        self, x: Array | CompressedBatch, training: bool = False, input_gradient: bool = True
    ) -> tuple[Array, Backward]:
        """The output, and its backward to the input."""
        return _through(_path(self._layers_for(x), input_gradient), x, training, input_gradient)

    def training_forward(self) -> Callable[[Any], tuple[Array, Backward]]:
        """`forward` for training steps between which no layer is frozen or freed."""
        if not self._is_plain:
            return lambda x: self._run(x, True, False)
        path = _path(self._layers, False)
        computing = path[self._flattening() :]

        def forward(x: Array | CompressedBatch) -> tuple[Array, Backward]:
            return _through(computing if isinstance(x, CompressedBatch) else path, x, True, False)

        return forward

    def _is_by_core(self) -> bool:
        return self._is_plain and all(layer._is_by_core() for layer in self._layers)

    def infer(self, x: Array | CompressedBatch) -> Array:
        """The output alone; nothing is kept for a backward."""
        if not self._is_plain:
            return self._run(x)[0]  # type: ignore[arg-type]
        y: Any = x
        for layer in self._layers_for(x):
            y = layer.infer(y) if isinstance(layer, Running) else layer._run(y)[0]
        return y  # type: ignore[no-any-return]


# Layers' `_run`, whether it is asked for its input's gradient, and whether its backward is called.
_Path = list[tuple[Callable[..., tuple[Array, Backward]], bool, bool]]


def _path(layers: list[Layer], input_gradient: bool) -> _Path:
    path = []
    wanted = input_gradient  # whether anything before a layer needs its input's gradient
    for layer in layers:
        trains = layer.has_trainable
        path.append((layer._run, wanted, wanted or trains))
        wanted = wanted or trains
    return path


def _through(path: _Path, x: Any, training: bool, input_gradient: bool) -> tuple[Array, Backward]:
    backs: list[Backward] = []
    y = x
    for run, wanted, goes_back in path:
        y, back = run(y, training, wanted)
        if goes_back:
            backs.append(back)

    def backward(dy: Any) -> Any:
        for back in reversed(backs):
            dy = back(dy)
        return dy if input_gradient else None

    return y, backward
