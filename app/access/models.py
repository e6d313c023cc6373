"""Who looked at personal data, and who may."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import BigKey, Moment, ref


class AccessLog(Model):
    """A view, a search or a download of personal data. Written once, read by the auditor."""

    __tablename__ = "access_log"
    __table_args__ = (Index("ix_access_log_debtor_at", "debtor_id", "at"),)

    id: Mapped[BigKey]
    at: Mapped[Moment] = mapped_column(index=True)
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"), index=True)
    ip: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str | None] = mapped_column(String(40))
    #: view | search | download | identity_passed | identity_missed
    kind: Mapped[str] = mapped_column(String(20))
    #: what was opened: a screen's or a file's name, never what was typed
    what: Mapped[str] = mapped_column(String(120))
    debtor_id: Mapped[int | None] = ref("debtor", index=False)
    rows: Mapped[int | None] = mapped_column(Integer)
