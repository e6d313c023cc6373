"""Asks the gate, logs what it refuses, and counts every attempt."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, literal, select, text, update
from sqlalchemy.orm import Session

from app.contact_rules.models import ContactAttempt, ContactRefusal
from app.contact_rules.queries import GATE, PERSONS, RULES, gate_parameters
from app.core.agent import Agent
from app.core.business_days import calendar
from app.core.clock import local
from app.core.errors import RuleBroken
from app.core.planning import plan_once
from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Verdict:
    """``refused_by`` lists every rule that refuses, in `RULES` order; empty means allowed."""

    debtor_id: int
    account_id: int | None
    refused_by: tuple[str, ...]
    next_allowed_at: datetime | None

    @property
    def allowed(self) -> bool:
        """Nothing refuses."""
        return not self.refused_by


_ACCOUNTS = text(
    GATE.format(
        asked="SELECT debtor_id, id AS account_id FROM account"
        " WHERE id = ANY(CAST(:account_ids AS bigint[]))"
    )
)
_PERSONS = text(
    PERSONS.format(
        asked="SELECT d.id AS debtor_id, a.id AS account_id FROM debtor d"
        " LEFT JOIN account a ON a.debtor_id = d.id AND a.closed_on IS NULL"
        " WHERE d.id = ANY(CAST(:debtor_ids AS bigint[]))"
    )
)


def may_contact_about(
    session: Session, settings: Settings, account_id: int, channel: str, at: datetime
) -> Verdict:
    """The gate's answer for one account and its holder."""
    return may_contact_about_each(session, settings, [account_id], channel, at)[account_id]


def may_contact_about_each(
    session: Session, settings: Settings, account_ids: Sequence[int], channel: str, at: datetime
) -> dict[int, Verdict]:
    """The gate's answer for each of ``account_ids`` and its holder."""
    plan_once(session)
    values: dict[str, Any] = {"account_ids": list(account_ids)} | gate_parameters(
        settings, channel, at
    )
    return {row[1]: _verdict(*row) for row in session.execute(_ACCOUNTS, values)}


def may_contact(
    session: Session, settings: Settings, debtor_ids: Sequence[int], channel: str, at: datetime
) -> dict[int, Verdict]:
    """The gate's answer for each of ``debtor_ids``, about any of their accounts."""
    plan_once(session)
    values: dict[str, Any] = {"debtor_ids": list(debtor_ids)} | gate_parameters(
        settings, channel, at
    )
    return {row[0]: _verdict(row[0], None, *row[1:]) for row in session.execute(_PERSONS, values)}


def _verdict(
    debtor_id: int, account_id: int | None, refused_by: list[str], next_at: datetime | None
) -> Verdict:
    ordered = tuple(rule for rule in RULES if rule in refused_by)
    return Verdict(debtor_id, account_id, ordered, next_at)


def check_lawful_moment(
    session: Session, settings: Settings, now: datetime, moment: datetime
) -> None:
    """Refuses a moment in the past, outside the hours for contacting, or on no business day."""
    wall = local(moment, settings["zone"])
    if moment <= now:
        raise RuleBroken(_l("The moment to call back has already passed."), "callback_at")
    if not calendar(session).is_business_day(wall.date()):
        raise RuleBroken(
            _l("Nobody is called on %(day)s: choose a business day.", day=f"{wall:%d/%m/%Y}"),
            "callback_at",
        )
    if not is_contact_hour(settings, wall.time()):
        raise RuleBroken(
            _l(
                "Choose an hour between %(first)s and %(last)s.",
                first=f"{settings['contact_from']:%H:%M}",
                last=f"{settings['contact_until']:%H:%M}",
            ),
            "callback_at",
        )
    if wall.date() > local(now, settings["zone"]).date() + timedelta(
        days=settings["callback_max_days"]
    ):
        raise RuleBroken(
            _l("A callback is at most %(days)s days ahead.", days=settings["callback_max_days"]),
            "callback_at",
        )


def is_contact_hour(settings: Settings, wall: time) -> bool:
    """Whether the gate lets anybody be contacted at the hour ``wall`` of the unit's clock."""
    return settings["contact_from"] <= wall < settings["contact_until"]


def log_refusal(
    session: Session, agent: Agent, now: datetime, verdict: Verdict, channel: str, occasion: str
) -> None:
    """A row that says what was refused, by which rules, and when it would be allowed."""
    session.add(
        ContactRefusal(
            debtor_id=verdict.debtor_id,
            account_id=verdict.account_id,
            channel=channel,
            at=now,
            rules=list(verdict.refused_by),
            next_allowed_at=verdict.next_allowed_at,
            occasion=occasion,
            asked_by_id=agent.user_id,
        )
    )


def count_attempt(
    session: Session,
    agent: Agent,
    now: datetime,
    debtor_id: int,
    channel: str,
    *,
    contact_point_id: int | None = None,
    claim_key: uuid.UUID | None = None,
    answered: bool | None = None,
) -> ContactAttempt:
    """Record that the person was dialled or written to; the caps count it from now on."""
    attempt = ContactAttempt(
        debtor_id=debtor_id,
        channel=channel,
        at=now,
        contact_point_id=contact_point_id,
        agent_id=agent.user_id,
        claim_key=claim_key,
        answered=answered,
    )
    session.add(attempt)
    session.flush()
    return attempt


def attempts_of_claim(session: Session, claim_key: uuid.UUID) -> list[ContactAttempt]:
    """What was dialled under a claim, in order."""
    return list(
        session.scalars(
            select(ContactAttempt)
            .where(ContactAttempt.claim_key == claim_key)
            .order_by(ContactAttempt.at, ContactAttempt.id)
        )
    )


def settle_attempts(session: Session, claim_key: uuid.UUID, answered: bool) -> None:
    """Say what came of the claim's dials: only the last can have been answered."""
    last = (
        select(ContactAttempt.id)
        .where(ContactAttempt.claim_key == claim_key)
        .order_by(ContactAttempt.at.desc(), ContactAttempt.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        update(ContactAttempt)
        .where(ContactAttempt.claim_key == claim_key)
        .values(answered=and_(ContactAttempt.id == last, literal(answered)))
        .execution_options(synchronize_session="fetch")
    )
