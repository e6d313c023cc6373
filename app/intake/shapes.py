"""What the values of a column look like: shares from 0 to 1 over a sample of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from app.core.columns import fold
from app.intake.cells import detect_decimal, is_missing
from app.intake.days import DayOrder, day_order
from app.intake.fields import REVERSED, YES
from app.intake.reading import Cell, cell_text
from app.intake.values import (
    CATEGORIES,
    CODE,
    COUNTS,
    DIGITS,
    KINDS,
    NO,
    NUMBER,
    SERIALS,
    SERVICES,
    STANDING,
    STATES,
    STREET,
    amount_of,
    has_phone,
    identification_share,
    is_day,
    is_fine,
    says_decimal,
    whole_in,
)


@dataclass(frozen=True)
class Shape:
    """A column of the sample: ``cells`` as they came, ``texts`` of those that are not missing.

    Each number says which share of the values, from 0 to 1, is what it is named for.
    """

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
        """The share of the rows that have a value."""
        return len(self.texts) / self.rows if self.rows else 0.0

    @cached_property
    def unique(self) -> float:
        """How many different values there are to one value."""
        return len(set(self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def digits(self) -> float:
        return self.share(lambda text: DIGITS.fullmatch(text) is not None)

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
        return self.share(lambda text: CODE.fullmatch(text) is not None)

    @cached_property
    def identifications(self) -> float:
        """Cédulas and RUCs whose check holds; what only has their length counts a quarter."""
        return sum(map(identification_share, self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def phones(self) -> float:
        return self.share(lambda text: bool(has_phone(text)))

    @cached_property
    def emails(self) -> float:
        return self.share(lambda text: "@" in text)

    @cached_property
    def dates(self) -> float:
        hits = [
            isinstance(c, date) or is_day(t) for c, t in zip(self.cells, self.texts, strict=True)
        ]
        return sum(hits) / len(hits) if hits else 0.0

    @cached_property
    def serials(self) -> float:
        """Days as Excel counts them."""
        return self.share(lambda text: whole_in(text, SERIALS))

    @cached_property
    def counts(self) -> float:
        return self.share(lambda text: whole_in(text, COUNTS))

    @cached_property
    def flags(self) -> float:
        return self.share(lambda text: text.upper() in YES or text.upper() in NO)

    @cached_property
    def reversals(self) -> float:
        """Whether a payment stands or was taken back: both in words; 0 when none was."""
        if not any(text.upper() in REVERSED for text in self.texts):
            return 0.0
        return self.share(lambda text: text.upper() in REVERSED | NO | STANDING)

    @cached_property
    def kinds(self) -> float:
        return self.share(lambda text: fold(text) in KINDS)

    @cached_property
    def categories(self) -> float:
        return self.share(lambda text: fold(text) in CATEGORIES)

    @cached_property
    def states(self) -> float:
        return self.share(lambda text: fold(text) in STATES)

    @cached_property
    def services(self) -> float:
        return self.share(lambda text: fold(text) in SERVICES)

    @cached_property
    def streets(self) -> float:
        return self.share(lambda text: STREET.search(fold(text)) is not None)

    @cached_property
    def decimal(self) -> str | None:
        """The decimal separator, when some value leaves no doubt about it."""
        sure = [text for text in self.typed if says_decimal(text)]
        return detect_decimal(sure) if sure else None

    @cached_property
    def typed(self) -> tuple[str, ...]:
        """The values that are text, in a workbook too."""
        pairs = zip(self.cells, self.texts, strict=True)
        return tuple(text for cell, text in pairs if isinstance(cell, str))

    @cached_property
    def grouped(self) -> str:
        """The decimal separator if what stands before three digits groups thousands."""
        return detect_decimal(self.typed)

    @cached_property
    def whole(self) -> bool:
        """Amounts without a single cent: of dollars, or counted in cents."""
        return not any("." in text or "," in text for text in self.texts) and any(self.amounts)

    @cached_property
    def order(self) -> DayOrder:
        """Of the days that are text."""
        return day_order(self.typed)

    @cached_property
    def amounts(self) -> tuple[Decimal | None, ...]:
        """Each cell as an amount; None where it is none."""
        return tuple(
            amount_of(c, t, self.decimal or self.grouped)
            for c, t in zip(self.cells, self.texts, strict=True)
        )

    @cached_property
    def money(self) -> float:
        """Amounts with at most two decimals."""
        good = [a for a in self.amounts if a is not None and a == a.quantize(Decimal("0.01"))]
        return len(good) / len(self.amounts) if self.amounts else 0.0

    @cached_property
    def cents(self) -> float:
        """Amounts that are written with decimals."""
        return self.share(lambda text: says_decimal(text) and NUMBER.fullmatch(text) is not None)

    @cached_property
    def lengths(self) -> set[int]:
        """How many characters the values have."""
        return {len(text) for text in self.texts}

    def between(self, low: float, high: float) -> float:
        """The share of the values with at least four decimals that lie between the two, sign apart."""
        good = [a for a in self.amounts if a is not None and low <= abs(a) <= high and is_fine(a)]
        return len(good) / len(self.amounts) if self.amounts else 0.0


def common_decimal(shapes: Iterable[Shape]) -> str:
    """The separator of the whole file, for the columns whose own values leave a doubt; empty when no
    column tells it."""
    votes = [shape.decimal for shape in shapes if shape.decimal and shape.money > 0.5]
    if not votes:
        return ""
    return "." if votes.count(".") > votes.count(",") else ","
