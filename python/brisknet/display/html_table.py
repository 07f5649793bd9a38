"""HTML tables for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

# Inherited colours and half-transparent lines suit both light and dark pages.
_LINE = "1px solid rgba(128, 128, 128, 0.45)"
_CELL = "padding: 0.25em 0.8em; vertical-align: top; white-space: pre-wrap; background: none;"


def html_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    footer: str = "",
    left: int = 1,
) -> str:
    """An HTML table; the first `left` columns are left-aligned, the others right-aligned."""

    def cells(tag: str, texts: Sequence[str], style: str) -> str:
        aligned = [
            f"<{tag} style='{_CELL} {style} text-align: {'left' if i < left else 'right'};'>"
            f"{escape(text)}</{tag}>"
            for i, text in enumerate(texts)
        ]
        return f"<tr style='background: none;'>{''.join(aligned)}</tr>"

    thin = f"border: none; border-top: {_LINE};"
    parts = [
        "<table style='border-collapse: collapse; color: inherit; font-size: inherit; "
        "font-variant-numeric: tabular-nums; margin: 0.5em 0; width: auto;'>",
        "<caption style='caption-side: top; text-align: left; padding: 0.25em 0.8em; "
        f"color: inherit;'><b>{escape(caption)}</b></caption>",
        f"<thead>{cells('th', header, 'border: none; font-weight: bold;')}</thead>",
        f"<tbody>{''.join(cells('td', row, thin) for row in rows)}</tbody>",
    ]
    if footer:
        parts.append(
            f"<tfoot><tr style='background: none;'><td colspan='{len(header)}' style='{_CELL} "
            f"{thin} text-align: left;'>{escape(footer)}</td></tr></tfoot>"
        )
    return "".join([*parts, "</table>"])
