"""The rooms of the package stand on each other: imports go down, and never in a circle."""

import ast
import graphlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "brisknet"
TYPES_ALONE = {(room, "models") for room in ("saving", "export", "plots", "callbacks")}


def module_of(path):
    parts = ("brisknet", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in PACKAGE.rglob("*.py")}


def room_of(module):
    return (module + ".__init__").split(".")[1]


def rooms():
    """The list in CONTRIBUTING.md, from bottom to top; the package itself is above all."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    listed = re.search(r"From bottom to top they are\n\n((?: {6}.*\n)+)", text)[1]
    return [*listed.split(), "__init__"]


def imports(module):
    """What a module imports of the package, each with where: 'top', 'function' or 'types'."""

    def visit(node, where):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                named = [alias.name for alias in child.names]
            elif isinstance(child, ast.ImportFrom):
                assert not child.level, f"{module} has a relative import"
                named = [f"{child.module}.{alias.name}" for alias in child.names]
            else:
                inner = where
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                    inner = "function"
                elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                    inner = "types"
                yield from visit(child, inner)
                continue
            for name in named:
                if name.startswith("brisknet.") and not name.startswith("brisknet._core"):
                    yield where, name if name in MODULES else name.rpartition(".")[0]

    return set(visit(ast.parse(MODULES[module].read_text("utf-8")), "top"))


def test_every_room_has_its_place():
    listed = rooms()
    assert len(listed) == len(set(listed))
    assert set(listed) == {room_of(module) for module in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module):
    order = {room: place for place, room in enumerate(rooms())}
    room = room_of(module)
    for where, imported in imports(module):
        other = room_of(imported)
        assert where != "function", f"{module} imports {imported} within a function"
        if (room, other) not in TYPES_ALONE or where != "types":
            assert order[other] <= order[room], f"{module} imports {imported}, which is above it"


def test_imports_go_in_no_circle():
    graph = {}
    for module in MODULES:
        graph[module] = found = set()
        for where, imported in imports(module):
            if where != "types":
                # Python runs the packages around a module first.
                packages = imported.split(".")
                around = (".".join(packages[:n]) for n in range(2, len(packages)))
                found |= {imported, *(p for p in around if not f"{module}.".startswith(f"{p}."))}
    graphlib.TopologicalSorter(graph).prepare()  # else a CycleError
