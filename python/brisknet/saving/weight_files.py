"""Weights in files: which format a name means, and what goes into each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brisknet.arguments.checks import refuse_arguments
from brisknet.saving import h5_files, keras_format, legacy_h5, optimizer_state, safetensors_format
from brisknet.saving.file_names import (
    WEIGHTS_READ,
    WEIGHTS_WRITTEN,
    FilePath,
    ending_of,
    size_of,
    write_file,
)
from brisknet.saving.state import parsed_numbers, set_state, write_state
from brisknet.saving.untrusted import naming

if TYPE_CHECKING:
    from brisknet.models.sequential import Sequential


def save_weights(
    model: Sequential, filepath: FilePath, overwrite: bool = True, max_shard_size: None = None
) -> None:
    """Saves a model's weights, and the optimizer's state where it is compiled.

    Args:
        model: the model; it must be built.
        filepath: ends in '.safetensors', or in '.weights.h5' for a file that Keras reads too (this
            needs `pip install 'brisknet[keras]'`).
        overwrite: see `save_model`.
        max_shard_size: None; a file is one file.

    Raises:
        ValueError: if the name ends otherwise, or the model is not built.
        OSError: if it cannot be written.
    """
    refuse_arguments("save_weights", max_shard_size=max_shard_size)
    ending = ending_of("save_weights", filepath, WEIGHTS_WRITTEN)
    _check_built("save_weights", model)
    if ending == ".weights.h5":
        data = h5_files.weights_bytes(model, True, None)
        write_file(filepath, overwrite, lambda file: file.write(data))
        return
    numbers = {"optimizer": optimizer_state.numbers(model)}
    metadata = {"format": "brisknet weights"}
    write_file(filepath, overwrite, lambda file: write_state(file, model, numbers, metadata))


def load_weights(
    model: Sequential,
    filepath: FilePath,
    skip_mismatch: bool = False,
    by_name: bool | None = None,
    **kwargs: Any,
) -> None:
    """Gives a model the weights in a file, and its optimizer its state where both have it.

    Weights are found by their layers' places and kinds, not by their layers' names.

    Args:
        model: the model; it must be built.
        filepath: ends in '.safetensors', '.weights.h5', '.keras', or '.h5' or '.hdf5' for Keras's
            older files.
        skip_mismatch: whether layers whose weights do not fit are left out, with a warning.
        by_name: whether layers are found by their names, in Keras's older files; others are left
            as they are.
        **kwargs: none; Keras's objects_to_skip is not supported.

    Raises:
        ValueError: if the name ends otherwise, the model is not built, the file is damaged, or
            weights do not fit: the model is then unchanged.
        OSError: if it cannot be opened.
    """
    refuse_arguments("load_weights", **kwargs)
    ending = ending_of("load_weights", filepath, WEIGHTS_READ)
    _check_built("load_weights", model)
    with open(filepath, "rb") as file, naming("load_weights", filepath):
        size = size_of(file)
        if ending == ".safetensors":
            _refuse_by_name(by_name)
            arrays, metadata = safetensors_format.read(file, size)
            numbers = parsed_numbers(metadata.get("state", "{}"), size)
            numbers.pop("random", None)
            set_state("load_weights", model, arrays, numbers, skip_mismatch=skip_mismatch)
            return
        weights = file if ending != ".keras" else keras_format.read(file, size)[1]
        if ending != ".keras" and legacy_h5.is_legacy(file):
            contents = legacy_h5.read(file, size)
            h5_files.set_contents(
                "load_weights", model, contents, size, by_name=by_name, skip_mismatch=skip_mismatch
            )
        else:
            _refuse_by_name(by_name)
            h5_files.load_weights("load_weights", model, weights, size, skip_mismatch=skip_mismatch)


def _refuse_by_name(by_name: bool | None) -> None:
    if by_name:
        raise ValueError("by_name is for Keras's older '.h5' files: leave it out")


def _check_built(op: str, model: Sequential) -> None:
    if not model.built:
        raise ValueError(f"[{op}] expected a built model: give it an input shape or call build")
