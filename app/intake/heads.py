"""Where a table begins: titles above, the header, or rows at once; and which rows are its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from app.core.errors import RuleBroken
from app.intake.layout import header_names
from app.intake.reading import Row, cell_text
from app.intake.shapes import Shape
from app.intake.words import is_heading

_HEAD_ROWS = 40


def find_header(head: Sequence[tuple[int, Row]], said: int | None = None) -> tuple[int, list[str]]:
    """``(row number, its names)``; ``(0, empty names)`` when the rows begin at once. ``said``: the row that
    the specialist named, 0 for none."""
    if not head:
        raise RuleBroken(_l("The file has no rows. Export it again and load it."))
    width = Counter(len(row) for _number, row in head).most_common(1)[0][0]
    if said is not None:
        named = next((row for number, row in head if number == said), None)
        return (said, header_names(named)) if named else (0, [""] * width)
    best, hits = None, 1
    for number, row in head[:_HEAD_ROWS]:
        texts = [text for cell in row if (text := cell_text(cell))]
        known = sum(_heads(text) for text in texts)
        if known > hits and known >= len(texts) * 0.4 and len(texts) * 2 >= min(width, len(row)):
            best, hits = (number, row), known
    if best is None:
        best = _strange_header(head, width)
    return (best[0], header_names(best[1])) if best else (0, [""] * width)


def _heads(text: str) -> bool:
    return is_heading(text) and sum(map(str.isdigit, text)) <= 2 and "@" not in text


def _strange_header(head: Sequence[tuple[int, Row]], width: int) -> tuple[int, Row] | None:
    """A first full row of words only, above columns of figures."""
    full = [(number, row) for number, row in head if len(row) == width]
    if len(full) < 3 or any(
        not cell_text(c) or any(map(str.isdigit, cell_text(c))) for c in full[0][1]
    ):
        return None
    below = [Shape.of([row[p] for _n, row in full[1:]]) for p in range(width)]
    return full[0] if sum(shape.money > 0.9 or shape.dates > 0.9 for shape in below) >= 2 else None


def data_rows(head: Sequence[tuple[int, Row]], header_row: int, width: int) -> list[Row]:
    """Rows below the header that are filled like most of them: no titles, no totals."""
    below = [row for number, row in head if number > header_row]
    filled = [sum(bool(cell_text(cell)) for cell in row) for row in below]
    usual = sorted(filled)[len(filled) // 2] if filled else 0
    return [
        row for row, n in zip(below, filled, strict=True) if n * 2 >= usual and len(row) <= width
    ]
