"""Draws docs/images/speed.svg, a chart of the README's table of speeds, with Python alone.

Nothing is measured here: after a change of the table, `python benchmarks/speed_chart.py`.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHART = ROOT / "docs" / "images" / "speed.svg"
ROW = re.compile(r"^\|([^|]+)\|[ *]*([\d.]+)[ *]*\|", re.MULTILINE)  # who, median s/epoch

WIDTH, LEFT, RIGHT, HEIGHT, TOP = 760, 290, 70, 34, 58
TITLE = "An epoch of MNIST, 784-512-10, on two cores: seconds"


def rows(readme: str) -> list[tuple[str, float]]:
    """Who, and the median of seconds an epoch, from the table that begins with brisknet's row."""
    found = [(who.strip(" *"), float(seconds)) for who, seconds in ROW.findall(readme)]
    if not found or not found[0][0].startswith("brisknet"):
        raise SystemExit("README.md has no table of speeds that begins with brisknet's")
    return found


def chart(table: list[tuple[str, float]]) -> str:
    """The table as bars. They stand on a ground of their own, so that dark pages show them too."""
    height = TOP + HEIGHT * len(table) + 14
    longest = max(seconds for _, seconds in table)
    ink = "#1b3a57"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="system-ui, Helvetica, Arial, sans-serif" '
        f'font-size="15" role="img" aria-label="{escape(TITLE)}">',
        f'<rect width="{WIDTH}" height="{height}" rx="10" fill="#ffffff"/>',
        f'<text x="24" y="34" font-size="17" font-weight="600" fill="{ink}">{escape(TITLE)}</text>',
    ]
    for number, (who, seconds) in enumerate(table):
        y = TOP + HEIGHT * number
        length = (WIDTH - LEFT - RIGHT) * seconds / longest
        ours = number == 0
        fill, ink = ("#d55e00", "#1b3a57") if ours else ("#8fa3b5", "#44525f")
        weight = ' font-weight="600"' if ours else ""
        name = re.sub(r",.*| \(.*", "", who)
        lines += [
            f'<text x="{LEFT - 12}" y="{y + 20}" text-anchor="end" fill="{ink}"{weight}>'
            f"{escape(name)}</text>",
            f'<rect x="{LEFT}" y="{y + 4}" width="{length:.1f}" height="22" rx="3" fill="{fill}"/>',
            f'<text x="{LEFT + length + 8:.1f}" y="{y + 20}" fill="{ink}"{weight}>'
            f"{seconds:.2f}</text>",
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


if __name__ == "__main__":
    CHART.write_text(chart(rows((ROOT / "README.md").read_text("utf-8"))), "utf-8")
