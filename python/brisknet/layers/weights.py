"""A layer's weights: adding, freezing, reading, replacing and saving them."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from brisknet import constraints, initializers, regularizers
from brisknet.arguments.checks import Array, refuse_arguments
from brisknet.layers.tracking import Tracking
from brisknet.names.automatic import name_scope
from brisknet.variables.variable import Variable, as_dtype

_trains = operator.attrgetter("trainable")


class Weights(Tracking):
    """The part of a `Layer` that has weights."""

    _activity_loss: np.float32 | None  # the penalty on the last output

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
            initializer: a name, an Initializer, an array or a function of (shape, dtype); None for
                'glorot_uniform', or 'zeros' for integers.
            dtype: 'float32' or None; with trainable=False also 'int32', 'int64', 'uint8', ….
            trainable: whether training changes it.
            regularizer: what penalises it in the loss (`brisknet.regularizers`).
            constraint: what it must fulfil after each update (`brisknet.constraints`).
            name: 'kernel', 'bias', …; by default 'variable', numbered.
            autocast, aggregation: without effect, as in `Variable`.
            overwrite_with_gradient: False.

        Raises:
            ValueError: if the initializer is unknown or gives another shape.
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

    def _add_configured(self, name: str, shape: Sequence[int]) -> Variable:
        """The weight `name`, as the layer's arguments `name_initializer`, … say."""
        return self.add_weight(
            shape,
            getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
            name=name,
        )

    # --- which there are

    @property
    def own_variables(self) -> list[Variable]:
        """The weights, without those of the layers that this one uses."""
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

        Setting it sets it for the layers within, too. A layer within that is freed again is trained
        in another model, but not in the frozen one. Weights that were added as not trainable stay
        so.
        """
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for variable in self._freezable:
            variable.trainable = self._trainable
        for layer in self._held():
            layer.trainable = self._trainable

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

    # --- their values

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

    # --- in files

    def save_own_variables(self, store: Any) -> None:
        """Puts the weights into a mapping, without those of the layers that this one uses.

        They are arrays of float32 or integers, under names without '/': here their numbers. A layer
        with state beside its weights defines this and `load_own_variables`.
        """
        for number, variable in enumerate(self._variables):
            store[str(number)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Restores what `save_own_variables` stored.

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
        """Whether the class defines what files hold of it."""
        cls = type(self)
        names = ("save_own_variables", "load_own_variables")
        return any(getattr(cls, name) is not getattr(Weights, name) for name in names)
