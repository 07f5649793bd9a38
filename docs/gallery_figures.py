"""What sphinx-gallery shows of a block of an example: its matplotlib figures, its SVG files.

brisknet's pictures are figures without pyplot: they are found among the block's variables, and as
the value of its last line.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

import brisknet

_seen: set[int] = set()  # the figures of the example that runs


def scraper(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save what a block drew as SVG, and return the reStructuredText that shows it."""
    lines = []

    def show(title: str) -> str:
        """The path of the next picture."""
        path = Path(next(block_vars["image_path_iterator"])).with_suffix(".svg")
        name = path.relative_to(gallery_conf["src_dir"])
        lines.extend([f".. image:: /{name}", f"   :alt: {title}", ""])
        return str(path)

    for value in list(block_vars["example_globals"].values()):
        if isinstance(value, Figure) and id(value) not in _seen:
            _seen.add(id(value))
            titles = (axes.get_title(loc) for axes in value.axes for loc in ("left", "center"))
            title = next(filter(None, titles), "picture")
            value.savefig(show(title), metadata={"Creator": None, "Date": None})
    for file in Path.cwd().glob("*.svg"):
        shutil.move(file, show(file.stem))
    return "\n".join(["", *lines])


def forget_figures(gallery_conf: dict[str, Any], fname: str) -> None:
    """Between two examples: their layers are numbered from the beginning."""
    _seen.clear()
    brisknet.utils.clear_session()


class Order:
    """The tutorials from first to last; the gallery by file name."""

    NAMES = "first_steps tables sparse_text images custom_parts saving_and_serving".split()

    def __init__(self, folder: str) -> None:
        pass

    def __call__(self, file: str) -> tuple[int, str]:
        stem = Path(file).stem
        return (self.NAMES.index(stem) if stem in self.NAMES else len(self.NAMES), stem)

    def __repr__(self) -> str:
        return "Order"  # the same in each build
