"""How well a column's values fit each field: 0 forbids it whatever its header says."""

from __future__ import annotations

from collections.abc import Callable

from app.intake.shapes import Shape

_DATE_CELLS = 0.6


def _account(s: Shape) -> float:
    if s.code < 0.9 or s.filled < 0.7 or s.cents > 0.2 or s.dates > 0.5 or s.identifications > 0.8:
        return 0.0
    if s.unique < 0.02 or (s.counts > 0.95 and s.unique < 0.5):
        return 0.0
    plain = 1.0 if s.digits > 0.95 else 0.88
    return plain - 0.25 * (s.phones > 0.7) - 0.1 * (len(s.lengths) > 5)


def _identification(s: Shape) -> float:
    share = s.identifications
    return 0.0 if share < 0.3 or s.filled < 0.2 else min(1.0, 0.2 + share)


def _name(s: Shape) -> float:
    if s.letters < 0.6 or s.emails > 0.2 or s.kinds > 0.8 or s.filled < 0.3:
        return 0.0
    return 0.35 + 0.4 * s.several_words * (s.letters > 0.9) + 0.25 * min(1.0, s.unique * 1.2)


def _phone(s: Shape) -> float:
    if s.identifications > 0.7 or s.dates > 0.5 or s.cents > 0.3:
        return 0.0
    return s.phones if s.phones > 0.4 else 0.0


def _email(s: Shape) -> float:
    return s.emails if s.emails > 0.4 else 0.0


def _address(s: Shape) -> float:
    if s.emails > 0.3 or s.money > 0.6 or s.dates > 0.5:
        return 0.0
    return 0.6 + 0.4 * min(1.0, s.streets * 1.3)


def _word(s: Shape) -> float:
    """A text of few values: a sector, a service, a category, a state."""
    if s.emails > 0.3 or s.cents > 0.3 or s.dates > 0.5 or s.flags > 0.95:
        return 0.0
    return 0.95 if s.unique < 0.5 else 0.6


def _day(s: Shape) -> float:
    return max(s.dates, s.serials) if max(s.dates, s.serials) >= _DATE_CELLS else 0.0


def _money(s: Shape) -> float:
    if s.money < 0.85 or s.dates > 0.5 or s.flags > 0.95:
        return 0.0
    return 0.5 + 0.5 * (s.cents > 0.15)


def _balance(s: Shape) -> float:
    if s.filled < 0.8 or not any(s.amounts):
        return 0.0
    owed = sum(map(bool, s.amounts)) / len(s.amounts)
    return (
        _money(s) * (0.4 + 0.6 * owed) * (0.4 if s.identifications > 0.5 or s.phones > 0.8 else 1.0)
    )


def _count(s: Shape) -> float:
    return 1.0 if s.counts > 0.95 and s.dates < 0.5 and s.filled > 0.5 else 0.0


def _bill_number(s: Shape) -> float:
    if s.cents > 0.3 or s.dates > 0.5 or s.counts > 0.95 or s.letters > 0.3:
        return 0.0
    return 0.5 + 0.5 * s.unique


def _reference(s: Shape) -> float:
    if s.unique < 0.6 or s.filled < 0.6 or s.cents > 0.2 or s.dates > 0.5 or s.several_words > 0.5:
        return 0.0
    return 0.4 + 0.6 * s.unique


def _flag(s: Shape) -> float:
    return s.flags if s.flags > 0.9 and any(t.upper() not in ("0", "1") for t in s.texts) else 0.0


def _latitude(s: Shape) -> float:
    return s.between(0.0001, 5.1)


def _longitude(s: Shape) -> float:
    return s.between(74.5, 92.5)


FITS: dict[str, Callable[[Shape], float]] = {
    "account": _account,
    "identification": _identification,
    "identification_kind": lambda s: s.kinds if s.kinds > 0.8 else 0.0,
    "name": _name,
    "phone": _phone,
    "email": _email,
    "address": _address,
    "sector": _word,
    "service": _word,
    "category": _word,
    "connection_status": _word,
    "issued_on": _day,
    "due_on": _day,
    "amount": _money,
    "interest": _money,
    "balance": _balance,
    "agreed_balance": _money,
    "disputed": _flag,
    "disputed_balance": _money,
    "bills_count": _count,
    "bill_number": _bill_number,
    "latitude": _latitude,
    "longitude": _longitude,
    "reference": _reference,
    "paid_on": _day,
    "paid_amount": _balance,
    "channel": _word,
    "reversal": lambda s: s.reversals if s.reversals > 0.9 else 0.0,
}

#: How far values alone, under no header or one that says nothing, speak for a field (0–100).
_ALONE: dict[str, Callable[[Shape], float]] = {
    "email": lambda s: 95 * _email(s),
    "identification": lambda s: 92 * _identification(s) if s.unique > 0.2 else 0,
    "identification_kind": lambda s: 80 * (s.kinds > 0.9),
    "phone": lambda s: 88 * _phone(s) * (s.lengths <= set(range(7, 40))),
    "latitude": lambda s: 80 * _latitude(s),
    "longitude": lambda s: 80 * _longitude(s),
    "name": lambda s: 78 * _name(s) * (s.streets < 0.3) * (s.several_words > 0.5),
    "account": lambda s: 76 * _account(s) * (s.flags < 0.9) * (s.serials < 0.9),
    "balance": lambda s: 70 * _balance(s) * (s.cents > 0.3) * (s.between(0, 200) < 0.3),
    "due_on": lambda s: 70 * (s.dates if s.dates > 0.8 else 0),
    "bills_count": lambda s: 60 * _count(s) * (s.flags < 0.95),
    "disputed": lambda s: 55 * _flag(s),
    "address": lambda s: 70 * (s.streets > 0.4) * (s.emails < 0.1),
    "category": lambda s: 75 * (s.categories > 0.6),
    "connection_status": lambda s: 75 * (s.states > 0.8),
    "service": lambda s: 75 * (s.services > 0.7),
    "sector": lambda s: (
        45 * (s.letters > 0.6 and s.several_words > 0.2 and s.unique < 0.3 and s.streets < 0.3)
    ),
    "reference": lambda s: 72 * _reference(s) * (s.unique > 0.9) * (s.identifications < 0.5),
    "paid_on": lambda s: 80 * (s.dates if s.dates > 0.8 else 0),
    "paid_amount": lambda s: 75 * _balance(s) * (s.cents > 0.3),
    "channel": lambda s: 45 * (s.letters > 0.8 and s.unique < 0.2),
    "reversal": lambda s: 60 * (s.reversals > 0.95),
}


def alone(field: str, shape: Shape) -> float:
    """0–100: how far the values speak for ``field`` when the header does not."""
    judge = _ALONE.get(field)
    return judge(shape) if judge and shape.texts else 0.0
