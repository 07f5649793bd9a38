"""Keras's older HDF5 files: whole models or weights, found by names that are in attributes.

model_config, training_config           attributes: JSON, as a text
model_weights                           a group with all that follows; in files of weights, the root
    layer_names                         attribute: the layers; layer_names0, … if they are many
    dense_1                             a layer's group
        weight_names                    attribute: paths of its weights, trained ones first
        sequential/dense_1/kernel       a weight ('dense_1/kernel:0' in Keras 2)
    top_level_model_weights             the weights that are the model's own
optimizer_weights                       the optimizer's state; weight_names as above
brisknet                                what Keras has no place for, JSON as bytes; Keras ignores it
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from brisknet.saving.h5_texts import Texts
from brisknet.saving.h5_weights import Reader, h5py
from brisknet.saving.untrusted import SPARE

Named = list[tuple[str, npt.NDArray[Any]]]  # a layer's or the optimizer's weights, by their paths

_KERAS_VERSION = "3.15.1"  # whose layout this is
_ATTRIBUTE = 2**15  # bytes; HDF5 allows twice as many
_OWN = "top_level_model_weights"


class Contents(NamedTuple):
    """What is in a file."""

    model_config: str | None
    training_config: str | None
    layers: list[tuple[str, Named]]
    own: Named  # of the model, beside those of its layers
    optimizer: Named
    extra: bytes | None


def write(contents: Contents) -> bytes:
    """The file's bytes."""
    buffer = io.BytesIO()
    with h5py().File(buffer, "w") as file:
        file.attrs["keras_version"] = _KERAS_VERSION
        file.attrs["backend"] = "brisknet"
        for name in ("model_config", "training_config"):
            if (text := getattr(contents, name)) is not None:
                file.attrs[name] = text
        group = file.create_group("model_weights")
        group.attrs["keras_version"] = _KERAS_VERSION
        group.attrs["backend"] = "brisknet"
        _put_texts(group, "layer_names", [name for name, _ in contents.layers])
        for name, weights in [*contents.layers, (_OWN, contents.own)]:
            _put_weights(group.create_group(name), weights)
        if contents.optimizer:
            _put_weights(file.create_group("optimizer_weights"), contents.optimizer)
        if contents.extra is not None:
            file["brisknet"] = np.frombuffer(contents.extra, dtype=np.uint8)
    return buffer.getvalue()


def _put_weights(group: Any, weights: Named) -> None:
    _put_texts(group, "weight_names", [path for path, _ in weights])
    for path, value in weights:
        group[path] = value


def _put_texts(group: Any, name: str, texts: Sequence[str]) -> None:
    """Texts as an attribute, or as numbered ones where they are many."""
    array = np.array([text.encode() for text in texts], dtype=None if texts else "S1")
    count = -(-array.nbytes // _ATTRIBUTE)
    if count <= 1:
        group.attrs[name] = array
        return
    for i, part in enumerate(np.array_split(array, count)):
        group.attrs[f"{name}{i}"] = part


def is_legacy(file: IO[bytes]) -> bool:
    """Whether a file has this layout."""
    with h5py().File(file, "r") as root:
        return "layer_names" in root.attrs or any(
            name in root for name in ("model_weights", "optimizer_weights")
        )


def read(file: IO[bytes], size: int) -> Contents:
    """What is in a file of `size` bytes.

    Links, and data that are compressed, virtual or elsewhere, are refused, as is what would take
    much more memory than the file is long.

    Raises:
        ValueError: if something cannot be read.
        Exception: of almost any kind, from a damaged file.
    """
    file.seek(0)
    texts = Texts(file.read())
    module = h5py()
    with module.File(file, "r") as root:
        if root.userblock_size:
            raise ValueError("it does not begin with HDF5")
        reader = _Reader(module, size, texts)
        group = root if "layer_names" in root.attrs else reader.find(root, "model_weights")
        if group is None:
            group = root
        layers = [
            (name, reader.weights(group, name)) for name in reader.texts(group, "layer_names")
        ]
        own, optimizer = (
            reader.weights(parent, name) if reader.find(parent, name) is not None else []
            for parent, name in ((group, _OWN), (root, "optimizer_weights"))
        )
        extra = reader.find(root, "brisknet")
        return Contents(
            reader.text(root, "model_config"),
            reader.text(root, "training_config"),
            layers,
            own,
            optimizer,
            None if extra is None else reader.array(extra).tobytes(),
        )


class _Reader(Reader):
    """Reads attributes as well."""

    def __init__(self, module: Any, size: int, in_file: Texts) -> None:
        super().__init__(module, size)
        self.text_bytes = size + SPARE  # that may still be read
        self.in_file = in_file

    def weights(self, group: Any, name: str) -> Named:
        """What the names in a group's attribute lead to."""
        found = self.find(group, name)
        if not isinstance(found, self.module.Group):
            raise ValueError(f"it has no group {name!r}")
        return [(path, self.array(self.find(found, path))) for path in self.texts(found)]

    def text(self, group: Any, name: str) -> str | None:
        """An attribute that is a text; None where there is none."""
        return "".join(self._attribute(group, name)) if name in group.attrs else None

    def texts(self, group: Any, name: str = "weight_names") -> list[str]:
        """An attribute that is a list of texts, or several with numbers."""
        if name in group.attrs:
            return self._attribute(group, name)
        found: list[str] = []
        number = 0
        while f"{name}{number}" in group.attrs:
            found += self._attribute(group, f"{name}{number}")
            number += 1
        return found

    def _attribute(self, group: Any, name: str) -> list[str]:
        attribute = self.module.h5a.open(group.id, name.encode())
        count = math.prod(attribute.shape)
        if not count:  # an empty list has no type
            return []
        kind = attribute.get_type()
        if not isinstance(kind, self.module.h5t.TypeStringID):
            raise ValueError(f"attribute {name!r} of {group.name!r} is no text")
        if self.module.h5o.get_info(group.id).meta_size.attr.heap_size:
            raise ValueError(f"attributes of {group.name!r} are not stored with it")
        # Many of them may refer to the same long text.
        length = count * kind.get_size()
        if kind.is_variable_str():
            length = self.in_file.length(name, attribute, count)
        if length > self.text_bytes:
            raise ValueError(f"attribute {name!r} of {group.name!r} is larger than the file")
        value = group.attrs[name]
        values = [value] if isinstance(value, str | bytes) else list(value.reshape(-1))
        texts = [v.decode() if isinstance(v, bytes) else str(v) for v in values]
        self.text_bytes -= sum(map(len, texts))
        return texts
