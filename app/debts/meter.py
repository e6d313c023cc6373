"""The meter of an account, among whatever columns a load brought beside the debt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.columns import fold

_METER = ("medidor", "meter")
#: A column of this kind tells money, which neither the field nor another area is to read.
_MONEY = (
    *("valor", "saldo", "deuda", "costo", "precio", "cuota", "pago", "abono", "monto", "total"),
    *("value", "balance", "debt", "cost", "price", "amount", "usd"),
)
_NOT_THE_NUMBER = ("estado", "marca", "lectura", "fecha", "diametro", "tipo")


def meter_facts(attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """``(column, value)`` of what the load says of the meter, without any amount."""
    return [
        (column, str(value).strip())
        for column, value in attributes.items()
        if _names(column, _METER) and not _names(column, _MONEY)
    ]


def meter_number(attributes: Mapping[str, Any]) -> str:
    """The meter's number, whatever its column is called; empty when none tells it."""
    facts = meter_facts(attributes)
    return next((value for column, value in facts if not _names(column, _NOT_THE_NUMBER)), "")


def _names(column: str, words: tuple[str, ...]) -> bool:
    folded = fold(column)
    return any(word in folded for word in words)
