"""Reads a file that nobody has described: header row, kind, granularity, and which column is what.

Words of the header and the shape of the values are weighed together; over the amounts, arithmetic decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import RuleBroken
from app.intake.heads import data_rows, find_header
from app.intake.layout import NEEDED, Column, Layout
from app.intake.mapping import SURNAMES, Guess, Reading, is_half, sureness
from app.intake.reading import Row, Table, TextForm, cell_text
from app.intake.shapes import Shape

_SAMPLE_ROWS = 1500
_LONGEST_NAME = 60
_OPENING_ROWS, _LONGEST_LINE = 20, 80
#: Of the kind that the specialist did not name.
_KINDS = ("portfolio", "payments")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a file seems to be. ``header_row`` is 0 without header; ``missing`` are needed fields not found."""

    name: str
    kind: str
    granularity: str
    header_row: int
    form: TextForm | None
    columns: tuple[Guess, ...]
    #: The first rows, ``(number, their text)``: one of them may be the header.
    opening: tuple[tuple[int, str], ...] = ()

    @property
    def missing(self) -> list[str]:
        """The fields without which the file cannot be loaded and that no column is."""
        found = {guess.field for guess in self.columns}
        return [field for field in NEEDED[self.kind] if field not in found]

    @property
    def percent(self) -> int:
        """How sure the whole is: as sure as its weakest needed column; 0 when one is missing."""
        if self.missing:
            return 0
        return min(guess.certainty for guess in self.columns if guess.field in NEEDED[self.kind])

    def layout(self) -> Layout:
        """The definition to load with; RuleBroken while a needed field is missing."""
        return Layout.from_dict(self.definition())

    def definition(self) -> dict[str, Any]:
        """As JSON; `Layout.from_dict` takes it as it is when nothing is missing."""
        ordered = sorted(
            self.columns, key=lambda g: g.field != "name" or not is_half(g.source, SURNAMES)
        )
        columns = tuple(
            Column(g.source, g.field, g.decimal, g.month_first, g.year_first) for g in ordered
        )
        form = self.form or TextForm("", "")
        return Layout(
            self.name,
            self.kind,
            self.granularity,
            self.header_row > 0,
            columns,
            form.encoding or None,
            form.delimiter or None,
            quote=form.quote,
        ).to_dict()

    def to_dict(self) -> dict[str, Any]:
        """``{layout, header_row, confidence: {percent, word, columns: [...]}, missing}`` for `--json`."""
        columns = [
            {
                "source": g.source,
                "field": g.field,
                "percent": g.certainty,
                "word": g.word,
                "doubts": list(g.doubts),
                "samples": list(g.samples),
            }
            for g in self.columns
        ]
        confidence = {"percent": self.percent, "word": sureness(self.percent), "columns": columns}
        return {
            "layout": self.definition(),
            "header_row": self.header_row,
            "confidence": confidence,
            "missing": self.missing,
        }


class Undescribed(RuleBroken):
    """No saved layout fits the file; ``suggestion`` is what it seems to be."""

    def __init__(self, sentence: Any, suggestion: Suggestion) -> None:
        super().__init__(sentence)
        self.suggestion = suggestion


def suggest(
    table: Table, name: str = "", kind: str | None = None, header: int | None = None
) -> Suggestion:
    """What ``table`` seems to be. ``name`` is the file's; ``kind`` and ``header`` (the row of the headers, 0
    without) when the specialist has said them.

    RuleBroken when it holds no rows, or nothing that could be a portfolio or payments.
    """
    head = list(islice(table.rows(), _SAMPLE_ROWS))
    header_row, names = find_header(head, header)
    rows = data_rows(head, header_row, len(names))
    if not rows:
        raise RuleBroken(_l("The file has no rows below its headers. Export it again and load it."))
    shapes = [Shape.of([row[p] if p < len(row) else "" for row in rows]) for p in range(len(names))]
    found = [Reading(k, names, shapes, header_row > 0) for k in ((kind,) if kind else _KINDS)]
    best = max(found, key=lambda reading: reading.worth)
    if header is None and not best.plausible:
        raise RuleBroken(
            _l(
                "No column of the file looks like an account number beside an amount: it is neither a portfolio nor payments."
            )
        )
    return Suggestion(
        _name(name, best.kind),
        best.kind,
        best.granularity,
        header_row,
        table.form,
        tuple(best.guesses()),
        tuple((number, _line(row)) for number, row in head[:_OPENING_ROWS]),
    )


def _line(row: Row) -> str:
    return " · ".join(text for cell in row if (text := cell_text(cell)))[:_LONGEST_LINE]


def _name(file_name: str, kind: str) -> str:
    plain = re.sub(r"\.\w{1,5}$", "", file_name.strip())
    return plain[:_LONGEST_NAME].strip() or kind
