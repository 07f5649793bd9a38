"""Weights in files: both formats, what does not fit, and what the files look like to others."""

import io
import json

import numpy as np
import pytest

import brisknet as keras
from brisknet import layers
from brisknet.saving import safetensors_format

ENDINGS = [".safetensors", ".weights.h5"]


def model(units=3, last=2, dropout=True):
    return keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(units, activation="relu"),
            layers.BatchNormalization(),
            *([layers.Dropout(0.5)] if dropout else []),
            keras.Sequential([layers.Dense(last), layers.Dense(2)]),
            layers.Dense(1),
        ]
    )


def trained(optimizer="adam", **kwargs):
    made = model(**kwargs)
    made.compile(optimizer, "mse")
    rng = np.random.default_rng(0)
    made.fit(rng.random((40, 4)), rng.random((40, 1)), verbose=0)
    return made


def equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.fixture(params=ENDINGS)
def path(request, tmp_path):
    if request.param == ".weights.h5":
        pytest.importorskip("h5py")
    return tmp_path / f"w{request.param}"


def test_weights_come_back_with_the_same_bits(path):
    one, other = trained(), model()
    one.save_weights(path)
    other.load_weights(path)
    assert equal(one.get_weights(), other.get_weights())
    keras.saving.save_weights(one, path)
    keras.saving.load_weights(other, str(path))


def test_the_optimizers_state_comes_along(path):
    one, other = trained(), trained()
    one.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
    one.save_weights(path)
    other.load_weights(path)
    assert other.optimizer.iterations == one.optimizer.iterations
    x, y = np.ones((8, 4)), np.zeros((8, 1))
    for m in (one, other):  # without the layers' random streams, which are a model's
        m.layers[2].rate = 0
        m.fit(x, y, shuffle=False, verbose=0)
    assert equal(one.get_weights(), other.get_weights())


def test_an_optimizer_that_was_not_built_takes_the_state(path):
    one, other = trained(), model()
    one.save_weights(path)
    other.compile("adam", "mse")
    other.load_weights(path)
    assert other.optimizer.iterations == 2


def test_the_state_of_another_optimizer_is_left_out_with_a_warning(path):
    trained().save_weights(path)
    other = model()
    other.compile(keras.optimizers.SGD(momentum=0.5), "mse")
    with pytest.warns(UserWarning, match="not that of the model's optimizer: it is left"):
        other.load_weights(path)
    assert other.optimizer.iterations == 0


def test_a_failed_load_changes_nothing(path):
    model(last=5).save_weights(path)
    other = trained()
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"\[load_weights\] '.*w\.\w+.*the model has weights of"):
        other.load_weights(path)
    assert equal(before, other.get_weights())


def test_skip_mismatch_loads_what_fits(path):
    one, other = model(last=5), model()
    one.save_weights(path)
    before = other.get_weights()
    with pytest.warns(UserWarning, match="they are left as they are") as warned:
        other.load_weights(path, skip_mismatch=True)
    assert len(warned) == 2
    places = ["layers/sequential/layers/dense", "layers/sequential/layers/dense_1"]
    assert all(place in str(w.message) for place, w in zip(places, warned, strict=True))
    after, wanted = other.get_weights(), one.get_weights()
    assert equal(after[:6], wanted[:6])
    assert equal(after[6:10], before[6:10])
    assert equal(after[10:], wanted[10:])


def test_layers_without_weights_do_not_count(path):
    one, other = model(), model(dropout=False)
    one.save_weights(path)
    other.load_weights(path)
    assert equal(one.get_weights(), other.get_weights())


def test_models_must_be_built(path):
    unbuilt = keras.Sequential([layers.Dense(2)])
    for call in (unbuilt.save_weights, unbuilt.load_weights):
        with pytest.raises(ValueError, match="expected a built model"):
            call(path)


@pytest.mark.parametrize("name", ["w.h5", "w.npz", "w"])
def test_other_endings_are_refused_by_name(tmp_path, name):
    with pytest.raises(
        ValueError, match=r"expected filepath: .*safetensors', '\.weights\.h5', got"
    ):
        model().save_weights(tmp_path / name)
    if name != "w.h5":  # which is read
        with pytest.raises(ValueError, match=r"expected filepath: .*safetensors'.*'\.h5'.*, got"):
            model().load_weights(tmp_path / name)


def test_files_that_are_not_there_are_named(path):
    with pytest.raises(FileNotFoundError, match=path.name):
        model().load_weights(path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        model().save_weights(path.parent / "nowhere" / path.name)


def test_overwriting_is_asked_for(path, monkeypatch):
    one = model()
    one.save_weights(path, overwrite=False)
    before = path.read_bytes()
    answers = iter(["what", "n", "Y"])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    trained().save_weights(path, overwrite=False)
    assert path.read_bytes() == before
    trained().save_weights(path, overwrite=False)
    assert path.read_bytes() != before


def test_where_nobody_can_be_asked_files_stay(path, monkeypatch):
    model().save_weights(path)
    before = path.read_bytes()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(FileExistsError, match="pass overwrite=True"):
        trained().save_weights(path, overwrite=False)
    assert path.read_bytes() == before


def test_the_safetensors_library_reads_our_files(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    one = trained()
    one.save_weights(tmp_path / "w.safetensors")
    found = numpy.load_file(tmp_path / "w.safetensors")
    assert np.array_equal(found["layers/dense/kernel"], one.layers[0].kernel.value)
    names = [n for n in found if not n.startswith("optimizer/")]
    assert sorted(names) == sorted(
        [
            *(f"layers/dense/{n}" for n in ("kernel", "bias")),
            *(f"layers/batch_normalization/{n}" for n in ("gamma", "beta")),
            *(f"layers/batch_normalization/moving_{n}" for n in ("mean", "variance")),
            *(f"layers/sequential/layers/dense/{n}" for n in ("kernel", "bias")),
            *(f"layers/sequential/layers/dense_1/{n}" for n in ("kernel", "bias")),
            *(f"layers/dense_1/{n}" for n in ("kernel", "bias")),
        ]
    )


def test_we_read_the_safetensors_librarys_files(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    made = keras.Sequential([layers.Input((2,)), layers.Dense(3)])
    weights = {
        "layers/dense/bias": np.arange(3, dtype=np.float32),
        "layers/dense/kernel": np.ones((2, 3), dtype=np.float32),
    }
    numpy.save_file(weights, tmp_path / "w.safetensors")
    made.load_weights(tmp_path / "w.safetensors")
    assert made.get_weights()[1].tolist() == [0, 1, 2]
    numpy.save_file(weights | {"other": np.ones(1)}, tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match="'other' is 'F64', not float32"):
        made.load_weights(tmp_path / "w.safetensors")


def test_arrays_are_aligned_in_the_file(tmp_path):
    trained().save_weights(tmp_path / "w.safetensors")
    data = (tmp_path / "w.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    assert (8 + length) % 64 == 0
    assert json.loads(data[8 : 8 + length])["__metadata__"]["format"] == "brisknet weights"


def test_empty_and_scalar_arrays(tmp_path):
    arrays = {"a": np.ones((0, 3), np.float32), "b": np.float32(2) * np.ones((), np.float32)}
    with open(tmp_path / "f", "wb") as file:
        safetensors_format.write(file, arrays, {"k": "v"})
    size = (tmp_path / "f").stat().st_size
    with open(tmp_path / "f", "rb") as file:
        found, metadata = safetensors_format.read(file, size)
    assert metadata == {"k": "v"}
    assert {n: (a.shape, a.tolist()) for n, a in found.items()} == {
        "a": ((0, 3), []),
        "b": ((), 2.0),
    }


def test_arguments_of_keras_that_are_refused(path):
    one = model()
    with pytest.raises(ValueError, match="max_shard_size is not supported"):
        one.save_weights(path, max_shard_size=1)
    one.save_weights(path)
    with pytest.raises(ValueError, match="objects_to_skip is not supported"):
        one.load_weights(path, objects_to_skip=[one.layers[0]])
    with pytest.raises(ValueError, match=r"by_name is for Keras's older '\.h5' files"):
        one.load_weights(path, by_name=True)
