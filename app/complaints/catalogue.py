"""What complaints are about, as setup proposes it; afterwards the catalogue is the unit's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.complaints.adopting import adopt_disputes
from app.complaints.models import ComplaintCategory
from app.models import Area

_COLUMNS = ("name", "area_id", "position", "business_days", "warn_days", "needs_bills")
_BILLING, _ATTENTION, _ARCHIVE = "Facturación", "Atención al usuario", "Archivo"
#: What users of a water or power utility complain about; None: the desk says which area answers.
_CATEGORIES: tuple[tuple[str, str | None, int, int, bool], ...] = (
    ("Consumo elevado", _BILLING, 15, 3, True),
    ("Error de lectura", _BILLING, 10, 2, True),
    ("Fuga interna", _BILLING, 15, 3, True),
    ("Fuga externa", _ATTENTION, 10, 2, True),
    ("Cobro indebido o duplicado", _BILLING, 10, 2, True),
    ("Pago no registrado", _BILLING, 8, 2, True),
    ("Titularidad de la cuenta", _ARCHIVE, 15, 3, True),
    ("Servicio no prestado", _ATTENTION, 10, 2, True),
    ("Atención recibida", _ATTENTION, 8, 2, False),
    ("Otro", None, 15, 3, False),
)


def seed_categories(session: Session, now: datetime) -> None:
    """Into an empty catalogue only: a category that somebody deleted does not come back. One whose area is
    called otherwise goes to the desk, and so does what the release before left under a hold."""
    if session.scalar(select(ComplaintCategory.id).limit(1)) is not None:
        return
    areas: dict[str | None, int] = {
        name: key for name, key in session.execute(select(Area.name, Area.id).where(Area.is_active))
    }
    session.execute(
        insert(ComplaintCategory),
        [
            dict(zip(_COLUMNS, (name, areas.get(area), n, *rest), strict=True))
            for n, (name, area, *rest) in enumerate(_CATEGORIES, 1)
        ],
    )
    last = select(ComplaintCategory).order_by(ComplaintCategory.position.desc()).limit(1)
    adopt_disputes(session, now, session.scalars(last).one())
