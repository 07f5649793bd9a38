"""Files that anyone may have made: they load, or raise ValueError; no code is run."""

import functools
import io
import json
import random
import re
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest

import brisknet as keras
from brisknet import layers
from brisknet.saving import model_files, safetensors_format, serialize_keras_object
from brisknet.saving.untrusted import naming

SPARE = 2**26 + 2**24  # bytes that loading may take, however small the file


def model():
    made = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(3, kernel_regularizer="l2", kernel_constraint="max_norm"),
            layers.Dropout(0.1),
            layers.BatchNormalization(),
            keras.Sequential([layers.Dense(2, activation="gelu"), layers.PReLU()]),
            layers.Dense(2),
        ]
    )
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    found = ["accuracy", keras.metrics.AUC(num_thresholds=5)]
    made.compile(keras.optimizers.Adam(schedule), keras.losses.Huber(), metrics=found)
    made.fit(np.ones((8, 4)), np.eye(2)[[0, 1] * 4], verbose=0)
    return made


@functools.cache
def reader():
    """A model that failures leave as it was."""
    return model()


def load(path):
    if path.name.endswith(".weights.h5"):
        one = reader()
        before = one.get_weights()
        try:
            one.load_weights(path)
        except ValueError:
            assert all(map(np.array_equal, before, one.get_weights()))
            raise
        return one
    return keras.models.load_model(path)


@pytest.fixture(scope="module", params=[".safetensors", ".keras", ".weights.h5", ".h5"])
def valid(request, tmp_path_factory):
    """A valid file, and a path for what is made of it."""
    if request.param != ".safetensors":
        pytest.importorskip("h5py")
    path = tmp_path_factory.mktemp("valid") / f"m{request.param}"
    one = model()
    (one.save_weights if request.param == ".weights.h5" else one.save)(path)
    return path.read_bytes(), path.with_name(f"other{request.param}")


def loads(call, name):
    """Whether a call loads; else it must raise a ValueError with the file's name."""
    try:
        call()
    except ValueError as error:
        message = str(error)
    else:
        return True
    assert f"{name}' cannot be loaded" in message
    return False


def mutated(data, seed):
    """The bytes with some changed, taken out, put in or moved."""
    r, data = random.Random(seed), bytearray(data)
    for _ in range(r.choice([1, 1, 1, 2, 4, 16])):
        at, length = r.randrange(len(data)), r.choice([1, 2, 4, 8, 64])
        end = min(at + length, len(data))
        kind = r.randrange(6)
        if kind == 0:
            data[at] = r.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << r.randrange(8)
        elif kind == 2:
            data[at:end] = r.choice([b"\xff", b"\0", b"\x7f"]) * (end - at)
        elif kind == 3:
            del data[at:end]
        elif kind == 4:
            data[at:at] = r.randbytes(length)
        else:
            other = r.randrange(len(data) - length)
            data[at:end] = data[other : other + end - at]
    return bytes(data)


def test_files_with_changed_bytes(valid):
    data, path = valid
    outcomes = {True: 0, False: 0}
    for seed in range(120):
        path.write_bytes(mutated(data, seed))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcomes[loads(lambda: load(path), path.name)] += 1
    assert all(outcomes.values())


def test_files_that_end_early(valid):
    data, path = valid
    for end in [*range(0, 200, 7), *range(200, len(data), len(data) // 50)]:
        path.write_bytes(data[:end])
        with pytest.raises(ValueError, match=path.name):
            load(path)


def test_files_of_something_else(valid):
    _, path = valid
    for data in (b"", b"\0" * 1000, b"PK\x03\x04" * 50, b"\x89HDF\r\n\x1a\n" * 50, b"{}" * 500):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=path.name):
            load(path)


BAD = [
    None,
    True,
    -1,
    0,
    2**31,
    2**64,
    10**30,
    1e308,
    float("nan"),
    float("inf"),
    0.5,
    "",
    "sequential",
    "../../etc/passwd",
    [],
    [[[]]],
    [10**9] * 3,
    {},
    {"class_name": "function", "config": "eval"},
    {"class_name": "Dense", "config": {"units": 10**9}, "module": "keras.layers"},
    {"module": "os", "class_name": "system", "config": {}},
    {"class_name": "__numpy__", "config": {"value": "x", "dtype": "S1000000000"}},
    {"class_name": "__numpy__", "config": {"value": [1], "dtype": "O"}},
]


def parts(data):
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def joined(header, arrays):
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + arrays


def paths(tree, path=()):
    yield path
    if isinstance(tree, list):
        tree = dict(enumerate(tree))
    for key, value in tree.items() if isinstance(tree, dict) else ():
        yield from paths(value, (*path, key))


def put(tree, path, value):
    if not path:
        return value
    tree = json.loads(json.dumps(tree))
    parent = tree
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return tree


def loads_bytes(data):
    def call():
        with naming("load_model", "name"):
            model_files.model_from_bytes(data, {})

    return loads(call, "name")


@pytest.mark.parametrize("part", ["config", "state", "arrays"])
def test_anything_anywhere_in_the_header(part):
    header, arrays = parts(model_files.model_to_bytes(model()))
    texts = header.pop("__metadata__")
    tree = header if part == "arrays" else json.loads(texts[part])
    r = random.Random(0)
    for path in paths(tree):
        for value in r.sample(BAD, 1):
            new = put(tree, path, value)
            if part != "arrays":
                loads_bytes(
                    joined({"__metadata__": {**texts, part: json.dumps(new)}, **header}, arrays)
                )
            elif isinstance(new, dict):
                loads_bytes(joined({"__metadata__": texts, **new}, arrays))


def memory(call):
    """What raises ValueError, and how much memory it took meanwhile."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="cannot be loaded") as raised:
            call()
        return str(raised.value), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def entry(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


SAFETENSORS = {
    "a header that is too long": (2**60).to_bytes(8, "little") + b"{}",
    "a header as long as the memory": (2**33).to_bytes(8, "little") + b"{}",
    "no dict": joined([1], b""),
    "deep": joined({}, b"")[:0] + (10**6).to_bytes(8, "little") + b"[" * 10**6,
    "wide": (3 * 10**6 + 1).to_bytes(8, "little") + b"[" + b"[]," * 10**6,
    "overlapping": joined({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, b"\0" * 12),
    "twice the same": joined({"a": entry([2], 0, 8), "b": entry([2], 0, 8)}, b"\0" * 8),
    "a hole": joined({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, b"\0" * 12),
    "past the end": joined({"a": entry([2], 0, 8)}, b"\0" * 4),
    "something after": joined({"a": entry([1], 0, 4)}, b"\0" * 8),
    "a huge shape": joined({"a": entry([2**40, 2**40], 0, 2**82)}, b"\0" * 8),
    "an overflowing shape": joined({"a": entry([2**62, 4], 0, 0)}, b"\0" * 8),
    "negative": joined({"a": entry([-1, -1], 0, 4)}, b"\0" * 4),
    "backwards": joined({"a": entry([1], 4, 0)}, b"\0" * 4),
    "not a number": joined({"a": entry([float("nan")], 0, 4)}, b"\0" * 4),
    "many axes": joined({"a": entry([1] * 99, 0, 4)}, b"\0" * 4),
    "another type": joined({"a": entry([2], 0, 4, "F16")}, b"\0" * 4),
    "metadata that are no texts": joined({"__metadata__": {"a": 1}}, b""),
    "not UTF-8": (4).to_bytes(8, "little") + b"{\xff}}",
}


@pytest.mark.parametrize("name", SAFETENSORS)
def test_hostile_safetensors(tmp_path, name):
    path = tmp_path / "m.safetensors"
    path.write_bytes(SAFETENSORS[name])
    message, used = memory(lambda: keras.models.load_model(path))
    assert "m.safetensors" in message
    assert used < 2 * len(SAFETENSORS[name]) + SPARE


def test_configurations_larger_than_the_file(tmp_path):
    """Weights that a configuration asks for are not made where the file has no values for them."""
    header, arrays = parts(model_files.model_to_bytes(model()))
    config = json.loads(header["__metadata__"]["config"])
    config["config"]["layers"][1]["config"]["units"] = 10**8
    header["__metadata__"]["config"] = json.dumps(config)
    path = tmp_path / "m.safetensors"
    path.write_bytes(joined(header, arrays))
    message, used = memory(lambda: keras.models.load_model(path))
    assert "no values for a weight of shape (4, 100000000)" in message
    assert used < SPARE


def metric(name, number, **config):
    config = {"name": f"m{number}", **config}
    return {"module": "keras.metrics", "class_name": name, "config": config}


METRICS = {
    "thresholds": lambda i: metric("AUC", i, num_thresholds=10**6),
    "classes": lambda i: metric("MeanIoU", i, num_classes=2000),
    "labels": lambda i: metric("AUC", i, num_thresholds=1000, multi_label=True, num_labels=1000),
    "precision": lambda i: metric("PrecisionAtRecall", i, recall=0.5, num_thresholds=10**6),
    "one of a million classes": lambda i: metric("MeanIoU", i, num_classes=10**6),
    "one of a billion thresholds": lambda i: metric("AUC", i, num_thresholds=10**9),
    "many that are small": lambda i: metric("AUC", i, num_thresholds=20_000),
}


@pytest.mark.parametrize(
    ("kind", "nested", "ending"),
    [
        *((kind, False, ".safetensors") for kind in METRICS),
        *(("classes", nested, ending) for nested in (False, True) for ending in (".keras", ".h5")),
    ],
)
def test_metrics_larger_than_the_file(tmp_path, kind, nested, ending):
    """All that a file asks for comes from one allowance, in models within the model as well."""
    if ending != ".safetensors":
        pytest.importorskip("h5py")
    inner = keras.Sequential([layers.Input((4,)), layers.Dense(2)])
    one = keras.Sequential([layers.Input((4,)), inner]) if nested else inner
    inner.compile("sgd", "mse", metrics=[keras.metrics.AUC(num_thresholds=5)])
    path = tmp_path / f"m{ending}"
    config = json.dumps(serialize_keras_object(one))
    found = json.dumps([METRICS[kind](i) for i in range(60)])
    given = json.dumps(json.loads(config)["compile_config" if not nested else "config"])
    old = json.dumps(serialize_keras_object(inner)["compile_config"]["metrics"])
    assert old in given
    one.save(path)
    data = path.read_bytes()
    if ending == ".safetensors":
        header, arrays = parts(data)
        texts = header["__metadata__"]
        texts["config"] = texts["config"].replace(old, found)
        path.write_bytes(joined(header, arrays))
    elif ending == ".keras":
        path.write_bytes(
            rezipped(
                data,
                lambda members: {
                    **members,
                    "config.json": members["config.json"].replace(old.encode(), found.encode()),
                },
            )
        )
    else:
        with pytest.importorskip("h5py").File(path, "a") as file:
            for name in ("model_config", "training_config"):
                if name in file.attrs:
                    file.attrs[name] = file.attrs[name].replace(old, found)
    assert path.stat().st_size < 50_000
    message, used = memory(lambda: keras.models.load_model(path))
    assert re.search(
        "its metrics have more than 4194304 elements|num_thresholds from 2 to", message
    )
    assert used < SPARE


def test_the_allowance_is_the_next_files_again(tmp_path):
    """Files of many thresholds load, one after the other, and outside of files there is none."""
    one = keras.Sequential([layers.Input((4,)), layers.Dense(2)])
    one.compile("sgd", "mse", metrics=[keras.metrics.AUC(num_thresholds=10**5)])
    one.save(tmp_path / "m.safetensors")
    for _ in range(20):
        keras.models.load_model(tmp_path / "m.safetensors")
    for _ in range(10):
        keras.metrics.AUC(num_thresholds=10**5)


def test_classes_of_other_modules_are_not_looked_up(tmp_path, monkeypatch):
    import os

    called = []
    monkeypatch.setattr(os, "system", called.append)
    for module, name in (("os", "system"), ("builtins", "exec"), ("keras.layers", "Lambda")):
        header, arrays = parts(model_files.model_to_bytes(model()))
        config = json.loads(header["__metadata__"]["config"])
        config["config"]["layers"][1].update(module=module, class_name=name)
        header["__metadata__"]["config"] = json.dumps(config)
        path = tmp_path / "m.safetensors"
        path.write_bytes(joined(header, arrays))
        with pytest.raises(
            ValueError,
            match=f"(there is no class '{name}' of module '{module}'|{name} of Keras is not)",
        ):
            keras.models.load_model(path)
    assert not called


def test_states_that_do_not_fit():
    header, arrays = parts(model_files.model_to_bytes(model()))
    texts = header["__metadata__"]
    state = json.loads(texts["state"])
    for change in (
        {"random": {}},
        {"random": {"orders": [1, -1], "layers/dropout/seed_generator": [1, 2]}},
        {"optimizer": {**state["optimizer"], "iterations": -1}},
        {"optimizer": {**state["optimizer"], "learning_rate": float("nan")}},
        {"optimizer": {**state["optimizer"], "variables": ["layers/dense/kernel"]}},
        {"optimizer": [1]},
    ):
        header["__metadata__"] = {**texts, "state": json.dumps({**state, **change})}
        assert not loads_bytes(joined(header, arrays))


# --- zip archives


def rezipped(data, change, compression=zipfile.ZIP_STORED):
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(new, "w", compression) as zipped:
        members = {name: old.read(name) for name in old.namelist()}
        for name, content in change(members).items():
            zipped.writestr(name, content)
    return new.getvalue()


@pytest.fixture
def archive(tmp_path):
    pytest.importorskip("h5py")
    model().save(tmp_path / "m.keras")
    return tmp_path / "m.keras"


def test_zip_bombs(archive):
    def bomb(members):
        return {**members, "config.json": b"[" + b"0," * (50 * 2**20)}

    archive.write_bytes(rezipped(archive.read_bytes(), bomb, zipfile.ZIP_DEFLATED))
    message, used = memory(lambda: keras.models.load_model(archive))
    assert "config.json in it is compressed" in message
    assert used < SPARE


def test_archives_that_lack_something(archive):
    data = archive.read_bytes()
    for name in ("config.json", "model.weights.h5"):
        without = rezipped(data, lambda m, n=name: {k: v for k, v in m.items() if k != n})
        archive.write_bytes(without)
        with pytest.raises(ValueError, match=f"it has no {name}"):
            keras.models.load_model(archive)


@pytest.mark.parametrize(
    "config", [b"", b"[" * 10**6, b"3", b"{}", b'{"class_name": "Sequential"}']
)
def test_archives_with_other_configurations(archive, config):
    data = rezipped(archive.read_bytes(), lambda members: {**members, "config.json": config})
    archive.write_bytes(data)
    with pytest.raises(ValueError, match=r"m\.keras' cannot be loaded"):
        keras.models.load_model(archive)


# --- HDF5


def replaced(tmp_path, change):
    """A weights file whose first kernel was replaced."""
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "m.weights.h5"
    model().save_weights(path)
    with h5py.File(path, "a") as file:
        group = file["layers/dense/vars"]
        kernel = group["0"][()]
        del group["0"]
        change(h5py, group, kernel)
    return path


HDF5 = {
    "a huge shape": lambda h, g, k: g.create_dataset("0", (2**20, 2**20), "f4"),
    "a shape without data": lambda h, g, k: g.create_dataset("0", k.shape, "f4"),
    "compression": lambda h, g, k: g.create_dataset("0", data=k, compression="gzip"),
    "chunks": lambda h, g, k: g.create_dataset("0", data=k, chunks=True),
    "another type": lambda h, g, k: g.create_dataset("0", data=k.astype("f8")),
    "texts": lambda h, g, k: g.create_dataset("0", data=[b"x"] * 3),
    "objects": lambda h, g, k: g.create_dataset("0", data=["x"], dtype=h.string_dtype()),
    "nothing": lambda h, g, k: g.create_dataset("0", data=h.Empty("f4")),
    "a group": lambda h, g, k: g.create_group("0"),
    "a soft link": lambda h, g, k: g.__setitem__("0", h.SoftLink("/layers/dense_1/vars/0")),
    "an external link": lambda h, g, k: g.__setitem__("0", h.ExternalLink("/etc/passwd", "x")),
    "external data": lambda h, g, k: g.create_dataset(
        "0", k.shape, "f4", external=[("/etc/passwd", 0, 48)]
    ),
    "virtual data": lambda h, g, k: g.create_virtual_dataset(
        "0", h.VirtualLayout(k.shape, dtype="f4")
    ),
    "NaN among too many": lambda h, g, k: g.create_dataset(
        "0", data=np.full((99, 99), np.nan, "f")
    ),
    "none": lambda h, g, k: None,
}


@pytest.mark.parametrize("name", HDF5)
def test_hostile_hdf5(tmp_path, name):
    path = replaced(tmp_path, HDF5[name])
    one = model()
    before = one.get_weights()
    message, used = memory(lambda: one.load_weights(path))
    assert "m.weights.h5" in message
    assert used < SPARE
    assert all(map(np.array_equal, before, one.get_weights()))


def test_many_names_of_the_same_data(tmp_path):
    """Hard links may make a small file look large: it has no more arrays than bytes."""

    def change(h5py, group, kernel):
        group["0"] = np.zeros(10**5, np.float32)
        for i in range(2, 100):
            group[str(i)] = group["0"]

    path = replaced(tmp_path, change)
    message, used = memory(lambda: model().load_weights(path))
    assert "not stored in full" in message
    assert used < SPARE


def test_numbers_of_the_optimizer_that_make_no_sense(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "m.weights.h5"
    for name, value in (("0", -1), ("0", 2.5), ("1", float("nan")), ("1", -1.0)):
        one = keras.Sequential([layers.Input((2,)), layers.Dense(2)])
        one.compile("adam", "mse")
        one.fit(np.ones((2, 2)), np.ones((2, 2)), verbose=0)
        one.save_weights(path)
        with h5py.File(path, "a") as file:
            del file["optimizer/vars"][name]
            file["optimizer/vars"][name] = np.array(value)
        before = one.get_weights()
        rate = float(one.optimizer.learning_rate)
        with pytest.raises(ValueError, match=r"m\.weights\.h5' cannot be loaded"):
            one.load_weights(path)
        assert (one.optimizer.iterations, one.optimizer.learning_rate) == (1, rate)
        assert all(map(np.array_equal, before, one.get_weights()))


@pytest.mark.parametrize("value", [0.5, 2.0**31, float("nan"), float("inf"), -(2**31) - 1])
def test_numbers_that_a_count_cannot_have(tmp_path, value):
    h5py = pytest.importorskip("h5py")
    one = keras.Sequential([layers.Input((2,)), layers.Normalization()])
    path = tmp_path / "m.weights.h5"
    one.save_weights(path)
    with h5py.File(path, "a") as file:
        group = file["layers/normalization/vars"]
        group["0"][...] = 7
        del group["2"]
        group["2"] = np.array(value, np.float32 if value % 1 or abs(value) < 2**31 else np.float64)
    with pytest.raises(ValueError, match=r"m\.weights\.h5' cannot be loaded: .*count'"):
        one.load_weights(path)
    assert one.get_weights()[0].tolist() == [0, 0]


def test_a_file_of_the_formats_limits_is_read_without_copies(tmp_path):
    arrays = {"a": np.zeros((1000, 10000), np.float32)}
    path = tmp_path / "f"
    with open(path, "wb") as file:
        safetensors_format.write(file, arrays, {})
    size = path.stat().st_size
    tracemalloc.start()
    with open(path, "rb") as file:
        safetensors_format.read(file, size)
    assert tracemalloc.get_traced_memory()[1] < 1.1 * size
    tracemalloc.stop()
