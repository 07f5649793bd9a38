"""CONTRIBUTING.md's recipe for a layer, followed in a copy of the package."""

import re

import pytest

from package_copy import ROOT, PackageCopy, recipe

USE = """
import doctest, sys
import numpy as np
from brisknet import layers

assert "Scale" in layers.__all__ and not hasattr(layers, "Backward")
assert doctest.testmod(sys.modules["brisknet.layers.scale"]) == (0, 1)

rng = np.random.default_rng(0)
x = rng.normal(size=(64, 3)).astype("f4")
scale = layers.Scale(kernel_initializer="zeros", kernel_regularizer="l2", name="scale")
model = brisknet.Sequential([layers.Input((3,)), scale])
model.compile(brisknet.optimizers.SGD(0.5), "mse")
losses = model.fit(x, x * [1, 2, 3], epochs=30, verbose=0).history["loss"]
assert losses[-1] < 0.1 * losses[0]
assert list(map(round, scale.kernel.numpy().tolist())) == [1, 2, 3]
model.summary(print_fn=lambda text: None)

model.save("model.keras")
loaded = brisknet.models.load_model("model.keras")
assert type(loaded.layers[0]) is layers.Scale
assert loaded.predict(x, verbose=0).tobytes() == model.predict(x, verbose=0).tobytes()
copy = layers.deserialize(layers.serialize(scale))
assert copy.get_config() == scale.get_config()
assert repr(copy).startswith("<Scale(kernel_initializer=Zeros(), kernel_regularizer=L2(l2=0.01), ")

try:
    import onnx
except ImportError:
    pass
else:
    model.export("model.onnx", verbose=False)
    assert [node.op_type for node in onnx.load("model.onnx").graph.node] == ["Mul"]
try:
    layers.Scale(kernel_initialiser="ones")
except ValueError as error:
    assert "did you mean 'kernel_initializer'" in str(error)
"""


def test_a_layer(tmp_path):
    pytest.importorskip("h5py")
    file, line, row = recipe("To add a layer")[1]
    copy = PackageCopy(tmp_path)
    (copy.path / "layers" / "scale.py").write_text(file, "utf-8")
    copy.insert("layers/__init__.py", "from brisknet.names.refused", line)
    copy.insert("export/layer_nodes.py", "    layers.Softmax: ", row)
    copy.run(USE)


def test_its_files_are_there():
    paths = re.findall(r"`((?:tests|python)/[\w/.]+)`", recipe("To add a layer")[0])
    assert len(paths) >= 5
    for path in paths:
        assert (ROOT / path).exists(), path
