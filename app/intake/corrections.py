"""What the specialist typed over a suggestion: how the file is written, and what each column is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import RuleBroken
from app.intake.labels import field_labels
from app.intake.layout import REPEATABLE
from app.intake.mapping import Guess
from app.intake.reading import TextForm
from app.intake.suggest import Suggestion

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1 (ISO 8859-1)",
    "cp850": "DOS (cp850)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
}
#: By its name in the form: the mark itself, and what the screen calls it.
SEPARATORS: dict[str, tuple[str, Any]] = {
    "semicolon": (";", _l("semicolon ;")),
    "comma": (",", _l("comma ,")),
    "tab": ("\t", _l("tab")),
    "bar": ("|", _l("bar |")),
}
QUOTES: dict[str, tuple[str, Any]] = {
    "double": ('"', '"…"'),
    "single": ("'", "'…'"),
    "none": ("", _l("nothing")),
}
_DAY, _MONTH, _YEAR = "day", "month", "year"
#: The orders of days, by their name in the form.
ORDERS = {
    _DAY: _l("day/month/year"),
    _MONTH: _l("month/day/year"),
    _YEAR: _l("year/month/day"),
}
_LONGEST_NUMBER = 7


def order_of(column: Any) -> str:
    """The name in `ORDERS` of how a column writes its days."""
    return _YEAR if column.year_first else _MONTH if column.month_first else _DAY


def corrected_form(form: Mapping[str, str], told: TextForm | None) -> TextForm | None:
    """How the text is written, as typed where something valid was; None of a workbook."""
    if told is None:
        return None
    encoding = form.get("encoding", "")
    separator = SEPARATORS.get(form.get("separator", ""), (told.delimiter,))[0]
    quote = QUOTES.get(form.get("quote", ""), (told.quote,))[0]
    return TextForm(encoding if encoding in ENCODINGS else told.encoding, separator, quote)


def corrected_header(form: Mapping[str, str]) -> int | None:
    """The row of the headers, 0 without; None when nobody said."""
    said = form.get("header", "")
    return int(said) if said.isdecimal() and len(said) <= _LONGEST_NUMBER else None


def corrected(found: Suggestion, form: Mapping[str, str]) -> Suggestion:
    """The suggestion with what was typed over it; a column that is now another keeps what is suggested."""
    name = form.get("name", found.name).replace("\0", "").strip()
    columns = tuple(_typed(guess, form) for guess in found.columns)
    granularity = form.get("granularity", found.granularity)
    return replace(found, name=name, granularity=granularity, columns=columns)


def _typed(guess: Guess, form: Mapping[str, str]) -> Guess:
    at = guess.position
    if form.get(f"source-{at}", str(guess.source)) != str(guess.source):
        return guess
    order = form.get(f"days-{at}", order_of(guess))
    typed = replace(
        guess,
        field=form.get(f"field-{at}", guess.field),
        decimal=form.get(f"decimal-{at}", guess.decimal),
        month_first=order == _MONTH,
        year_first=order == _YEAR,
    )
    return typed if typed == guess else replace(typed, by_hand=True)


def check_corrected(typed: Suggestion) -> None:
    """In the words of the screen what `Layout.check` says in those of the code."""
    labels, fields = field_labels(typed.kind), [guess.field for guess in typed.columns]
    if not typed.name:
        raise RuleBroken(_("Give the layout a name."))
    if typed.missing:
        wanted = ", ".join(str(labels[field]) for field in typed.missing)
        raise RuleBroken(_("Say which column is: %(fields)s.", fields=wanted))
    twice = next(
        (f for f in fields if f in labels and f not in REPEATABLE and fields.count(f) > 1), None
    )
    if twice:
        raise RuleBroken(
            _("Two columns are %(field)s: choose the one that holds.", field=labels[twice])
        )
