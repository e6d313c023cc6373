"""Coactiva: the papers of a case, its hand-over with them, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.settings import Settings
from app.referrals.models import EnforcementDocument, EnforcementPaper, Referral
from app.referrals.steps import (
    check_state,
    checked_reason,
    end,
    lock_accounts,
    lock_referral,
    note_step,
    stands_otherwise,
)
from app.worklist.service import offer_again

_LONGEST_REFERENCE = 120
#: What goes with a case, and whether it cannot go without.
_DOCUMENTS = (
    ("Título de crédito", True),
    ("Liquidación de la deuda", True),
    ("Notificación de pago", True),
    ("Copia de cédula o RUC", True),
    ("Certificado de gestiones realizadas", True),
    ("Copia del contrato de servicio", False),
    ("Informe de la visita de campo", False),
)


def seed_documents(session: Session) -> None:
    """Into an empty catalogue only: a paper that somebody deleted does not come back."""
    if session.scalar(select(EnforcementDocument.id).limit(1)) is None:
        rows = [
            {"name": name, "is_required": required, "position": position}
            for position, (name, required) in enumerate(_DOCUMENTS, 1)
        ]
        session.execute(insert(EnforcementDocument), rows)


def documents_to_add(session: Session, referral_id: int) -> Sequence[EnforcementDocument]:
    """The papers of the catalogue that the case does not have yet."""
    have = _standing(referral_id).with_only_columns(EnforcementPaper.document_id)
    wanted = select(EnforcementDocument).where(
        EnforcementDocument.is_active, EnforcementDocument.id.not_in(have)
    )
    return session.scalars(_in_order(wanted)).all()


def missing_documents(session: Session, referral_id: int) -> Sequence[EnforcementDocument]:
    """Those of them without which it cannot be handed over."""
    return [d for d in documents_to_add(session, referral_id) if d.is_required]


def _standing(referral_id: int):
    return select(EnforcementPaper).where(
        EnforcementPaper.referral_id == referral_id, EnforcementPaper.removed_at.is_(None)
    )


def _in_order(documents):
    return documents.order_by(EnforcementDocument.position, EnforcementDocument.id)


def add_paper(
    session: Session,
    agent: Agent,
    now: datetime,
    referral_id: int,
    document_id: int,
    reference: str,
    file_id: int | None = None,
) -> EnforcementPaper:
    """Put a paper of the catalogue into the file of a case that was not handed over yet, with its number
    or date, and the stored file when there is one. Refuses one that is there already."""
    referral = _open_case(session, referral_id)
    document = session.get(EnforcementDocument, document_id)
    if document is None or not document.is_active:
        raise RuleBroken(_l("Choose a paper of the catalogue."), "document_id")
    written = reference.strip()
    if len(written) > _LONGEST_REFERENCE:
        raise RuleBroken(
            _l("The reference is too long: at most %(n)s letters.", n=_LONGEST_REFERENCE),
            "reference",
        )
    paper = EnforcementPaper(
        referral_id=referral.id,
        document_id=document.id,
        reference=written,
        file_id=file_id,
        added_at=now,
        added_by_id=agent.user_id,
    )
    try:
        with session.begin_nested():
            session.add(paper)
            session.flush()
    except IntegrityError as twice:
        raise RuleBroken(
            _l("%(paper)s is already in the file: remove it first.", paper=document.name),
            "document_id",
        ) from twice
    after = {"paper": document.name, "reference": written, "file_id": file_id}
    note_step(session, agent, now, "add_paper", referral, **after)
    session.flush()
    return paper


def remove_paper(
    session: Session, agent: Agent, now: datetime, referral_id: int, paper_id: int
) -> EnforcementPaper:
    """Take a paper out of the file of a case that was not handed over yet; who put it in stays written."""
    referral = _open_case(session, referral_id)
    wanted = _standing(referral_id).where(EnforcementPaper.id == paper_id)
    paper = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if paper is None:
        raise RuleBroken(_l("That paper is no longer in the file."))
    paper.removed_at, paper.removed_by_id = now, agent.user_id
    note_step(session, agent, now, "remove_paper", referral, paper=paper.document.name)
    session.flush()
    return paper


def _open_case(session: Session, referral_id: int) -> Referral:
    """A case of coactiva that is being prepared, locked."""
    referral = _case(session, referral_id)
    check_state(referral, ("proposed", "approved"))
    return referral


def _case(session: Session, referral_id: int) -> Referral:
    referral = lock_referral(session, referral_id)
    if referral.kind != "enforcement":
        raise RuleBroken(_l("%(number)s is not of enforcement.", number=referral.number))
    return referral


def hand_over(
    session: Session,
    agent: Agent,
    now: datetime,
    _settings: Settings,
    referral_id: int,
    note: str = "",
) -> Referral:
    """Hand an approved case over to coactiva with its papers: it is closed, and the account stays in their
    hands. Refuses while a required paper is missing, and names them."""
    referral = _case(session, referral_id)
    check_state(referral, ("approved",))
    written = checked_reason(note, needed=False)
    missing = missing_documents(session, referral_id)
    if missing:
        raise RuleBroken(
            _l("Not yet in the file: %(papers)s.", papers="; ".join(d.name for d in missing))
        )
    end(agent, now, referral, "closed", written)
    papers = len(session.scalars(_standing(referral_id)).all())
    note_step(session, agent, now, "hand_over", referral, papers=papers, note=written)
    session.flush()
    return referral


def take_back(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    referral_id: int,
    reason: str,
) -> Referral:
    """Take an approved case, or one that was handed over, back from coactiva: its account is collected by
    telephone again. Refuses a case whose account is in their hands no longer."""
    referral = _case(session, referral_id)
    [account] = lock_accounts(session, [referral.account_id])
    check_state(referral, ("approved", "closed"))
    if account.enforced_at is None:
        raise stands_otherwise(referral)
    written = checked_reason(reason)
    end(agent, now, referral, "returned", written)
    account.enforced_at = None
    note_step(session, agent, now, "take_back", referral, reason=written)
    session.flush()
    offer_again(session, settings, [referral.debtor_id], now)
    return referral
