"""What one value looks like: a date, an amount, a telephone, a word that utilities use."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from app.debtors.identification import read_identification
from app.debtors.phones import read_phones
from app.intake.cells import no_thousands, parse_amount, parse_date
from app.intake.reading import Cell

DIGITS = re.compile(r"\d+(?:\.0)?", re.ASCII)
NUMBER = re.compile(
    r"[($+\-]?\s*(?:USD|US\$|\$)?\s*[+\-]?[\d.,' \u00a0]*\d[\d.,' \u00a0]*(?:USD)?\)?-?", re.ASCII
)
CODE = re.compile(r"[A-Z]{0,4}[-. ]?\d[\d.\- ]{1,19}(?:[A-Z]?)", re.ASCII | re.IGNORECASE)
SERIALS = range(38_000, 55_000)
COUNTS = range(600)
NO = {"NO", "N", "FALSE", "0", "F"}
KINDS = {"cedula", "ruc", "pasaporte", "ci", "c", "r", "p", "ced", "pas", "passport", "c.i.", "consumidor final", "05", "04", "06", "07"}  # fmt: skip
CATEGORIES = {"residencial", "comercial", "industrial", "oficial", "domestico", "domestica", "publico", "especial", "tercera edad"}  # fmt: skip
STATES = {"activo", "activa", "inactivo", "inactiva", "cortado", "suspendido", "retirado", "conectado", "desconectado", "normal", "cortada"}  # fmt: skip
SERVICES = {"agua", "agua potable", "alcantarillado", "energia", "luz", "basura", "desechos", "mejoras", "predial"}  # fmt: skip
STANDING = {"PAGO", "PAGADO", "VALIDO", "NORMAL", "ACTIVO", "OK", "APROBADO", "P", "PROCESADO", "COBRO", "VIGENTE", "APLICADO", "EFECTIVO", "COBRADO"}  # fmt: skip
STREET = re.compile(
    r"\b(?:calle|av|avenida|via|mz|manzana|solar|km|sector|callejon|pasaje|diagonal|entrada|villa|lote|bloque|[a-z]{1,2}\d+-\d+)\b"
)
_SEPARATORS = re.compile(r"[.,]")
_LONGEST_WHOLE = 9


def is_fine(value: Decimal) -> bool:
    """Three decimals or more, as a coordinate has."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent <= -3


def identification_share(text: str) -> float:
    """1 for a cédula or RUC whose check holds, a quarter for what only has the length."""
    if not 9 <= len(text) <= 16 or not any(map(str.isdigit, text)):
        return 0.0
    found = read_identification(text)
    if found.kind in ("cedula", "ruc_natural", "ruc_company", "final_consumer"):
        return 1.0
    return 0.25 if found.kind == "unknown" and len(found.number) in (10, 13) else 0.0


def has_phone(text: str) -> bool:
    """Whether a telephone, real or made up, can be read in it."""
    if (
        not 7 <= sum(map(str.isdigit, text)) <= 40
        or any(c.isalpha() for c in text)
        or "," in text[-3:]
    ):
        return False
    found = read_phones(text, "05")
    return bool(found.numbers) or "placeholder_phone" in found.problems


def is_day(text: str) -> bool:
    """Whether it is a day of our times, written as one."""
    if text.isdigit() and len(text) != len("20260109"):
        return False
    for month_first in (False, True):
        try:
            return 1990 <= parse_date(
                text, month_first=month_first
            ).year <= 2060 and not _is_decimal(text)
        except ValueError:
            continue
    return False


def _is_decimal(text: str) -> bool:
    return text.count(".") + text.count(",") == 1 and not any(c in text for c in "-/ ")


def says_decimal(text: str) -> bool:
    """Whether the value itself tells its decimal separator: two kinds, or a tail that is no thousand."""
    marks = _SEPARATORS.findall(text)
    if not marks or not any(map(str.isdigit, text)):
        return False
    last = max(text.rfind(","), text.rfind("."))
    tail = len(text.rstrip(")- ")) - last - 1
    whole = "".join(filter(str.isdigit, text[:last]))
    return len(set(marks)) > 1 or (len(marks) == 1 and (tail != 3 or no_thousands(whole)))


def amount_of(cell: Cell, text: str, decimal: str) -> Decimal | None:
    """The cell as an amount; None when it is none."""
    if isinstance(cell, Decimal):
        return cell if len(text) <= 20 else None
    if isinstance(cell, date) or NUMBER.fullmatch(text) is None:
        return None
    try:
        value = parse_amount(text, decimal)
    except ValueError:
        return None
    return value if abs(value) < Decimal("1e12") else None


def whole_in(text: str, values: range) -> bool:
    """Whether it is a whole number of ``values``; «12.0» went through Excel."""
    return (
        len(text) <= _LONGEST_WHOLE
        and DIGITS.fullmatch(text) is not None
        and int(float(text)) in values
    )
