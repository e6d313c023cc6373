"""Opens cases to verify beside their hold, and closes each once: by a specialist, by the payments, or
with the call that was corrected. Whoever closes locks the case first, then its hold, then the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session, aliased

from app.cases.findings import FINDINGS, KINDS, WITHDRAWN, Finding, finding_label
from app.cases.models import VerificationCase
from app.cases.queries import COUNTS, EXPIRED, PROVED
from app.core.agent import Agent
from app.core.clock import local, local_day
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.core.timeline import note_deed
from app.debtors.models import ContactPoint, Debtor
from app.debtors.service import confirm_deceased, find_alive, retire_contact_point
from app.debts.queries import OWED
from app.holds.models import Hold
from app.holds.service import lift_hold, lift_holds, place_hold
from app.models import Call
from app.worklist.service import offer_again, requeue

LONGEST_NOTE = 1000
_PROVED = text(PROVED.format(owed=OWED))


@dataclass(frozen=True, slots=True)
class Found:
    """What a specialist found: a code of `app.cases.findings`, a note, the last day of a new hold where
    the finding asks for one, and whether the number that was called serves no more."""

    finding: str
    note: str = ""
    until: date | None = None
    retire_number: bool = False


def open_case(
    session: Session, agent: Agent, now: datetime, call: Call, hold: Hold
) -> VerificationCase | None:
    """The case that the call's ``hold`` waits for, due on the hold's last day; None for a hold whose
    reason nobody has to verify."""
    if hold.reason not in KINDS:
        return None
    case = VerificationCase(
        kind=hold.reason,
        debtor_id=call.debtor_id,
        account_id=hold.account_id,
        call_id=call.id,
        hold_id=hold.id,
        opened_at=now,
        opened_by_id=call.operator_id,
        due_on=hold.ends_on,
    )
    session.add(case)
    session.flush()
    _note(session, agent, now, "open_case", case, after={"due_on": case.due_on})
    return case


def withdraw_case(session: Session, agent: Agent, now: datetime, call_id: int) -> None:
    """The call was corrected: its open case waits for nobody. What was found already stays."""
    case = session.scalar(
        select(VerificationCase)
        .where(VerificationCase.call_id == call_id, VerificationCase.closed_at.is_(None))
        .with_for_update()
    )
    if case is not None:
        _close(session, agent, now, case, WITHDRAWN)
        session.flush()


def close_case(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    case_id: int,
    found: Found,
) -> VerificationCase:
    """Close a case with what was found, and do what follows from it.

    Refuses a case that is closed already, a finding of another kind, a missing note, and a day that
    is past or later than the longest hold. A death closes every open case about it.
    """
    case, others = _locked(session, settings, case_id)
    finding = FINDINGS.get(found.finding)
    if finding is None or finding.kind != case.kind:
        raise RuleBroken(_l("Choose what was found."), "finding")
    note = found.note.strip()
    if finding.needs_note and not note:
        raise RuleBroken(_l("Write how it is known, for whoever asks later."), "note")
    if len(note) > LONGEST_NOTE:
        raise RuleBroken(_l("The note is too long: at most %(n)s letters.", n=LONGEST_NOTE), "note")
    until = _new_end(settings, now, finding, found)
    for each in [case, *others]:
        _lift(session, agent, now, each, found.finding)
        _close(session, agent, now, each, found.finding, note, agent.user_id)
    session.flush()
    if until is not None:
        _hold_on(session, agent, settings, now, case, note, until)
    _settle_person(session, agent, now, case, found)
    again = offer_again if until is None else requeue
    again(session, settings, [case.debtor_id], now)
    return case


def _locked(
    session: Session, settings: Settings, case_id: int
) -> tuple[VerificationCase, list[VerificationCase]]:
    """The open case, and the other open ones about the same death, which nobody else can close
    meanwhile; says who was quicker."""
    mine = VerificationCase.id == case_id
    theirs = aliased(VerificationCase)
    same_death = select(theirs.debtor_id).where(theirs.id == case_id, theirs.kind == "deceased")
    found = session.scalars(
        select(VerificationCase)
        .where(
            mine
            | VerificationCase.closed_at.is_(None)
            & (VerificationCase.kind == "deceased")
            & VerificationCase.debtor_id.in_(same_death)
        )
        .order_by(VerificationCase.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    case = next((each for each in found if each.id == case_id), None)
    if case is None:
        raise RuleBroken(_l("There is no such case."))
    if case.closed_at is not None:
        raise RuleBroken(
            _l(
                "%(who)s closed this case on %(moment)s: %(finding)s. Nothing was changed.",
                who=case.closed_by or _l("The system"),
                moment=f"{local(case.closed_at, settings['zone']):%d/%m/%Y %H:%M}",
                finding=finding_label(case.finding),
            )
        )
    return case, [each for each in found if each is not case]


def _new_end(settings: Settings, now: datetime, finding: Finding, found: Found) -> date | None:
    """The last day of the hold that follows; None when the finding lifts it."""
    if not finding.prolongs:
        return None
    today = local_day(now, settings["zone"])
    if not finding.asks_until:
        return today + timedelta(days=settings["case_elsewhere_days"])
    latest = today + timedelta(days=settings["case_longest_days"])
    if found.until is None or not today < found.until <= latest:
        raise RuleBroken(
            _l(
                "Choose the last day of the hold, between %(first)s and %(last)s.",
                first=f"{today + timedelta(days=1):%d/%m/%Y}",
                last=f"{latest:%d/%m/%Y}",
            ),
            "until",
        )
    return found.until


def _lift(
    session: Session, agent: Agent, now: datetime, case: VerificationCase, finding: str
) -> None:
    if case.hold_id is not None:
        lift_hold(session, agent, now, case.hold_id, finding)


def _hold_on(
    session: Session,
    agent: Agent,
    settings: Settings,
    now: datetime,
    case: VerificationCase,
    note: str,
    until: date,
) -> None:
    """Another hold in the place of the lifted one, of no call: a correction does not take it away."""
    hold = place_hold(
        session,
        agent,
        now,
        settings,
        case.debtor_id,
        case.kind,
        (until - local_day(now, settings["zone"])).days,
        note=note,
        account_id=case.account_id,
    )
    case.hold_id = hold.id
    session.flush()


def _settle_person(
    session: Session, agent: Agent, now: datetime, case: VerificationCase, found: Found
) -> None:
    """What the finding says of the person and of the number that was called."""
    if found.finding == "died":
        confirm_deceased(session, agent, now, session.get_one(Debtor, case.debtor_id))
    elif found.finding == "alive":
        find_alive(session, agent, now, session.get_one(Debtor, case.debtor_id))
    elif found.finding == "not_holder" and found.retire_number:
        point_id = session.get_one(Call, case.call_id).contact_point_id
        if point_id is None:
            raise RuleBroken(_l("Nobody was called on that contact: there is no number to retire."))
        point = session.get_one(ContactPoint, point_id)
        retire_contact_point(session, agent, now, point, "wrong_person")


def close_paid_claims(
    session: Session, agent: Agent, settings: Settings, now: datetime, day: date
) -> int:
    """Close the open claims of a payment that the payments up to ``day`` prove, lift their holds and let
    the debt say whether the person is called again; how many. Repeatable: a second run closes none.

    One that a specialist is closing at this moment is left to them.
    """
    values = {"day": day, "days": settings["case_payments_days"], "zone": settings["zone"]}
    ids = session.scalars(_PROVED, values).all()
    if not ids:
        return 0
    cases = session.scalars(
        select(VerificationCase)
        .where(VerificationCase.id.in_(ids))
        .order_by(VerificationCase.id)
        .execution_options(populate_existing=True)
    ).all()
    holds = [case.hold_id for case in cases if case.hold_id is not None]
    lift_holds(session, agent, now, holds, "payment_found")
    for case in cases:
        _close(session, agent, now, case, "payment_found")
    session.flush()
    offer_again(session, settings, sorted({case.debtor_id for case in cases}), now)
    return len(cases)


def count_open_cases() -> Select[int]:
    """Counts the cases that wait."""
    return select(func.count(VerificationCase.id)).where(VerificationCase.closed_at.is_(None))


def open_cases(session: Session, day: date) -> tuple[int, int]:
    """``(open, overdue)``: cases that wait, and those of them whose last day is before ``day``."""
    opened, overdue = session.execute(text(COUNTS), {"day": day}).one()
    return opened, overdue


def expired_cases(session: Session, day: date) -> int:
    """Open cases whose hold was over before ``day``: the gate lets the person be called again, and
    nobody has said yet what was found."""
    return session.scalar(text(EXPIRED), {"day": day}) or 0


def _close(
    session: Session,
    agent: Agent,
    now: datetime,
    case: VerificationCase,
    finding: str,
    note: str = "",
    closed_by_id: int | None = None,
) -> None:
    case.closed_at, case.closed_by_id = now, closed_by_id
    case.finding, case.finding_note = finding, note
    verb = "withdraw_case" if finding == WITHDRAWN else "close_case"
    _note(session, agent, now, verb, case, after={"finding": finding, "note": note})


def _note(
    session: Session,
    agent: Agent,
    now: datetime,
    verb: str,
    case: VerificationCase,
    after: dict[str, Any],
) -> None:
    note_deed(
        session,
        agent,
        now,
        verb,
        "verification_case",
        case.id,
        debtor_id=case.debtor_id,
        account_id=case.account_id,
        after={"kind": case.kind} | after,
    )
