"""Sphinx extension: docstrings, plain text with `code` and indented formulas, as its markup.

Sections (`Args:`, `Raises:`, …) are left to sphinx.ext.napoleon, which reads what comes out.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.inspect import signature, stringify_signature

SECTION = re.compile(r"(Args|Attributes|Example|Raises|Returns|Yields):$")
SPECIAL = re.compile(r"[|*\\]|(?<=\w)_(?!\w)")  # what would be markup


def as_markup(docstring: list[str]) -> list[str]:
    """The lines with blocks of code and formulas marked, and characters escaped elsewhere."""
    lines: list[str] = []
    section = ""
    block: int | None = None  # the indentation of the block of code that this line may be in
    for line in docstring:
        text = line.lstrip()
        indent = len(line) - len(text)
        if text and indent == 0:
            section = match[1] if (match := SECTION.match(line)) else ""
        if text and block is not None and indent < block:
            block = None
        if text and block is None and is_block(section, text, indent, lines):
            block = indent
            if not text.startswith(">>>"):
                lines += [" " * (4 if section else 0) + "::", ""]
        lines.append(line if block is not None else escaped(line, section))
    return lines


def is_block(section: str, text: str, indent: int, before: list[str]) -> bool:
    """Whether a block of code begins with this line."""
    if section == "Example":
        return indent > 0
    return indent >= (8 if section else 4) and (not before or not before[-1].strip())


def escaped(line: str, section: str) -> str:
    """A line of text: what stands between backquotes is code, the rest is no markup."""
    start = ""
    if section == "Args" and (match := re.match(r"\s+\*{1,2}(?=\w+:)", line)):
        start = match[0]  # napoleon escapes the stars of arguments' names
    parts = re.split(r"(`[^`]*`)", line[len(start) :])
    parts[::2] = [SPECIAL.sub(r"\\\g<0>", part) for part in parts[::2]]
    return start + "".join(parts)


def process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = as_markup(lines)


def constructor(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, arguments: str | None, result: Any
) -> tuple[str, None] | None:
    """The arguments of a class's `__init__`, where its `__new__` takes any and hands them on."""
    if what != "class" or arguments != "(*args, **kwargs)":
        return None
    found = signature(obj.__init__, bound_method=True)
    return stringify_signature(found, show_annotation=False, show_return_annotation=False), None


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", process, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", constructor)
    return {"parallel_read_safe": True}
