"""The scripts in `scripts/`, as written for Keras 3: how they are run, and what they leave.

For brisknet their import lines are changed, and not another character. What Keras itself computes
is laid down in `scripts/keras.json`: see `test_scripts_beside_keras.py`.
"""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from reference import U

FOLDER = Path(__file__).with_name("scripts")
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
EXPECTED = FOLDER / "keras.json"
RANDOM = ("overfitting", "uncertainty")  # dropout, and initial weights of the library's own

# Training carries roundings on: of at most 100 steps, in each of which a number goes through sums
# of some 64 terms; scripts whose weights start from NumPy's numbers stay that close together.
CLOSE = 100 * 64 * 2 * U
FEW = 0.021  # of the accuracy: samples on the boundary

_STATEMENT = re.compile(r"^( *)(from|import) (keras|tensorflow)\b(.*)$", re.MULTILINE)


def for_brisknet(source):
    """A script that imports Keras, or tf.keras, with brisknet in their place.

    import keras                           import brisknet as keras
    from keras.layers import Dense         from brisknet.layers import Dense
    import tensorflow as tf                import brisknet as tf
    from tensorflow.keras import layers    from brisknet.keras import layers
    """

    def changed(match):
        indent, word, package, rest = match.groups()
        if word == "import" and not rest.lstrip().startswith("as "):
            assert not rest.strip(), f"import {package}{rest}: write 'from … import …'"
            rest = f" as {package}{rest}"
        return f"{indent}{word} brisknet{rest}"

    return _STATEMENT.sub(changed, source)


def for_keras(source):
    """A script that imports tf.keras with Keras in its place, as TensorFlow need not be there."""
    source = re.sub(
        r"^import tensorflow as tf$",
        "import types\n\nimport keras\n\ntf = types.SimpleNamespace(keras=keras)",
        source,
        flags=re.MULTILINE,
    )
    source = re.sub(r"^from tensorflow import keras$", "import keras", source, flags=re.MULTILINE)
    return re.sub(r"^from tensorflow\.keras", "from keras", source, flags=re.MULTILINE)


def needs(source):
    """Skips the test where the script imports, or its files need, what is not installed."""
    for module in ("sklearn", "h5py"):
        if module in source or (module == "h5py" and re.search(r"\.keras\"|\.h5\"", source)):
            pytest.importorskip(module)


def results_of(name, changed, seed=1):
    """Runs a script as a program would run, changed so; what it leaves in `results`, summarized."""
    namespace = {"__name__": "__main__"}
    before = os.environ.get("SEED")
    os.environ["SEED"] = str(seed)
    try:
        exec(compile(changed((FOLDER / f"{name}.py").read_text()), f"{name}.py", "exec"), namespace)
    finally:
        os.environ.pop("SEED") if before is None else os.environ.update(SEED=before)
    return dict(summarized(namespace["results"], ""))


def summarized(value, place):
    """Pairs of a place and what stands there; of large arrays some moments and elements."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from summarized(inner, f"{place}/{key}")
    elif isinstance(value, list | tuple) and not all(np.isscalar(v) for v in value):
        for i, inner in enumerate(value):
            yield from summarized(inner, f"{place}/{i}")
    else:
        array = np.asarray(value)
        if array.dtype.kind != "f" or array.size <= 16:
            yield place, array.tolist()
        else:
            flat = array.astype(np.float64).ravel()
            yield f"{place}/shape", list(array.shape)
            yield f"{place}/moments", [flat.mean(), flat.std(), flat.min(), flat.max()]
            yield f"{place}/elements", flat[:: -(-flat.size // 8)].tolist()


def assert_agree(got, expected):
    """The same places, the same integers and texts, numbers that differ by roundings."""
    assert sorted(got) == sorted(expected)
    for place, ours in got.items():
        theirs = expected[place]
        if np.asarray(theirs).dtype.kind == "f":
            few = re.search("acc|_count|top_k|f1", place)
            np.testing.assert_allclose(
                ours, theirs, rtol=0 if few else CLOSE, atol=FEW if few else CLOSE, err_msg=place
            )
        elif place.endswith("_count"):
            assert abs(ours - theirs) <= 2, place
        else:
            assert ours == theirs, place


def assert_within_spread(got, expected):
    """As far from what other seeds give as those are from one another.

    Of 8 draws and another one of the same normal distribution, the other one is farther than 6
    standard deviations from their mean once in 1,000 times (Student's t with 7 degrees of freedom).
    """
    for place, theirs in expected.items():
        ours = np.array([results[place] for results in got])
        assert ours.shape == (8, *np.shape(theirs)), place
        margin = 6 * ours.std(axis=0, ddof=1) * np.sqrt(1 + 1 / 8)
        assert (np.abs(ours.mean(axis=0) - theirs) <= margin).all(), (place, ours, theirs)


def assert_are_keras(run, name, expected):
    """brisknet's results are those of Keras."""
    if name in RANDOM:
        assert_within_spread([run(name, for_brisknet, seed) for seed in range(1, 9)], expected)
    else:
        assert_agree(run(name, for_brisknet), expected)


def laid_down():
    """By script: what Keras computed, by place."""
    return json.loads(EXPECTED.read_text())


def lay_down(results):
    lines = (f"{json.dumps(name)}: {json.dumps(results[name])}" for name in sorted(results))
    EXPECTED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
