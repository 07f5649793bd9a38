"""Sphinx directives that read brisknet's modules, so that no list of names can go stale.

```{members} brisknet.layers        the names of a module in a table, then their docstrings
```{keras-names} brisknet.layers    Keras's names there: which there are, and which not
                                    (what Keras has tells keras_names.json)
```{refused-arguments}              Keras's arguments that are refused
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from collections import defaultdict
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import brisknet

# How these differ from the Keras names, in a few words.
DIFFERENT = {
    "config.backend": "returns `'brisknet'`",
    "config.disable_interactive_logging": "logs to `logging.getLogger('brisknet')`",
    "config.is_traceback_filtering_enabled": "false: tracebacks show every frame",
    "config.set_epsilon": "accepts only `1e-07`",
    "config.set_floatx": "accepts only `'float32'`",
    "layers.BatchNormalization": "`axis` must not be the samples axis",
    "layers.Embedding": "indices out of range raise an error; `input_dim` is at most 2^24",
    "layers.Input": "defines the input shape of a model; it is not a tensor",
    "layers.Layer": "a custom layer defines `forward`, which also returns its backward",
    "losses.Loss": "a custom loss also returns its gradients",
    "regularizers.Regularizer": "a custom regularizer defines `value_and_gradient`",
}

# Members for users to call or define that the Keras class of the same name does not have.
OWN_MEMBERS = {
    "callbacks.History": {"plot"},
    "layers.Layer": {"forward", "run"},
    "layers.Normalization": {"mean", "variance"},  # Keras's have them when they are built
    "models.Sequential": {"loss"},
    "regularizers.Regularizer": {"value_and_gradient"},
}

METHODS = (FunctionType, classmethod, staticmethod, property)  # not descriptors that refuse a name

KERAS = json.loads(Path(__file__).with_name("keras_names.json").read_text("utf-8"))


def area(module: ModuleType) -> str:
    """'layers.' of brisknet.layers, '' of brisknet."""
    return f"{module.__name__}.".removeprefix("brisknet.")


def of_keras(module: ModuleType) -> list[str]:
    """Keras's public names in its module of the same name."""
    names: str = KERAS["modules"].get(f"keras.{area(module)}"[:-1], "")
    return names.split()


def has(module: ModuleType, name: str) -> bool:
    try:
        getattr(module, name)
    except (AttributeError, ImportError):
        return False
    return True


def supported(module: ModuleType) -> list[str]:
    """The public classes and functions of a module, and its modules that Keras has as well."""
    keras = set(of_keras(module))
    names = [n for n in module.__all__ if n in keras or callable(getattr(module, n))]
    return sorted(names, key=str.lower)


def refused(module: ModuleType) -> list[str]:
    """Keras's names that the module does not have."""
    return sorted((n for n in of_keras(module) if not has(module, n)), key=str.lower)


def keras_members(name: str) -> set[str]:
    """The members of a class of Keras's, inherited ones too; none of what is not there."""
    entry = KERAS["classes"].get(name, {"of": "", "members": ""})
    return set(entry["members"].split()) | (keras_members(entry["of"]) if entry["of"] else set())


def members(module: ModuleType, name: str) -> list[str]:
    """What the reference says of a class: what Keras's has too, or users are meant to use.

    Of Layer, Optimizer, Sequential and the estimators inherited members too: their bases are not
    public.
    """
    value = getattr(module, name)
    names = [n for n in (dir if inherits(value) else vars)(value) if n[0] != "_"]
    full = area(module) + name
    if f"keras.{full}" not in KERAS["classes"]:
        return [n for n in names if of_ours(getattr(value, n))]
    found = {n: inspect.getattr_static(value, n) for n in names}
    documented = [n for n, what in found.items() if isinstance(what, METHODS) and what.__doc__]
    wanted = keras_members(f"keras.{full}") | OWN_MEMBERS.get(full, set())
    return [n for n in documented if n in wanted]


def inherits(value: type) -> bool:
    public = (brisknet.Layer, brisknet.Sequential, brisknet.optimizers.Optimizer)
    return value in public or value.__module__.startswith("brisknet.sklearn")


def of_ours(value: object) -> bool:
    """Whether this is a function that brisknet defines."""
    return callable(value) and getattr(value, "__module__", "").startswith("brisknet")


def refused_arguments() -> dict[str, set[str]]:
    """For each class or function the arguments that it hands to `refuse_arguments`."""
    found: dict[str, set[str]] = defaultdict(set)

    def search(node: ast.AST, place: str) -> None:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name != "__init__":
            place = node.name
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "refuse_arguments":
            op = node.args[0]
            name = op.value if isinstance(op, ast.Constant) else place
            if named := {keyword.arg for keyword in node.keywords if keyword.arg}:
                found[name] |= named
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
        shown = [
            n
            for n in self.content or supported(module)
            if n not in others and callable(getattr(module, n))
        ]
        lines = [f".. currentmodule:: {name}", "", ".. autosummary::", "   :nosignatures:", ""]
        lines += [f"   {n}" for n in shown]
        for n in shown:
            value = getattr(module, n)
            is_class = inspect.isclass(value)
            lines += ["", f".. {'autoclass' if is_class else 'autofunction'}:: {name}.{n}", ""]
            if not is_class or value.__name__ != n:  # another name of a class says so, no more
                continue
            for member in members(module, n):
                found = inspect.getattr_static(value, member)
                kind = "autoproperty" if isinstance(found, property) else "automethod"
                lines += [f"   .. {kind}:: {member}"]
        return [*lines, ""]


class KerasNames(FromModule):
    """A table of Keras's names in a module: the same, different or refused."""

    def lines(self, name: str) -> list[str]:
        module = importlib.import_module(name)

        def link(member: str) -> str:
            return f":py:obj:`{member} <{name}.{member}>`"

        here, keras = supported(module), set(of_keras(module))
        same = [n for n in here if n in keras and area(module) + n not in DIFFERENT]
        rows = [("as in Keras", ", ".join(map(link, same)))] if same else []
        rows += [
            (link(n), DIFFERENT[area(module) + n].replace("`", "``"))
            for n in here
            if area(module) + n in DIFFERENT
        ]
        if missing := refused(module):
            rows.append(("refused", ", ".join(f"``{n}``" for n in missing)))
        if own := [n for n in here if n not in keras]:
            rows.append(("brisknet's own", ", ".join(map(link, own))))
        return table(rows)


class RefusedArguments(FromModule):
    """A table of refused Keras arguments, by class or function."""

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
