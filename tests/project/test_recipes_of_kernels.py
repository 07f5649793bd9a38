"""CONTRIBUTING.md's recipes for a kernel, an activation and an optimizer, followed in one copy."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from package_copy import ROOT, PackageCopy, recipe

pybind11 = pytest.importorskip("pybind11")
if not (shutil.which("cmake") and shutil.which("c++")):
    pytest.skip("needs cmake and a C++ compiler", allow_module_level=True)

KERNEL, ACTIVATION, OPTIMIZER = (
    f"To add {a}" for a in ("a kernel", "an activation", "an optimizer")
)


def insert(file, before, code):
    """The code in front of a text that stands once in a file."""
    text = file.read_text()
    assert text.count(before) == 1, (file, before)
    file.write_text(text.replace(before, code + before))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package, whose core is built from a copy of csrc."""
    root = tmp_path_factory.mktemp("recipes")
    package = PackageCopy(root)
    shutil.copytree(ROOT / "csrc", root / "csrc")
    shutil.copy(ROOT / "CMakeLists.txt", root)

    kernels, functions = root / "csrc" / "kernels", package.path / "ops" / "activations.py"
    row, body = recipe(KERNEL, "cpp")[1]
    insert(kernels / "kernels.def", "ELEMENTWISE(log,", row)
    insert(kernels / "elementwise.cpp", "}  // namespace BRISKNET_ISA", body + "\n")
    (formula,), (function,) = recipe(ACTIVATION, "cpp")[1], recipe(ACTIVATION)[1]
    insert(kernels / "activations.cpp", "template <class... F>\nstruct List", formula + "\n")
    insert(kernels / "activations.cpp", ">;\nstatic_assert", ", BentIdentity")
    insert(functions, '    "celu",\n', '    "bent_identity",\n')
    functions.write_text(f"{functions.read_text()}\n\n{function}")

    rule, listed = recipe(OPTIMIZER, "cpp")[1]
    insert(kernels / "optimizers.cpp", "constexpr Rule kRules[] = {\n", rule + "\n")
    insert(kernels / "optimizers.cpp", '    row<Lamb>("lamb"', listed)
    file, line = recipe(OPTIMIZER)[1]
    (package.path / "optimizers" / "signum.py").write_text(file, "utf-8")
    insert(package.path / "optimizers" / "__init__.py", "\n__getattr__ = ", line)

    settings = {
        "BRISKNET_ISAS": "portable;neon",  # one of them: what the machine's architecture has
        "CMAKE_LIBRARY_OUTPUT_DIRECTORY": package.path,
        "Python_EXECUTABLE": sys.executable,
        "SKBUILD_PROJECT_VERSION": "0",
        "pybind11_DIR": pybind11.get_cmake_dir(),
    }
    configure = ["cmake", "-S", root, "-B", root / "build"]
    configure += ["-G", "Ninja"] if shutil.which("ninja") else []
    configure += [f"-D{name}={value}" for name, value in settings.items()]
    for command in (configure, ["cmake", "--build", root / "build", "--parallel", "2"]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return package


def test_a_kernel(copy):
    facts = json.loads(
        copy.run("""
import json
import numpy as np
from brisknet import _core

x = np.array([-4, 0.5, 3, 1e-30, np.inf, np.nan, 7], np.float32)
y = _core.reciprocal(x)
out = np.empty_like(x)
assert _core.reciprocal(x, out=out) is out
assert _core.reciprocal(x, x) is x  # in place
try:
    _core.reciprocal(x[::2])
except TypeError as error:
    refused = str(error)
print(json.dumps(dict(
    y=y.tobytes().hex(), out=out.tobytes().hex(), x=x.tobytes().hex(),
    help=_core.reciprocal.__doc__, refused=refused,
)))
""")
    )
    x = np.array([-4, 0.5, 3, 1e-30, np.inf, np.nan, 7], np.float32)
    assert facts["y"] == facts["out"] == facts["x"]
    np.testing.assert_array_equal(np.frombuffer(bytes.fromhex(facts["y"]), np.float32), 1 / x)
    assert facts["help"].endswith("1 / x.\n")
    assert facts["refused"].startswith("[reciprocal] expected x: a C-contiguous float32 array, got")


def test_an_activation(copy):
    facts = json.loads(
        copy.run("""
import doctest, json
import numpy as np
import brisknet as bn
from brisknet import activations, ops

doctest.run_docstring_examples(ops.activations.bent_identity, vars(ops.activations))
f = activations.get("bent_identity")
assert f is ops.bent_identity and activations.serialize(f) == "bent_identity"
assert "bent_identity" in activations.__all__ and "bent_identity" in ops.__all__
x = np.linspace(-3, 3, 101, dtype=np.float32)
glorot = bn.initializers.GlorotUniform


def trained(fused):
    hidden = bn.layers.Dense(8, f if fused else None, kernel_initializer=glorot(seed=1))
    hidden = [hidden] if fused else [hidden, bn.layers.Activation("bent_identity")]
    last = bn.layers.Dense(1, kernel_initializer=glorot(seed=2))
    model = bn.Sequential([bn.Input((1,)), *hidden, last])
    model.compile("adam", "mse")
    losses = model.fit(x[:, None], np.sin(x), epochs=20, shuffle=False, verbose=0).history["loss"]
    return losses, [w.tobytes().hex() for w in model.get_weights()]


losses, weights = trained(fused=True)
print(json.dumps(dict(
    y=ops.bent_identity(x).tolist(),
    slope=ops.activation_backward("bent_identity", x, np.ones_like(x)).tolist(),
    falls=losses[0] > losses[-1], same=trained(fused=False) == (losses, weights),
)))
""")
    )
    x = np.linspace(-3, 3, 101, dtype=np.float32).astype(np.float64)
    root = np.sqrt(x * x + 1)
    np.testing.assert_allclose(facts["y"], (root - 1) / 2 + x, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(facts["slope"], x / (2 * root) + 1, rtol=1e-6)
    assert facts["falls"]
    assert facts["same"]


def test_an_optimizer(copy):
    copy.run("""
import doctest, sys
import numpy as np
from brisknet import Variable, _core, optimizers

assert _core.rules()["signum"] == (["learning_rate", "momentum"], ["momentum"], 0)
assert "Signum" in optimizers.__all__
assert doctest.testmod(sys.modules["brisknet.optimizers.signum"]) == (0, 4)

f = np.float32
rng = np.random.default_rng(0)
start = [rng.normal(size=shape).astype(f) for shape in ((30, 500), (500,), ())]
variables, means = [Variable(w) for w in start], [0 * w for w in start]
optimizer = optimizers.get("signum")
optimizer.learning_rate = 0.25
optimizer.weight_decay = 0.5
for _ in range(5):
    gradients = [rng.normal(size=w.shape).astype(f) for w in start]
    optimizer.apply(gradients, variables)
    for i, g in enumerate(gradients):
        means[i] = f(0.9) * means[i] + (1 - f(0.9)) * g
        start[i] = (start[i] - start[i] * f(0.125)) - f(0.25) * np.sign(means[i])
for v, w in zip(variables, start):
    assert v.numpy().tobytes() == w.tobytes()
expected = [f"{optimizer.name}/{v.path}_momentum" for v in variables]
assert [v.path for v in optimizer.variables][2:] == expected

x = rng.normal(size=(64, 3)).astype(f)
model = brisknet.Sequential([brisknet.Input((3,)), brisknet.layers.Dense(1)])
model.compile(optimizers.Signum(0.03, clipnorm=1.0, use_ema=True), "mse")
losses = model.fit(x, x @ [1, -1, 0.5], epochs=30, verbose=0).history["loss"]
assert losses[-1] < 0.1 * losses[0]
model.save("model.keras")
loaded = brisknet.models.load_model("model.keras")
assert loaded.optimizer.get_config() == model.optimizer.get_config()
for a, b in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
    assert a.numpy().tobytes() == b.numpy().tobytes()
try:
    optimizers.Signum(momentum=2)
except ValueError as error:
    assert "[Signum] expected momentum: a number from 0 to 1, got 2" in str(error)
else:
    raise AssertionError
""")
