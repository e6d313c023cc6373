"""The cover of a case handed over to coactiva: who owes what on which bills, its papers, and what was done
to collect it before."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.clock import local
from app.core.money import money
from app.core.pdf import letterhead, render_pdf
from app.core.settings import Settings
from app.debts.models import Bill
from app.debts.service import owed_by_account
from app.referrals.models import Referral
from app.referrals.queries import DONE_BEFORE
from app.referrals.texts import STATES

_NOTHING = "—"
_DONE_BEFORE = text(DONE_BEFORE)


def cover_of(
    session: Session, agent: Agent, now: datetime, settings: Settings, referral: Referral
) -> bytes:
    """The cover as PDF, printed by ``agent``; the figures are those of ``now``."""
    return render_pdf("referrals/cover.typ", cover_data(session, agent, now, settings, referral))


def cover_data(
    session: Session, agent: Agent, now: datetime, settings: Settings, referral: Referral
) -> dict[str, Any]:
    """Every word of the cover, for ``referrals/cover.typ``."""
    account = referral.account
    informed = _("Figures as of %(day)s", day=_day(account.portfolio.as_of))
    return {
        "letterhead": letterhead(
            settings,
            agent,
            now,
            title=_("Enforcement file"),
            about=referral.number,
            informed=informed,
        ),
        "parts": [
            {"title": _("Debtor"), "pairs": _debtor(referral)},
            {"title": _("Debt"), "pairs": _debt(session, settings, referral)},
            {
                "title": _("What was done to collect it"),
                "pairs": _done(session, settings, referral),
            },
        ],
        "bills": _bills(session, referral),
        "papers": _papers(settings, referral),
        "signed": _("Place and date"),
        "signatures": [
            [agent.name, _("Hands over")],
            ["", _("Receives, for enforcement")],
        ],
    }


def _debtor(referral: Referral) -> list[list[str]]:
    person, account = referral.debtor, referral.account
    return [
        [_("Person"), person.name],
        [_("Identification"), person.identification or _NOTHING],
        [_("Account"), f"{account.number} · {account.portfolio.name}"],
        [_("Sector"), account.sector or _NOTHING],
        [_("Address"), account.address or _NOTHING],
    ]


def _debt(session: Session, settings: Settings, referral: Referral) -> list[list[str]]:
    account = referral.account
    owed = owed_by_account(session, [account.id]).get(account.id, Decimal(0))
    return [
        [_("Owed now"), f"$ {money(owed)}"],
        [_("Of the last load"), f"$ {money(account.balance)}"],
        [_("Due since"), _day(account.oldest_due_on)],
        [_("State"), str(STATES[referral.state])],
        [_("Referred because"), referral.reason or _NOTHING],
        [_("Decided at"), _moment(referral.decided_at, settings)],
    ]


def _done(session: Session, settings: Settings, referral: Referral) -> list[list[str]]:
    done = session.execute(_DONE_BEFORE, {"id": referral.id}).one()
    return [
        [_("Attempts by telephone"), str(done.attempts)],
        [_("Answered"), str(done.answered)],
        [_("With the holder"), str(done.holder)],
        [_("Last contact"), _moment(done.last_at, settings)],
        [_("Promises not kept"), str(done.broken)],
        [_("Visits"), str(done.visits)],
    ]


def _bills(session: Session, referral: Referral) -> dict[str, Any]:
    bills = session.scalars(
        select(Bill)
        .where(Bill.account_id == referral.account_id, Bill.closed_on.is_(None))
        .order_by(Bill.due_on, Bill.id)
    ).all()
    return {
        "title": _("Bills"),
        "heads": [_("Bill"), _("Due"), _("Owed")],
        "rows": [[b.number or _NOTHING, _day(b.due_on), money(b.balance)] for b in bills],
        "total": [_("Total"), "", money(sum((b.balance for b in bills), Decimal(0)))],
    }


def _papers(settings: Settings, referral: Referral) -> dict[str, Any]:
    standing = [paper for paper in referral.papers if paper.removed_at is None]
    return {
        "title": _("Papers of the file"),
        "heads": [_("Paper"), _("Reference"), _("In the file since")],
        "rows": [
            [p.document.name, p.reference or _NOTHING, _moment(p.added_at, settings)]
            for p in standing
        ],
        "none": _("There are no papers in the file yet."),
    }


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else _NOTHING


def _moment(moment: datetime | None, settings: Settings) -> str:
    return f"{local(moment, settings['zone']):%d/%m/%Y %H:%M}" if moment else _NOTHING
