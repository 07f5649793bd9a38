"""Damaged and forged files: they load or raise ValueError, and leave a model as it was."""

import json
import struct
import warnings
import zipfile

import numpy as np
import pytest

import brisknet as bn


def saved(tmp_path, ending):
    if ending != ".safetensors":
        pytest.importorskip("h5py")
    model = bn.Sequential(
        [bn.Input((3,)), bn.layers.Dense(4, "relu"), bn.layers.Dropout(0.5), bn.layers.Dense(2)]
    )
    model.compile("adam", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    path = tmp_path / f"m{ending}"
    (model.save_weights if ending == ".weights.h5" else model.save)(path)
    return model, path


def mutated(data, rng):
    """The bytes with some changed, cut out, put in or cut off."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(data)))
        kind = rng.integers(4)
        if kind == 0:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            data[at : at + int(rng.integers(1, 64))] = b""
        elif kind == 2:
            data[at:at] = rng.bytes(int(rng.integers(1, 64)))
        else:
            size = min(8, len(data) - at)
            data[at : at + size] = rng.choice([b"\xff" * 8, bytes(8)])[:size].ljust(size, b"\0")
        data = data or bytearray(1)
    return bytes(data[: int(rng.integers(len(data))) + 1] if rng.random() < 0.2 else data)


@pytest.mark.parametrize("ending", [".safetensors", ".keras", ".weights.h5", ".h5"])
def test_mutations(ending, tmp_path):
    model, path = saved(tmp_path, ending)
    good, before = path.read_bytes(), [w.tobytes() for w in model.get_weights()]
    rng = np.random.default_rng(len(ending))
    refused = 0
    for _ in range(400):
        path.write_bytes(mutated(good, rng))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if ending == ".weights.h5":
                    model.load_weights(path)
                    for variable, value in zip(model.weights, before, strict=True):
                        variable.assign(np.frombuffer(value, np.float32).reshape(variable.shape))
                else:
                    bn.models.load_model(path)
        except ValueError:
            refused += 1
            assert [w.tobytes() for w in model.get_weights()] == before
    assert refused > 50


def header(path, change):
    """Rewrites a safetensors file's header."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    text = change(json.loads(data[8 : 8 + size]))
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size :])


def overlapping(table):
    names = [name for name in table if name != "__metadata__"]
    table[names[1]]["data_offsets"] = table[names[0]]["data_offsets"]
    return table


def huge(table):
    name = next(name for name in table if name != "__metadata__")
    table[name]["shape"] = [2**40, 2**20]
    return table


@pytest.mark.parametrize(
    "change",
    [
        overlapping,
        huge,
        lambda table: {k: v for k, v in table.items() if k == "__metadata__"},
        lambda table: {k: v for k, v in table.items() if k != "__metadata__"},
        lambda table: table | {"__metadata__": dict.fromkeys(table["__metadata__"], "[" * 100000)},
        lambda table: table | {"__metadata__": dict.fromkeys(table["__metadata__"], "1e999")},
        lambda table: b"[" * 100000,
        lambda table: b"{}",
        lambda table: b"",
    ],
)
def test_forged_headers(change, tmp_path):
    _, path = saved(tmp_path, ".safetensors")
    header(path, change)
    with pytest.raises(ValueError, match=r"load_model"):
        bn.models.load_model(path)


def test_a_header_longer_than_the_file(tmp_path):
    _, path = saved(tmp_path, ".safetensors")
    path.write_bytes(struct.pack("<Q", 2**62) + path.read_bytes()[8:])
    with pytest.raises(ValueError, match=r"load_model"):
        bn.models.load_model(path)


def test_a_zip_bomb(tmp_path):
    _, path = saved(tmp_path, ".keras")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["config.json"] = b" " * 300_000_000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ValueError, match=r"load_model"):
        bn.models.load_model(path)


def test_code_is_refused(tmp_path):
    _, path = saved(tmp_path, ".keras")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    config["config"]["layers"].append(
        {
            "module": "keras.layers",
            "class_name": "Lambda",
            "config": {"function": {"class_name": "__lambda__", "config": {"code": "4wEAAA=="}}},
        }
    )
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(ValueError, match="Lambda"):
        bn.models.load_model(path)
