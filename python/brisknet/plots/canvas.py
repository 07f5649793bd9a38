"""The canvases for drawing a model: the text of a .svg file, or matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from brisknet.plots.figures import encoded, matplotlib, new_figure

_FONTS = ["DejaVu Sans", "Verdana", "Helvetica", "Arial", "sans-serif"]


@dataclass(frozen=True)
class Theme:
    page: str
    fill: str  # the cards' background
    edge: str
    ink: str
    faint: str


LIGHT = Theme("#ffffff", "#f4f7fa", "#33475b", "#1b3a57", "#5c6873")
DARK = Theme("#16191d", "#22272e", "#8b949e", "#e6edf3", "#a5aeb8")


class Svg:
    """Draws to the text of a .svg file."""

    def __init__(self, theme: Theme, width: float, height: float) -> None:
        self.theme = theme
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" font-family="{", ".join(_FONTS)}">',
            f'<defs><marker id="tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="7" '
            'markerHeight="7" orient="auto">'
            f'<path d="M0 1 10 5 0 9z" fill="{theme.edge}"/></marker></defs>',
            f'<rect width="{width:g}" height="{height:g}" fill="{theme.page}"/>',
        ]

    def rectangle(
        self, x: float, y: float, width: float, height: float, fill: str, edge: str,
        dashed: bool = False,
    ) -> None:  # fmt: skip
        dashes = 'stroke-dasharray="5 4"' if dashed else ""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5" '
            f'fill="{fill}" stroke="{edge}" {dashes}/>'
        )

    def text(
        self, x: float, y: float, text: str, size: float, colour: str, bold: bool = False,
        align: str = "start",
    ) -> None:  # fmt: skip
        weight = "bold" if bold else "normal"
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
            f'text-anchor="{align}">{escape(text)}</text>'
        )

    def arrow(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self._parts.append(
            f'<line x1="{x0:g}" y1="{y0:g}" x2="{x1:g}" y2="{y1:g}" stroke="{self.theme.edge}" '
            'stroke-width="1.5" marker-end="url(#tip)"/>'
        )

    def encoded(self, form: str, dpi: float) -> bytes:
        return "\n".join([*self._parts, "</svg>\n"]).encode()


class Matplotlib:
    """Draws the same to a matplotlib figure."""

    def __init__(self, op: str, theme: Theme, width: float, height: float) -> None:
        self.theme = theme
        self._patches = matplotlib(op, "patches")
        self._figure = new_figure(op, width / 96, height / 96, facecolor=theme.page)
        self._axes = self._figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        self._axes.set_axis_off()

    def rectangle(
        self, x: float, y: float, width: float, height: float, fill: str, edge: str,
        dashed: bool = False,
    ) -> None:  # fmt: skip
        box = self._patches.FancyBboxPatch(
            (x, y), width, height, boxstyle="round,pad=0,rounding_size=5", fc=fill, ec=edge,
            lw=0.75, ls=(0, (5, 4)) if dashed else "-",
        )  # fmt: skip
        self._axes.add_patch(box)

    def text(
        self, x: float, y: float, text: str, size: float, colour: str, bold: bool = False,
        align: str = "start",
    ) -> None:  # fmt: skip
        self._axes.text(
            x, y, text, color=colour, fontsize=0.75 * size, weight="bold" if bold else "normal",
            ha={"start": "left", "middle": "center", "end": "right"}[align], va="baseline",
            family=_FONTS[0], parse_math=False,
        )  # fmt: skip

    def arrow(self, x0: float, y0: float, x1: float, y1: float) -> None:
        arrow = self._patches.FancyArrowPatch(
            (x0, y0), (x1, y1), arrowstyle="-|>", mutation_scale=9, color=self.theme.edge, lw=1.1,
            shrinkA=0, shrinkB=0,
        )  # fmt: skip
        self._axes.add_patch(arrow)

    def encoded(self, form: str, dpi: float) -> bytes:
        return encoded(self._figure, form, dpi=dpi)
