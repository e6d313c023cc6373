"""USD as people here write it."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_decimal
from flask_babel import get_locale


def money(value: Decimal | None) -> str:
    """``1.234,50`` in Spanish, ``1,234.50`` in English; a dash for nothing."""
    if value is None:
        return "—"
    return format_decimal(value, "#,##0.00", locale=number_locale())


def number_locale() -> str:
    """Amounts and days follow Ecuador's form in Spanish and stay unambiguous in English."""
    return "es_EC" if str(get_locale() or "es").startswith("es") else "en"
