"""The recipes of CONTRIBUTING.md for a loss and a metric, followed in a copy of the package."""

import json
import re

import pytest

from package_copy import PackageCopy, recipe

# What a user does with the new names, and what is printed of it.
SCRIPT = """
import doctest, inspect, json, pickle
import numpy as np
import brisknet as bn
from brisknet.losses import errors

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


def add(file, code):
    """Appends the code to a file, and its public names to the file's __all__."""
    names = re.findall(r"(?m)^(?:class|def) (\w+)", code)
    text = file.read_text()
    listed = "".join(f'    "{name}",\n' for name in names)
    assert text.count("__all__ = [\n") == 1
    file.write_text(text.replace("__all__ = [\n", f"__all__ = [\n{listed}") + f"\n\n{code}")


def test_a_loss_and_its_metric(tmp_path):
    copy = PackageCopy(tmp_path)
    (loss,), (metric,) = recipe("To add a loss")[1], recipe("To add a metric")[1]
    add(copy.path / "losses" / "errors.py", loss)
    add(copy.path / "metrics" / "errors.py", metric)
    path = str(tmp_path / "model.safetensors")
    facts, error = copy.run(SCRIPT.format(path=path)).splitlines()
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
