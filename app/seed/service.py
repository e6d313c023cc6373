"""Fills an empty database with a demonstration: the same one for the same size and day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from app.agreements.judging import judge_agreements
from app.core.agent import SYSTEM
from app.core.errors import RuleBroken
from app.models import Account, Portfolio
from app.promises.service import judge_promises
from app.seed.books import Books
from app.seed.cases import invent_cases
from app.seed.clocks import Clocks
from app.seed.complaints import invent_complaints
from app.seed.copying import Ids, copy_rows
from app.seed.debts import WATER, WORKS, Debt, invent_debts
from app.seed.derived import derive
from app.seed.history import Teller
from app.seed.loads import Loads
from app.seed.people import Person, invent_person
from app.seed.quality import invent_reviews
from app.seed.referrals import invent_referrals
from app.seed.sheets import COLUMNS, Sheets
from app.seed.world import World, look_around
from app.worklist.service import build_worklist

CALLS_PER_ACCOUNT = 2.0
#: People written together: bounds the memory whatever the size.
_BATCH = 4000
#: Accounts a person has on average, people whom nobody has called yet, calls that a person has at most.
_ACCOUNTS_EACH, _NEVER_CALLED, _MOST_CALLS = 1.12, 0.18, 30
#: Calls of this morning: an operator's in an hour, and at most this share of the people.
_AN_HOUR, _MORNING_SHARE = 12, 0.08
#: The access log begins so many days ago.
_ACCESS_DAYS = 4
_DERIVED = (
    "contact_attempt",
    "identity_check",
    "access_log",
    "timeline_event",
    "verification_case",
    "complaint",
    "complaint_bill",
    "referral",
    "visit",
    "hold",
    "account",
    "worklist_push",
)


def seed_demonstration(
    session: Session,
    accounts: int,
    until: date,
    now: datetime,
    *,
    calls_per_account: float = CALLS_PER_ACCOUNT,
) -> dict[str, int]:
    """Invent ``accounts`` accounts with six weeks of calls, promises and payments up to ``until``.

    Returns how many rows each table received. One transaction, the caller's; nothing is dated after
    ``now``. Refuses a database that holds accounts, or that has no outcomes or operators yet.
    """
    ids = Ids(session)
    _refuse_unless_empty(session)
    world = look_around(session, until, now)
    sheets = Sheets()
    story = _Story(session, world, ids, sheets, accounts, calls_per_account)
    story.tell()
    ids.give_back()
    _analyze(session, tuple(COLUMNS))
    _judge(session, story.teller.later, sheets, now, until)
    derive(session, now - timedelta(days=_ACCESS_DAYS))
    invent_cases(session, world.specialist, now, world.settings["zone"])
    invent_complaints(session, world.settings, world.specialist, now)
    invent_referrals(session, world)
    invent_reviews(session, world)
    _analyze(session, _DERIVED)
    queued = build_worklist(session, world.settings, now)
    _analyze(session, ("worklist_item",))
    return sheets.written | {"worklist_item": queued}


def _refuse_unless_empty(session: Session) -> None:
    taken = or_(
        select(Account.id).exists(),
        select(Portfolio.id).where(Portfolio.name.in_((WATER, WORKS))).exists(),
    )
    if session.scalar(select(taken)):
        raise RuleBroken(
            _l(
                "The database already holds accounts: the demonstration only goes into an empty one."
            )
        )


def _judge(
    session: Session, later: list[tuple], sheets: Sheets, now: datetime, until: date
) -> None:
    """Payments decide the states. An account has one open promise at a time: its later one is
    written when the earlier one has been judged."""
    judge_promises(session, SYSTEM, now, until)
    session.flush()
    copy_rows(session, "promise", COLUMNS["promise"], later)
    sheets.written["promise"] += len(later)
    judge_promises(session, SYSTEM, now, until)
    judge_agreements(session, SYSTEM, now, until)
    session.flush()


def _analyze(session: Session, tables: tuple[str, ...]) -> None:
    session.execute(text(f"ANALYZE {', '.join(tables)}"))


class _Story:
    """Invents people one after the other and writes them batch by batch."""

    def __init__(
        self,
        session: Session,
        world: World,
        ids: Ids,
        sheets: Sheets,
        accounts: int,
        calls_per_account: float,
    ) -> None:
        self._session, self._world, self._ids, self._sheets = session, world, ids, sheets
        self._accounts, self._each = accounts, calls_per_account
        self._rng = Random(f"{accounts} {world.until}")  # noqa: S311  (invented people, no secrets)
        self._loads = Loads(session, world)
        self._books = Books(self._rng, world, ids, sheets, self._loads)
        people = max(accounts / _ACCOUNTS_EACH, 1)
        desks = len(world.operators)
        morning = world.today.seconds / 3600 * _AN_HOUR * desks if world.today else 0
        self._share_today = min(morning / people, _MORNING_SHARE)
        past = Clocks(self._rng, accounts * calls_per_account / max(len(world.shifts), 1) / desks)
        today = Clocks(self._rng, self._share_today * people / desks)
        self.teller = Teller(self._rng, world, ids, sheets, past, today)

    def tell(self) -> None:
        """Everybody, until the accounts are spent."""
        made = serial = 0
        while made < self._accounts:
            person = invent_person(self._rng, serial)
            debts = invent_debts(self._rng, self._world, person, made, self._accounts - made)
            made += len(debts)
            serial += 1
            self._one(person, debts, made)
            if serial % _BATCH == 0:
                self._sheets.write(self._session)
        self._sheets.write(self._session)
        self._loads.close(self._session)

    def _one(self, person: Person, debts: list[Debt], made: int) -> None:
        """The calls that earlier people could not lawfully have go to the next ones."""
        self._number(person, debts)
        due = round(made * self._each) - self.teller.made
        skipped = self._rng.random() < _NEVER_CALLED and due < _MOST_CALLS
        quota = 0 if skipped else min(max(due, 0), _MOST_CALLS)
        self.teller.tell(person, debts, quota, today=self._rng.random() < self._share_today)
        self._books.write_person(person, debts)

    def _number(self, person: Person, debts: list[Debt]) -> None:
        person.id = self._ids.take("debtor")
        for phone in person.phones:
            phone.id = self._ids.take("contact_point")
        for debt in debts:
            debt.id = self._ids.take("account")
            for bill in debt.bills:
                bill.id = self._ids.take("bill")
