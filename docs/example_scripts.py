"""Sphinx directive `{scripts}`: each script of examples/, by its docstring and its code."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

EXAMPLES = Path(__file__).parent.parent / "examples"


class Scripts(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        lines = []
        for path in sorted(EXAMPLES.glob("*.py")):
            text = path.read_text("utf-8")
            code = text[text.index('"""', 3) + 3 :].strip()
            title, _, rest = (ast.get_docstring(ast.parse(text)) or "").partition("\n")
            lines += [f"## {path.name}", title, rest, f"````python\n{code}\n````", ""]
            self.env.note_dependency(str(path))
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("scripts", Scripts)
    return {"parallel_read_safe": True}
