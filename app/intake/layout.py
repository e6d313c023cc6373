"""A layout is data: how a utility writes its file, and which column is what.

The ready-made ones are JSON files beside this module; specialists save others. The same definition is
what `flask intake suggest` prints and `--layout-file` takes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.columns import fold
from app.core.errors import RuleBroken
from app.intake.reading import Row, TextForm, cell_text

PORTFOLIO_FIELDS = frozenset(
    [
        "account",
        "identification",
        "identification_kind",
        "name",
        "phone",
        "email",
        "address",
        "sector",
        "latitude",
        "longitude",
        "service",
        "category",
        "connection_status",
        "bill_number",
        "bills_count",
        "issued_on",
        "due_on",
        "amount",
        "interest",
        "balance",
        "agreed_balance",
        "disputed",
        "disputed_balance",
        "extra",
        "ignore",
    ]
)
PAYMENT_FIELDS = frozenset(
    ["reference", "account", "paid_on", "amount", "channel", "reversal", "extra", "ignore"]
)
NEEDED = {
    "portfolio": ("account", "name", "balance"),
    "payments": ("reference", "account", "paid_on", "amount"),
}
_GRANULARITIES = {"portfolio": ("account", "bill"), "payments": ("payment",)}
REPEATABLE = {"name", "phone", "email", "address", "extra", "ignore"}
_HEAD_ROWS = 30


@dataclass(frozen=True, slots=True)
class Column:
    """``source``: the header's text, or the position from 0 where there is no header."""

    source: str | int
    field: str
    decimal: str = ","
    month_first: bool = False
    #: Years of two digits come first: 26-11-30.
    year_first: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """``granularity``: account (one row an account), bill (one row a bill) or payment."""

    name: str
    kind: str
    granularity: str
    has_header: bool
    columns: tuple[Column, ...]
    encoding: str | None = None
    delimiter: str | None = None
    area_prefix: str | None = field(default=None)
    quote: str = '"'

    @property
    def form(self) -> TextForm | None:
        """How the text is written, where the layout says so."""
        if self.encoding and self.delimiter:
            return TextForm(self.encoding, self.delimiter, self.quote)
        return None

    def to_dict(self) -> dict[str, Any]:
        """The definition as JSON holds it."""
        return asdict(self) | {"columns": [asdict(c) for c in self.columns]}

    @classmethod
    def from_dict(cls, definition: Mapping[str, Any]) -> Layout:
        """Read a definition; RuleBroken in one sentence when something is wrong with it.

        A suggestion (``flask intake suggest``) carries the definition under ``layout``.
        """
        given = definition.get("layout", definition)
        if not isinstance(given, Mapping) or not isinstance(given.get("columns"), Sequence):
            raise RuleBroken(_l("The layout has no list of columns."))
        try:
            columns = tuple(
                Column(**{k: v for k, v in c.items() if k in Column.__dataclass_fields__})
                for c in given["columns"]
            )
            known = {k: v for k, v in given.items() if k in cls.__dataclass_fields__}
            layout = cls(**known | {"columns": columns})
        except (TypeError, AttributeError) as error:
            raise RuleBroken(_l("The layout is incomplete: %(why)s.", why=str(error))) from error
        layout.check()
        return layout

    def check(self) -> None:
        """Refuse a layout that could not be loaded with, in one sentence."""
        if self.kind not in NEEDED:
            raise RuleBroken(_l("A layout is of kind «portfolio» or «payments»."))
        if self.granularity not in _GRANULARITIES[self.kind]:
            raise RuleBroken(
                _l("The layout does not say what a row is: an account, a bill or a payment.")
            )
        if not isinstance(self.name, str) or not self.name.strip():
            raise RuleBroken(_l("The layout has no name."))
        self._check_columns()

    def _check_columns(self) -> None:
        for column in self.columns:
            if type(column.source) is not (
                str if self.has_header else int
            ) or column.decimal not in (",", "."):
                raise RuleBroken(
                    _l(
                        "The layout does not say rightly where %(field)s is and how it is written.",
                        field=str(column.field),
                    )
                )
        allowed = PORTFOLIO_FIELDS if self.kind == "portfolio" else PAYMENT_FIELDS
        fields = [c.field for c in self.columns]
        for name in fields:
            if name not in allowed:
                raise RuleBroken(_l("The layout names an unknown field: %(field)s.", field=name))
            if name not in REPEATABLE and fields.count(name) > 1:
                raise RuleBroken(_l("Two columns of the layout are %(field)s.", field=name))
        missing = [name for name in NEEDED[self.kind] if name not in fields]
        if missing:
            raise RuleBroken(
                _l(
                    "The layout does not say which column is: %(fields)s.",
                    fields=", ".join(missing),
                )
            )

    def header_row(self, head: Sequence[tuple[int, Row]]) -> int | None:
        """The number of the row that bears this layout's headers (0 without header), None if none."""
        if not self.has_header:
            return 0 if self._fits_shape(head) else None
        wanted = {normal(str(c.source)) for c in self.columns if c.field not in ("extra", "ignore")}
        for number, row in head[:_HEAD_ROWS]:
            if wanted <= {normal(name) for name in header_names(row)}:
                return number
        return None

    def positions(self, head: Sequence[tuple[int, Row]]) -> list[tuple[int, Column]]:
        """``(position from 0, column)`` of every column found; RuleBroken when the file is another."""
        header = self.header_row(head)
        if header is None:
            raise RuleBroken(
                _l("The file does not have the columns of layout «%(name)s».", name=self.name)
            )
        if not self.has_header:
            return [(int(c.source), c) for c in self.columns]
        row = next(row for number, row in head if number == header)
        places = {normal(name): position for position, name in enumerate(header_names(row))}
        named = ((places.get(normal(str(c.source))), c) for c in self.columns)
        return [(position, c) for position, c in named if position is not None]

    def _fits_shape(self, head: Sequence[tuple[int, Row]]) -> bool:
        """Without a header: most rows have exactly the columns, and most of what is an amount or an
        account has digits: a bad row is told by the reading, it does not refuse the file."""
        width = max(int(c.source) for c in self.columns) + 1
        rows = [row for _number, row in head if len(row) == width]
        if len(rows) * 2 <= len(head):
            return False
        for column in self.columns:
            values = [cell_text(row[int(column.source)]) for row in rows]
            if column.field in ("balance", "account"):
                good = sum(_reads(column.field, value) for value in values)
                if good * 2 <= len(values):
                    return False
        return True


def _reads(field: str, value: str) -> bool:
    """An account has digits; a balance has them and no letter."""
    letters = field == "balance" and any(ch.isalpha() for ch in value)
    return not letters and any(ch.isdigit() for ch in value)


def header_names(row: Row) -> list[str]:
    """The names of a header row's columns, each once: a second TELEFONO is «TELEFONO (2)», a blank
    one «columna 7»."""
    names: list[str] = []
    taken: set[str] = set()
    for position, cell in enumerate(row, 1):
        text = " ".join(cell_text(cell).split())
        first = name = text if normal(text) else f"columna {position}"
        again = 1
        while normal(name) in taken:
            again += 1
            name = f"{first} ({again})"
        taken.add(normal(name))
        names.append(name)
    return names


def normal(header: str) -> str:
    """A header as it is compared: no accents, case, punctuation or runs of space."""
    return " ".join("".join(ch if ch.isalnum() else " " for ch in fold(header)).split())


@lru_cache(maxsize=1)
def builtin_layouts() -> tuple[Layout, ...]:
    """The ready-made layouts, portfolios first."""
    folder = Path(__file__).parent / "layouts"
    found = [
        Layout.from_dict(json.loads(p.read_text("utf-8"))) for p in sorted(folder.glob("*.json"))
    ]
    return tuple(sorted(found, key=lambda x: (x.kind != "portfolio", x.name)))


def fitting_layout(layouts: Sequence[Layout], head: Sequence[tuple[int, Row]]) -> Layout | None:
    """The layout whose columns the file has; the one with the most columns when several fit."""
    fits = [layout for layout in layouts if layout.header_row(head) is not None]
    return max(fits, key=lambda layout: len(layout.columns), default=None)
