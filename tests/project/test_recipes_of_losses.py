"""The recipes of CONTRIBUTING.md for a loss and a metric, followed in a copy of the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import brisknet
from brisknet import _core

RECIPES = Path(__file__).parents[2] / "CONTRIBUTING.md"

# What a user does with the new names, and what is printed of it.
SCRIPT = """
import doctest, inspect, json, pickle
import numpy as np
import brisknet as bn
from brisknet.losses import errors

assert bn.__file__.startswith({copy!r}), bn.__file__
x = np.linspace(-1, 1, 64, dtype=np.float32).reshape(32, 2)
y = x.sum(axis=1, keepdims=True)


def trained(loss):
    model = bn.Sequential([bn.Input((2,)), bn.layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", loss, metrics=["quartic_error"])
    history = model.fit(x, y, epochs=3, shuffle=False, verbose=0).history
    return history, [w.tobytes().hex() for w in model.get_weights()], model


doctest.run_docstring_examples(errors.quartic_error, vars(errors))  # prints what is wrong
loss = bn.losses.QuarticError()
again = bn.losses.deserialize(bn.losses.serialize(loss))
history, weights, model = trained("quartic_error")
model.save({path!r})
loaded = bn.saving.load_model({path!r})
print(json.dumps(dict(
    history=history,
    evaluated=model.evaluate(x, y, verbose=0) == loaded.evaluate(x, y, verbose=0),
    same=[trained(other)[1] == weights for other in ("QuarticError", loss, again)],
    reprs=[repr(one) for one in (loss, again, pickle.loads(pickle.dumps(loss)))],
    signatures=[str(inspect.signature(m.QuarticError)) for m in (bn.losses, bn.metrics)],
    names=[loss.name, bn.metrics.get("quartic_error").name, loaded.loss],
    listed=[n for m in (bn.losses, bn.metrics) for n in m.__all__ if "uartic" in n],
    direction=model.history._direction("quartic_error"),
)))
try:
    bn.losses.get("quartic_eror")
except ValueError as error:
    print(error)
"""


def blocks(title):
    """The Python of a recipe."""
    section = re.search(rf"(?ms)^### {title}\n(.*?)(?=^### |\Z)", RECIPES.read_text())
    assert section, title
    return re.findall(r"(?ms)^```python\n(.*?)^```", section[1])


def add(file, code):
    """Appends the code to a file, and its public names to the file's __all__."""
    names = re.findall(r"(?m)^(?:class|def) (\w+)", code)
    text = file.read_text()
    listed = "".join(f'    "{name}",\n' for name in names)
    assert text.count("__all__ = [\n") == 1
    file.write_text(text.replace("__all__ = [\n", f"__all__ = [\n{listed}") + f"\n\n{code}")


@pytest.fixture
def copy(tmp_path):
    """A copy of the package, and how to run Python so that it is found."""
    package = tmp_path / "copy" / "brisknet"
    shutil.copytree(
        Path(brisknet.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    core = Path(_core.__file__)
    if not (package / core.name).exists():  # an editable install has it elsewhere
        shutil.copy(core, package)
    places = [package.parent, Path(np.__file__).parents[1]]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}

    def run(script):
        # -S: without it, an editable install would be found first.
        command = [sys.executable, "-S", "-W", "error", "-c", script]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return package, run


def test_a_loss_and_its_metric(copy, tmp_path):
    package, run = copy
    (loss,), (metric,) = blocks("To add a loss"), blocks("To add a metric")
    add(package / "losses" / "errors.py", loss)
    add(package / "metrics" / "errors.py", metric)
    path = str(tmp_path / "model.keras")
    facts, error = run(SCRIPT.format(copy=str(package.parent), path=path)).splitlines()
    facts = json.loads(facts)
    history = facts["history"]
    assert set(history) == {"loss", "quartic_error"}
    assert history["loss"] == pytest.approx(history["quartic_error"], rel=1e-6)
    assert history["loss"][0] > history["loss"][-1] > 0
    assert facts["evaluated"]
    assert facts["same"] == [True, True, True]
    assert facts["reprs"] == ["QuarticError()"] * 3
    assert facts["signatures"][0].startswith(
        "(reduction: 'str | None' = 'sum_over_batch_size', name: 'str | None' = 'quartic_error'"
    )
    assert facts["signatures"][1].startswith("(name: 'str | None' = 'quartic_error'")
    assert facts["names"] == ["quartic_error"] * 3
    assert sorted(facts["listed"]) == ["QuarticError", "QuarticError", "quartic_error"]
    assert facts["direction"] == "down"
    assert "did you mean 'quartic_error'?" in error
