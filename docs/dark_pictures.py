"""Sphinx extension: every SVG picture in a light and a dark variant, of which the theme shows one.

The dark variant is made from the file: each colour keeps its hue, and light and dark change places,
so that what could be read on white can be read on black. Grey pictures inside it, such as digits,
stay as they are.
"""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import numpy.typing as npt
from docutils import nodes
from sphinx.application import Sphinx

# What white and black become: the dark theme's background, and its text.
GROUND, INK = np.array([0x14, 0x18, 0x1E]) / 255, np.array([0xE4, 0xE8, 0xEC]) / 255
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b|(?<=[\"' :])(?:white|black)(?=[\"';])")
RASTER = re.compile(r"(?<=data:image/png;base64,)[^\"]+")
NAMED = {"white": "#ffffff", "black": "#000000"}


def darkened(rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Colours (..., 3) from 0 to 1 with their lightness, (largest + least) / 2, turned round."""
    largest, least = rgb.max(axis=-1, keepdims=True), rgb.min(axis=-1, keepdims=True)
    return GROUND + (INK - GROUND) * (rgb + 1 - largest - least)


def as_hex(rgb: npt.NDArray[np.float64]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in rgb)


def dark_colour(match: re.Match[str]) -> str:
    value = NAMED.get(match[0], match[0])
    rgb = np.array([int(value[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return as_hex(darkened(rgb))


def dark_raster(match: re.Match[str]) -> str:
    """A picture inside the file, as base64."""
    pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(match[0])), format="png")
    if pixels.ndim == 2 or np.ptp(pixels[..., :3], axis=-1).max() < 0.02:
        return match[0]
    pixels[..., :3] = darkened(pixels[..., :3])
    file = io.BytesIO()
    matplotlib.image.imsave(file, pixels, format="png")
    return base64.b64encode(file.getvalue()).decode()


def dark(svg: str) -> str:
    """The text of an SVG file in its dark variant."""
    svg = RASTER.sub(dark_raster, COLOUR.sub(dark_colour, svg))
    return svg.replace("<svg ", f'<svg fill="{as_hex(INK)}" ', 1)  # what names no colour is black


def both_variants(app: Sphinx, doctree: nodes.document) -> None:
    """Put the dark variant beside each SVG picture of a page."""
    for light in list(doctree.findall(nodes.image)):
        if "://" in light["uri"] or not light["uri"].endswith(".svg"):
            continue
        path = Path(app.srcdir, app.env.relfn2path(light["uri"])[0])
        file = path.with_name(f"{path.stem}.dark.svg")
        text = dark(path.read_text("utf-8"))
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
        night = light.deepcopy()
        night["uri"] = f"/{file.relative_to(app.srcdir)}"
        light["classes"].append("only-light")
        night["classes"].append("only-dark")
        light.parent.insert(light.parent.index(light) + 1, night)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", both_variants, priority=100)
    return {"parallel_read_safe": True}
