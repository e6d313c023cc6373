"""What a specialist looks at: the samples with their progress, and one drawn call with its facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from app.access.models import Staff
from app.calls.models import Call, IdentityCheck, Script
from app.calls.sheet import script_for
from app.contact_rules.models import ContactAttempt
from app.core.clock import local
from app.core.settings import Settings
from app.debtors.models import ContactPoint
from app.quality.models import QualityMark, QualityReview
from app.quality.queries import FIRST_KEY, NEXT, SAMPLE_OPERATORS, SAMPLES
from app.quality.recording import recording_link
from app.worklist.models import Claim

#: More samples than anybody looks back through.
MOST_SAMPLES = 200


@dataclass(frozen=True, slots=True)
class SampleProgress:
    """A sample: ``drawn`` calls of ``operators`` operators, and how many of them are scored and
    acknowledged; ``short``: operators who had fewer calls than ``per_operator``."""

    id: int
    first_day: date
    last_day: date
    per_operator: int
    seed: str
    drawn_at: datetime
    drawn_by: str
    operators: int
    drawn: int
    scored: int
    acknowledged: int
    short: int


@dataclass(frozen=True, slots=True)
class SampleOperator:
    """One operator of a sample; ``mean`` score (0 to 100) of what is scored, None of nothing."""

    id: int
    name: str
    drawn: int
    scored: int
    acknowledged: int
    mean: Decimal | None


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What happened on a reviewed call: its ``checks`` of identity, the ``dialled`` numbers with their
    moment, the script as it reads today (None outside a claim), whether its outcome was ``corrected``
    since it was drawn, and where its recording is (None: nowhere that is known)."""

    lasted: timedelta
    checks: Sequence[IdentityCheck]
    dialled: Sequence[tuple[datetime, str]]
    script: Script | None
    corrected: bool
    recording: str | None


def samples(session: Session) -> list[SampleProgress]:
    """Every sample, newest first, at most `MOST_SAMPLES`."""
    rows = session.execute(text(SAMPLES), {"only": None, "most": MOST_SAMPLES})
    return [SampleProgress(*row) for row in rows]


def find_sample(session: Session, sample_id: int) -> SampleProgress | None:
    """One sample."""
    row = session.execute(text(SAMPLES), {"only": sample_id, "most": 1}).one_or_none()
    return None if row is None else SampleProgress(*row)


def sample_operators(session: Session, sample_id: int) -> list[SampleOperator]:
    """Whose calls the sample was drawn from, by name; also those who had none."""
    rows = session.execute(text(SAMPLE_OPERATORS), {"sample_id": sample_id})
    return [SampleOperator(*row) for row in rows]


def next_to_score(session: Session, user_id: int, sample_id: int | None = None) -> int | None:
    """The next drawn call that is not ``user_id``'s own: of ``sample_id`` first, then of the oldest."""
    return session.scalar(text(NEXT), {"me": user_id, "sample_id": sample_id})


def find_review(session: Session, review_id: int) -> QualityReview | None:
    """A review with its call, its marks and who is named on it."""
    call = joinedload(QualityReview.call)
    return session.scalar(
        select(QualityReview)
        .where(QualityReview.id == review_id)
        .options(
            call.joinedload(Call.outcome),
            call.joinedload(Call.debtor),
            call.joinedload(Call.contact_point),
            joinedload(QualityReview.operator),
            joinedload(QualityReview.scored_by),
            selectinload(QualityReview.marks).joinedload(QualityMark.criterion),
        )
        .execution_options(populate_existing=True)
    )


def call_facts(session: Session, settings: Settings, review: QualityReview) -> CallFacts:
    """The facts of the call of ``review``."""
    call = review.call
    key = session.scalars(text(FIRST_KEY), {"call_id": call.id}).one()
    claim = session.scalar(select(Claim).where(Claim.key == key))
    dialled = _dialled(session, key)
    return CallFacts(
        lasted=call.ended_at - call.started_at,
        checks=session.scalars(
            select(IdentityCheck).where(IdentityCheck.claim_key == key).order_by(IdentityCheck.id)
        ).all(),
        dialled=[(at, point.shown) for at, point in dialled],
        script=script_for(session, claim.reasons) if claim else None,
        corrected=session.scalar(select(Call.id).where(Call.corrects_id == call.id)) is not None,
        recording=_recording(session, settings, call, [point for _at, point in dialled]),
    )


def _dialled(session: Session, key: UUID) -> list[tuple[datetime, ContactPoint]]:
    rows = session.execute(
        select(ContactAttempt.at, ContactPoint)
        .join(ContactPoint, ContactPoint.id == ContactAttempt.contact_point_id)
        .where(ContactAttempt.claim_key == key)
        .order_by(ContactAttempt.id)
    )
    return [(at, point) for at, point in rows]


def _recording(
    session: Session, settings: Settings, call: Call, dialled: Sequence[ContactPoint]
) -> str | None:
    """By the number that was spoken on: the call's own, else the last one dialled."""
    point = call.contact_point or (dialled[-1] if dialled else None)
    extension = session.scalar(select(Staff.extension).where(Staff.user_id == call.operator_id))
    started = local(call.started_at, settings["zone"])
    return recording_link(
        settings["recording_link"],
        {
            "call": str(call.id),
            "extension": extension or "",
            "number": point.value if point else "",
            "day": f"{started:%Y-%m-%d}",
            "time": f"{started:%H%M%S}",
        },
    )


def reviewed_operators(session: Session) -> list[tuple[int, str]]:
    """``(id, name)`` of whoever has a scored review, those who left too."""
    scored = select(QualityReview.operator_id).where(QualityReview.scored_at.is_not(None))
    users = select(User.id, User.first_name, User.last_name).where(User.id.in_(scored))
    found = session.execute(users.order_by(User.first_name, User.last_name, User.id))
    return [(key, f"{first} {last}") for key, first, last in found]


def waiting_of(session: Session, sample_id: int) -> int:
    """How many calls of the sample nobody has scored yet."""
    query = select(func.count(QualityReview.id)).where(
        QualityReview.sample_id == sample_id, QualityReview.scored_at.is_(None)
    )
    return session.scalar(query) or 0
