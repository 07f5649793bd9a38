"""Sphinx directives that read brisknet's modules, so that no list of names can go stale.

```{members} brisknet.layers        the names of a module in a table, then their docstrings
```{keras-names} brisknet.layers    Keras's names there: which there are, and which not
```{refused-arguments}              Keras's arguments that are refused
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import brisknet

# What differs from Keras's of the same name, in a few words.
DIFFERENT = {
    "config.backend": "gives `'brisknet'`",
    "config.disable_interactive_logging": "logs to `logging.getLogger('brisknet')`",
    "config.is_traceback_filtering_enabled": "false: tracebacks show every frame",
    "config.set_epsilon": "takes `1e-07` alone",
    "config.set_floatx": "takes `'float32'` alone",
    "config.set_image_data_format": "takes `'channels_last'` alone",
    "layers.BatchNormalization": "the axis of the samples is refused as `axis`",
    "layers.Embedding": "numbers that are out of range raise; `input_dim` is at most 2^24",
    "layers.Input": "gives a shape to a model, not a tensor",
    "layers.Layer": "one's own defines `forward`, which returns its backward as well",
    "losses.Loss": "one's own returns the gradients as well",
    "regularizers.Regularizer": "one's own defines `value_and_gradient`",
}

# What Keras has not.
OWN = {
    "config.get_num_threads",
    "config.set_num_threads",
    "config.show_config",
    "utils.plot_confusion_matrix",
    "utils.plot_history",
}


def supported(module: ModuleType) -> list[str]:
    """The public classes and functions of a module."""
    names = [n for n in module.__all__ if callable(getattr(module, n))]
    return sorted(names, key=str.lower)


def refused(module: ModuleType) -> list[str]:
    """Keras's names that the module refuses."""
    refuse = vars(module).get("__getattr__")
    if refuse is None:
        return []
    names: frozenset[str] = inspect.getclosurevars(refuse).nonlocals["refused"]
    return sorted(names, key=str.lower)


def refused_arguments() -> dict[str, set[str]]:
    """For each class or function the arguments that it hands to `refuse_arguments`."""
    found: dict[str, set[str]] = defaultdict(set)

    def search(node: ast.AST, place: str) -> None:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name != "__init__":
            place = node.name
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "refuse_arguments":
            op = node.args[0]
            name = op.value if isinstance(op, ast.Constant) else place
            found[name] |= {keyword.arg for keyword in node.keywords if keyword.arg}
        for child in ast.iter_child_nodes(node):
            search(child, place)

    for path in Path(brisknet.__file__).parent.rglob("*.py"):
        search(ast.parse(path.read_text()), "")
    return found


class FromModule(SphinxDirective):
    """A directive that makes reStructuredText of a module."""

    optional_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        text = "\n".join(["```{eval-rst}", *self.lines(*self.arguments), "```"])
        return self.parse_text_to_nodes(text)

    def lines(self, name: str) -> list[str]:
        raise NotImplementedError


class Members(FromModule):
    """A table of a module's public names, or of those given, then all that their docstrings say."""

    option_spec: ClassVar = {
        "without": str
    }  # another module, whose page has the names that both have

    def lines(self, name: str) -> list[str]:
        module = importlib.import_module(name)
        others = []
        if "without" in self.options:
            others = supported(importlib.import_module(self.options["without"]))
        members = [m for m in self.content or supported(module) if m not in others]
        lines = [f".. currentmodule:: {name}", "", ".. autosummary::", ""]
        lines += [f"   {member}" for member in members]
        for member in members:
            value = getattr(module, member)
            directive = "autoclass" if inspect.isclass(value) else "autofunction"
            lines += ["", f".. {directive}:: {name}.{member}"]
            if inspect.isclass(value):
                lines.append("   :members:")
            if member == "Sequential":
                lines.append("   :inherited-members:")
        return lines


class KerasNames(FromModule):
    """A table of Keras's names in a module, and what has become of them."""

    def lines(self, name: str) -> list[str]:
        module = importlib.import_module(name)
        area = name.removeprefix("brisknet").removeprefix(".")
        keys = {f"{area}.{member}".removeprefix("."): member for member in supported(module)}

        def link(key: str) -> str:
            return f":py:obj:`{keys[key]} <brisknet.{key}>`"

        same = [link(key) for key in keys if key not in DIFFERENT and key not in OWN]
        rows = [("as in Keras", ", ".join(same))]
        rows += [(link(key), DIFFERENT[key].replace("`", "``")) for key in keys if key in DIFFERENT]
        if missing := refused(module):
            rows.append(("refused", ", ".join(f"``{member}``" for member in missing)))
        return table(rows)


class RefusedArguments(FromModule):
    """A table of Keras's arguments that are refused, by class or function."""

    def lines(self) -> list[str]:
        found = sorted(refused_arguments().items(), key=lambda item: item[0].lower())
        rows = [
            (f"``{name}``", ", ".join(f"``{argument}``" for argument in sorted(arguments)))
            for name, arguments in found
        ]
        return table(rows)


def table(rows: list[tuple[str, str]]) -> list[str]:
    lines = [".. list-table::", "   :widths: 22 78", ""]
    for first, second in rows:
        lines += [f"   * - {first}", f"     - {second}"]
    return lines


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("members", Members)
    app.add_directive("keras-names", KerasNames)
    app.add_directive("refused-arguments", RefusedArguments)
    return {"parallel_read_safe": True}
