"""What the specialist's board holds: figures of the day so far, who works, and what waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.reports.figures import Figures


@dataclass(frozen=True, slots=True)
class Funnel:
    """Persons: ``assigned`` (in the queue, or tried today), and of them how many were tried by
    telephone, answered, were verified as holder and made a promise. Each is part of the one before."""

    assigned: int
    tried: int
    answered: int
    holder: int
    promised: int


@dataclass(frozen=True, slots=True)
class Working:
    """An operator's day: ``goal`` in calls, figures by hour and in all, and what they do at this moment.

    ``doing``: call (dialled, or the person came), ready (holds a person, not dialled yet), absent,
    off_shift or inactive (see `app.access.staff_queries.AWAY`), idle (has worked today) or none
    (nothing today); ``since`` when, if they have worked.
    """

    operator_id: int
    name: str
    goal: int
    doing: str
    since: datetime | None
    figures: Figures
    by_hour: Mapping[int, Figures]


@dataclass(frozen=True, slots=True)
class Money:
    """USD ``recovered`` today after a contact: ``credited`` of the day's ``payments``. Promises judged
    this month: ``kept`` of ``judged``."""

    credited: int
    payments: int
    recovered: Decimal
    judged: int
    kept: int


@dataclass(frozen=True, slots=True)
class Known:
    """Until when a portfolio is known: its debts, and its payments by the last load of them
    (``load_id``; ``payments`` of USD ``amount``)."""

    portfolio: str
    as_of: date
    in_use: bool
    load_id: int | None
    paid_until: date | None
    payments: int | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that somebody must do. ``kind``: refused, stuck or unapplied (a load), stale (a
    portfolio, known up to ``day``), missed (callbacks), agreements (to be decided), cases (to be
    verified, ``overdue`` of them past their last day), referrals (to be decided), complaints (likewise, near their day or past it), holidays (of the year ``id``, missing), repeated (pairs of people, counted up to a cap).
    ``since``: the oldest of them; when pairs were looked for."""

    kind: str
    name: str = ""
    id: int | None = None
    count: int = 1
    overdue: int = 0
    since: datetime | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """The unit's ``day`` so far. ``queue``: persons in it, and those who may be offered now;
    ``callbacks``: due by the end of the day, and late by now."""

    day: date
    figures: Figures
    hours: list[int]
    operators: list[Working]
    funnel: Funnel
    money: Money
    known: list[Known]
    queue: int
    queue_now: int
    callbacks: int
    callbacks_late: int
    waiting: list[Waiting]

    @property
    def goal(self) -> int:
        """Calls expected today of those who are not absent."""
        return sum(one.goal for one in self.operators if one.doing not in ("absent", "inactive"))

    def doing(self, what: str) -> int:
        """How many operators do this at the moment."""
        return sum(one.doing == what for one in self.operators)

    @property
    def paid_until(self) -> date | None:
        """Up to when the payments of every portfolio are known; None while none has any."""
        return min((one.paid_until for one in self.known if one.paid_until), default=None)

    def attempts_at(self, hour: int) -> int:
        """Calls of everybody in an hour."""
        return sum(o.by_hour[hour].attempts for o in self.operators if hour in o.by_hour)
