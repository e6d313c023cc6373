"""What the values of a column look like: shares from 0 to 1 over a sample of rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from app.core.columns import fold
from app.debtors.identification import read_identification
from app.debtors.phones import read_phones
from app.intake.cells import detect_decimal, is_missing, month_comes_first, parse_amount, parse_date
from app.intake.fields import YES
from app.intake.reading import Cell, cell_text

_DIGITS = re.compile(r"\d+(?:\.0)?", re.ASCII)
_NUMBER = re.compile(
    r"[($+\-]?\s*(?:USD|US\$|\$)?\s*[+\-]?[\d.,' \u00a0]*\d[\d.,' \u00a0]*(?:USD)?\)?-?", re.ASCII
)
_CODE = re.compile(r"[A-Z]{0,4}[-. ]?\d[\d.\- ]{1,19}(?:[A-Z]?)", re.ASCII | re.IGNORECASE)
_SERIALS = range(38_000, 55_000)
_COUNTS = range(600)
_NO = {"NO", "N", "FALSE", "0", "F"}
_KINDS = {
    "cedula",
    "ruc",
    "pasaporte",
    "ci",
    "c",
    "r",
    "p",
    "ced",
    "pas",
    "passport",
    "c.i.",
    "consumidor final",
    "05",
    "04",
    "06",
    "07",
}
_CATEGORIES = {
    "residencial",
    "comercial",
    "industrial",
    "oficial",
    "domestico",
    "domestica",
    "publico",
    "especial",
    "tercera edad",
}
_STATES = {
    "activo",
    "activa",
    "inactivo",
    "inactiva",
    "cortado",
    "suspendido",
    "retirado",
    "conectado",
    "desconectado",
    "normal",
    "cortada",
}
_SERVICES = {
    "agua",
    "agua potable",
    "alcantarillado",
    "energia",
    "luz",
    "basura",
    "desechos",
    "mejoras",
    "predial",
}
#: What a reversal column says of a payment that was taken back.
REVERSED = {
    "REVERSO",
    "REVERSADO",
    "REVERSADA",
    "REVERSA",
    "ANULADO",
    "ANULADA",
    "R",
    "REV",
    "EXTORNO",
}
_STANDING = {
    "PAGO",
    "PAGADO",
    "VALIDO",
    "NORMAL",
    "ACTIVO",
    "OK",
    "APROBADO",
    "P",
    "PROCESADO",
    "COBRO",
    "VIGENTE",
    "APLICADO",
    "EFECTIVO",
    "COBRADO",
}
_STREET = re.compile(
    r"\b(?:calle|av|avenida|via|mz|manzana|solar|km|sector|callejon|pasaje|diagonal|entrada|villa|lote|bloque|[a-z]{1,2}\d+-\d+)\b"
)
_SEPARATORS = re.compile(r"[.,]")


@dataclass(frozen=True)
class Shape:
    """A column of the sample: ``cells`` as they came, ``texts`` of those that are not missing."""

    cells: tuple[Cell, ...]
    texts: tuple[str, ...]
    #: Which row of the sample each of them is of.
    places: tuple[int, ...]
    rows: int

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> Shape:
        """The shape of a column's cells, the missing ones set apart."""
        kept = [(c, text, n) for n, c in enumerate(cells) if not is_missing(text := cell_text(c))]
        found, texts, places = zip(*kept, strict=True) if kept else ((), (), ())
        return cls(found, texts, places, len(cells))

    def share(self, test: Callable[[str], bool]) -> float:
        """The share of the values that pass ``test``; 0 when there is none."""
        return sum(map(test, self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def filled(self) -> float:
        return len(self.texts) / self.rows if self.rows else 0.0

    @cached_property
    def unique(self) -> float:
        return len(set(self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def digits(self) -> float:
        return self.share(lambda text: _DIGITS.fullmatch(text) is not None)

    @cached_property
    def letters(self) -> float:
        """Words without digits."""
        return self.share(
            lambda text: any(map(str.isalpha, text)) and not any(map(str.isdigit, text))
        )

    @cached_property
    def several_words(self) -> float:
        return self.share(lambda text: len(text.split()) > 1)

    @cached_property
    def code(self) -> float:
        """Account-like: digits, maybe with a short prefix or separators inside."""
        return self.share(lambda text: _CODE.fullmatch(text) is not None)

    @cached_property
    def identifications(self) -> float:
        """Cédulas and RUCs whose check holds; what only has their length counts a quarter."""
        return sum(map(_identification, self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def phones(self) -> float:
        return self.share(lambda text: bool(_phones(text)))

    @cached_property
    def emails(self) -> float:
        return self.share(lambda text: "@" in text)

    @cached_property
    def dates(self) -> float:
        hits = [
            isinstance(c, date) or _is_date(t) for c, t in zip(self.cells, self.texts, strict=True)
        ]
        return sum(hits) / len(hits) if hits else 0.0

    @cached_property
    def serials(self) -> float:
        """Days as Excel counts them."""
        return self.share(
            lambda text: _DIGITS.fullmatch(text) is not None and int(float(text)) in _SERIALS
        )

    @cached_property
    def counts(self) -> float:
        return self.share(
            lambda text: _DIGITS.fullmatch(text) is not None and int(float(text)) in _COUNTS
        )

    @cached_property
    def flags(self) -> float:
        return self.share(lambda text: text.upper() in YES or text.upper() in _NO)

    @cached_property
    def reversals(self) -> float:
        """Whether a payment stands or was taken back: both in words; 0 when none was."""
        known = YES | REVERSED
        if not any(text.upper() in known for text in self.texts):
            return 0.0
        return self.share(lambda text: text.upper() in known | _NO | _STANDING)

    @cached_property
    def kinds(self) -> float:
        return self.share(lambda text: fold(text) in _KINDS)

    @cached_property
    def categories(self) -> float:
        return self.share(lambda text: fold(text) in _CATEGORIES)

    @cached_property
    def states(self) -> float:
        return self.share(lambda text: fold(text) in _STATES)

    @cached_property
    def services(self) -> float:
        return self.share(lambda text: fold(text) in _SERVICES)

    @cached_property
    def streets(self) -> float:
        return self.share(lambda text: _STREET.search(fold(text)) is not None)

    @cached_property
    def decimal(self) -> str | None:
        """The decimal separator, when some value leaves no doubt about it."""
        typed = zip(self.cells, self.texts, strict=True)
        sure = [text for cell, text in typed if isinstance(cell, str) and _says_decimal(text)]
        return detect_decimal(sure) if sure else None

    @cached_property
    def month_first(self) -> bool:
        return month_comes_first(self.texts)

    @cached_property
    def amounts(self) -> tuple[Decimal | None, ...]:
        """Each cell as an amount; None where it is none."""
        return tuple(
            _amount(c, t, self.decimal or ",") for c, t in zip(self.cells, self.texts, strict=True)
        )

    @cached_property
    def money(self) -> float:
        """Amounts with at most two decimals."""
        good = [a for a in self.amounts if a is not None and a == a.quantize(Decimal("0.01"))]
        return len(good) / len(self.amounts) if self.amounts else 0.0

    @cached_property
    def cents(self) -> float:
        """Amounts that are written with decimals."""
        return self.share(lambda text: _says_decimal(text) and _NUMBER.fullmatch(text) is not None)

    @cached_property
    def lengths(self) -> set[int]:
        return {len(text) for text in self.texts}

    def between(self, low: float, high: float) -> float:
        """The share of the values with at least four decimals that lie between the two, sign apart."""
        good = [a for a in self.amounts if a is not None and low <= abs(a) <= high and _fine(a)]
        return len(good) / len(self.amounts) if self.amounts else 0.0


def _fine(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent <= -3


def _identification(text: str) -> float:
    if not 9 <= len(text) <= 16 or not any(map(str.isdigit, text)):
        return 0.0
    found = read_identification(text)
    if found.kind in ("cedula", "ruc_natural", "ruc_company", "final_consumer"):
        return 1.0
    return 0.25 if found.kind == "unknown" and len(found.number) in (10, 13) else 0.0


def _phones(text: str) -> bool:
    if (
        not 7 <= sum(map(str.isdigit, text)) <= 40
        or any(c.isalpha() for c in text)
        or "," in text[-3:]
    ):
        return False
    found = read_phones(text, "05")
    return bool(found.numbers) or "placeholder_phone" in found.problems


def _is_date(text: str) -> bool:
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


def _says_decimal(text: str) -> bool:
    """Whether the value itself tells its decimal separator: two kinds, or a tail that is no thousand."""
    marks = _SEPARATORS.findall(text)
    if not marks or not any(map(str.isdigit, text)):
        return False
    tail = len(text.rstrip(")- ")) - max(text.rfind(","), text.rfind(".")) - 1
    return len(set(marks)) > 1 or (tail != 3 and len(marks) == 1)


def _amount(cell: Cell, text: str, decimal: str) -> Decimal | None:
    if isinstance(cell, Decimal):
        return cell if len(text) <= 20 else None
    if isinstance(cell, date) or _NUMBER.fullmatch(text) is None:
        return None
    try:
        value = parse_amount(text, decimal)
    except ValueError:
        return None
    return value if abs(value) < Decimal("1e12") else None


def common_decimal(shapes: Iterable[Shape]) -> str:
    """The separator of the whole file, for the columns whose own values leave a doubt."""
    votes = [shape.decimal for shape in shapes if shape.decimal and shape.money > 0.5]
    return "." if votes.count(".") > votes.count(",") else ","
