"""Which column is what, for one kind of file: words, shapes and sums weighed together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.intake.fitting import FITS, alone
from app.intake.layout import NEEDED, PAYMENT_FIELDS, PORTFOLIO_FIELDS, REPEATABLE
from app.intake.shapes import Shape, common_decimal
from app.intake.sums import contained, ordered_days, totals_and_parts, what_remains
from app.intake.words import canonical, spoken_for

_SAMPLES = 3
#: Under this a column is left as it is, unless the file could not be loaded without it.
_ENOUGH, _AT_LEAST = 42, 18
#: A known header counts fully only with values that fit.
_WORD_ALONE, _FIT_TOO = 0.5, 0.5
_SHAPE_UNDER_A_STRANGE_HEADER = 0.8
_SUM_BONUS = 30
#: Without words: a balance contains its parts and stands behind them.
_WIDER, _LATER = 4, 0.01
_APART = 85
_MOSTLY = 0.5
#: A person's name may stand in two columns.
SURNAMES, _FORENAMES = "apellido", "nombre"
_REPEATS = 0.1
#: What a list of payments does not tell of those who paid.
_OF_PEOPLE = ("phone", "email", "address", "bills_count")
_SURE, _LIKELY = 80, 55
#: Two columns whose scores lie closer than this are taken for each other easily.
_TOO_CLOSE = 8
#: Fewer whole amounts than this say nothing about cents.
_TELLING_ROWS = 5
_USD = frozenset({"balance", "amount", "interest", "agreed_balance", "disputed_balance"})
_CONCERNS = {
    "decimal": _USD,
    "cents": frozenset({"balance", "amount"}),
    "days": frozenset({"issued_on", "due_on", "paid_on"}),
    "rival": frozenset({"account", "name", "balance", "amount", "paid_on", "reference"}),
}


@dataclass(frozen=True, slots=True)
class Guess:
    """One column: what it is thought to be, and how sure that is (0–100)."""

    position: int
    source: str | int
    field: str
    percent: int
    decimal: str
    month_first: bool = False
    year_first: bool = False
    samples: tuple[str, ...] = ()
    #: Whether the values are written with a decimal separator, or as days.
    figures: bool = False
    days: bool = False
    #: What the values leave open: ``decimal`` and ``cents`` of a figure, ``days`` of a day, ``rival`` of any.
    open: tuple[str, ...] = ()
    #: The specialist chose otherwise than was suggested.
    by_hand: bool = False

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is open and matters for the field that it is."""
        return tuple(doubt for doubt in self.open if self.field in _CONCERNS[doubt])

    @property
    def certainty(self) -> int:
        """The percentage, never beyond doubtful where something that matters is open."""
        return min(self.percent, _LIKELY - 1) if self.doubts else self.percent

    @property
    def word(self) -> str:
        """``chosen`` by hand, or ``sure``, ``likely`` or ``doubtful``."""
        return "chosen" if self.by_hand else sureness(self.certainty)


def sureness(percent: int) -> str:
    """0–100 as one word."""
    return "sure" if percent >= _SURE else "likely" if percent >= _LIKELY else "doubtful"


def is_half(source: str | int, half: str) -> bool:
    """Whether a header is of surnames only, or of names only."""
    return isinstance(source, str) and {SURNAMES, _FORENAMES} & set(canonical(source)) == {half}


class Reading:
    """The file read as one kind: every column scored for every field, and the best taken."""

    def __init__(
        self, kind: str, names: Sequence[str], shapes: Sequence[Shape], headed: bool
    ) -> None:
        self.kind, self.names, self.shapes, self.headed = kind, names, shapes, headed
        self.scores: dict[tuple[str, int], float] = {}
        for field in self._fields():
            for position in range(len(shapes)):
                if (score := self._score(field, position)) > 0:
                    self.scores[field, position] = score
        if kind == "portfolio":
            self._weigh_sums()
            self._weigh_days()
        self.taken = self._take()
        self.granularity = "payment" if kind == "payments" else self._granularity()

    def _fields(self) -> list[str]:
        allowed = PORTFOLIO_FIELDS if self.kind == "portfolio" else PAYMENT_FIELDS
        return sorted(allowed - {"extra", "ignore"})

    def _score(self, field: str, position: int) -> float:
        shape = self.shapes[position]
        known = "paid_amount" if (self.kind, field) == ("payments", "amount") else field
        said = spoken_for(self.names[position])
        weight = said.get(known, 0.0)
        if not shape.texts:
            return weight * _WORD_ALONE if field in REPEATABLE else 0.0
        worded = weight * (_WORD_ALONE + _FIT_TOO * fit) if (fit := FITS[known](shape)) else 0.0
        silent = alone(known, shape)
        if self.headed:
            silent *= _SHAPE_UNDER_A_STRANGE_HEADER * (
                0.5 if max(said.values(), default=0) > _ENOUGH else 1.0
            )
        return max(worded, silent)

    def _weigh_sums(self) -> None:
        """Vencido + corriente = total: what the others add up to is the balance, they are its parts."""
        money = {
            p: self.shapes[p] for p in range(len(self.shapes)) if ("balance", p) in self.scores
        }
        apart = {p for p in money if self.headed and self._is_apart(p)}
        for total, parts in totals_and_parts(money, apart):
            # original, less what was paid, is the balance
            if not self.headed and total < min(parts):
                total, parts = max(parts), (total, *sorted(parts)[:-1])
            self.scores["balance", total] += _SUM_BONUS
            for part in parts:
                self.scores["balance", part] -= _SUM_BONUS
        paid = {
            p: shape
            for p, shape in enumerate(self.shapes)
            if self._says(p, "paid_amount") and shape.cents
        }
        for whole, rest in what_remains({p: s for p, s in money.items() if p not in apart}, paid):
            self.scores["balance", rest] += _SUM_BONUS
            self.scores["balance", whole] -= _SUM_BONUS
        if not self.headed:
            for p in money:
                self.scores["balance", p] += _WIDER * contained(money, p) + _LATER * p

    def _is_apart(self, position: int) -> bool:
        """Agreed, disputed, paid: no part of what is owed now."""
        return any(
            self._says(position, field)
            for field in ("agreed_balance", "disputed_balance", "paid_amount")
        )

    def _says(self, position: int, field: str) -> bool:
        return spoken_for(self.names[position]).get(field, 0.0) > _APART

    def _weigh_days(self) -> None:
        """Without words, a bill is issued before it is due; the oldest due day is the account's."""
        if self.headed:
            return
        days = {p: self.shapes[p] for p in range(len(self.shapes)) if ("due_on", p) in self.scores}
        order = ordered_days(days)
        if len(order) == 2 and self._repeats() > _REPEATS:
            issued, due = order
            self.scores["issued_on", issued] = self.scores["due_on", issued]
            self.scores["due_on", due] += 5
        elif len(order) > 1:
            self.scores["due_on", order[0]] += 5

    def _take(self) -> dict[int, tuple[str, float]]:
        """``{position: (field, score)}``: the surest first, each field once unless it may repeat."""
        taken: dict[int, tuple[str, float]] = {}
        fields: set[str] = set()
        for (field, position), score in sorted(
            self.scores.items(), key=lambda item: (-item[1], item[0][1])
        ):
            if (
                score >= self._enough(field)
                and position not in taken
                and (field not in fields or self._repeats_well(field, position, taken))
            ):
                taken[position] = (field, score)
                fields.add(field)
        return taken

    def _repeats_well(
        self, field: str, position: int, taken: Mapping[int, tuple[str, float]]
    ) -> bool:
        """A name repeats only as surnames in one column and names in another."""
        if field != "name":
            return field in REPEATABLE
        names = [self.names[p] for p, (other, _score) in taken.items() if other == "name"]
        halves = [
            is_half(name, SURNAMES) - is_half(name, _FORENAMES)
            for name in (*names, self.names[position])
        ]
        return sorted(halves) == [-1, 1]

    def _enough(self, field: str) -> float:
        return _AT_LEAST if field in NEEDED[self.kind] else _ENOUGH

    def _granularity(self) -> str:
        """One row a bill when accounts repeat and each row has a bill of its own."""
        fields = {field: position for position, (field, _score) in self.taken.items()}
        number, count = fields.get("bill_number"), fields.get("bills_count")
        repeats = self._repeats()
        by_bill = repeats > _REPEATS and (number is not None or count is None)
        by_bill = by_bill or (repeats > 0 and number is not None and count is None)
        by_bill = by_bill or (number is not None and count is None and "due_on" in fields)
        for other in (count,) if by_bill else (number, fields.get("amount")):
            self.taken.pop(-1 if other is None else other, None)
        return "bill" if by_bill else "account"

    def _repeats(self) -> float:
        """The share of rows whose account has come before."""
        known = [p for p, (field, _s) in getattr(self, "taken", {}).items() if field == "account"]
        account = known or sorted(
            (p for f, p in self.scores if f == "account"), key=lambda p: -self.scores["account", p]
        )
        return 1 - self.shapes[account[0]].unique if account else 0.0

    @property
    def worth(self) -> float:
        """Comparable between the kinds: needed fields first, then how surely they are there."""
        needed = [self._best(field) for field in NEEDED[self.kind]]
        others = [score for field, score in self.taken.values() if field not in NEEDED[self.kind]]
        people = (
            sum(alone(field, shape) for field in _OF_PEOPLE for shape in self.shapes)
            if self.kind == "payments"
            else 0
        )
        return sum(needed) / len(needed) - 25 * needed.count(0) + sum(others) / 20 - people / 10

    def _best(self, field: str) -> float:
        return max((score for name, score in self.taken.values() if name == field), default=0.0)

    @property
    def plausible(self) -> bool:
        """Whether there is an account and an amount at all."""
        amount = "balance" if self.kind == "portfolio" else "amount"
        return self._best("account") > 0 and self._best(amount) > 0

    def guesses(self) -> list[Guess]:
        """Every column, in the file's order."""
        common = common_decimal(self.shapes)
        return [self._guess(position, shape, common) for position, shape in enumerate(self.shapes)]

    def _guess(self, position: int, shape: Shape, common: str) -> Guess:
        field, score = self.taken.get(
            position, ("extra" if shape.texts and self.headed else "ignore", 0.0)
        )
        rivals = [
            s
            for (f, p), s in self.scores.items()
            if p != position and f == field and p not in self.taken
        ]
        order = shape.order
        if score:
            percent = min(99, round(score - max(0.0, 20 - (score - max(rivals, default=0)))))
        else:
            percent = round(
                95 - max((s for (_f, p), s in self.scores.items() if p == position), default=0) / 2
            )
        return Guess(
            position=position,
            source=self.names[position] if self.headed else position,
            field=field,
            percent=max(percent, 1),
            decimal=shape.decimal or common or shape.grouped,
            month_first=order.month_first,
            year_first=order.year_first,
            samples=tuple(list(dict.fromkeys(shape.texts))[:_SAMPLES]),
            figures=shape.money > _MOSTLY,
            days=shape.dates > _MOSTLY or field in _CONCERNS["days"],
            open=tuple(_open(shape, common, score - max(rivals, default=0) if score else 100)),
        )


def _open(shape: Shape, common: str, lead: float) -> Iterator[str]:
    """What the values of a column leave open; ``lead``: by how much it is ahead of its best rival."""
    marked = any(mark in text for text in shape.typed for mark in ",.")
    if marked and shape.decimal is None and shape.grouped != common:
        yield "decimal"
    if shape.whole and len(shape.texts) >= _TELLING_ROWS:
        yield "cents"
    if not shape.order.sure:
        yield "days"
    if lead < _TOO_CLOSE:
        yield "rival"
