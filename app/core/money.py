"""Numbers and USD as people here write them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol
from flask_babel import get_locale


def money(value: Decimal | None) -> str:
    """``1.234,50`` in Spanish, ``1,234.50`` in English; a dash for nothing."""
    if value is None:
        return "—"
    return f"{value:,.2f}".translate(_signs(number_locale()))


def whole(number: int) -> str:
    """``1.084`` in Spanish, ``1,084`` in English."""
    return f"{number:,}".translate(_signs(number_locale()))


@lru_cache
def _signs(locale: str) -> dict[int, str]:
    """The locale's own separators for Python's. A page writes dozens of amounts, and Babel parses its
    pattern for each (4 % of the call screen)."""
    return {ord(","): get_group_symbol(locale), ord("."): get_decimal_symbol(locale)}


def number_locale() -> str:
    """Amounts and days follow Ecuador's form in Spanish and stay unambiguous in English."""
    return "es_EC" if str(get_locale() or "es").startswith("es") else "en"


def plain_decimal(value: Decimal) -> str:
    """``95`` or ``97,5``: as many decimals as there are."""
    return format_decimal(value, "#0.######", locale=number_locale())


#: Thousands in threes, all parted by the same sign.
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*")


def read_decimal(text: str) -> Decimal:
    """``1.234,50``, ``1234,50``, ``1,234.50`` or ``1234.5`` as a Decimal; InvalidOperation otherwise.

    The last separator is the decimal one, unless three digits follow it and it is a point or comes
    more than once: then it parts thousands. ``1,2,3`` is no number.
    """
    plain = text.strip().replace(" ", "").removeprefix("$")
    last = max(plain.rfind(","), plain.rfind("."))
    if last >= 0:
        sign, whole, cents = plain[last], plain[:last], plain[last + 1 :]
        thousands = len(cents) == 3 and (plain.count(sign) > 1 or sign == ".")
        grouped = plain if thousands else whole
        if (thousands or not {".", ","}.isdisjoint(whole)) and not _GROUPED.fullmatch(grouped):
            raise InvalidOperation(text)
        if not thousands and sign in whole:
            raise InvalidOperation(text)
        digits = grouped.replace(".", "").replace(",", "")
        plain = digits if thousands else f"{digits}.{cents}"
    value = Decimal(plain)
    if not value.is_finite():
        raise InvalidOperation(text)
    return value
