"""docs/keras_names.json, which the documentation's tables are made from, has real Keras's names."""

import importlib.util
import json
from pathlib import Path

import oracle  # noqa: F401 - skips these tests where Keras is missing

TOOL = Path(__file__).parents[2] / "tools" / "keras_names.py"


def test_the_documents_know_keras_names():
    spec = importlib.util.spec_from_file_location("tool", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    written = json.loads(tool.FILE.read_text("utf-8"))
    assert tool.facts() == written, "run KERAS_BACKEND=jax python tools/keras_names.py"
