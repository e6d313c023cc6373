"""What is owed: portfolios, accounts, bills and their balance's history."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.columns import BigKey, Moment, Money, SmallKey, ref


class Portfolio(Model):
    """A named cartera: account numbers, as-of dates and closing are per portfolio."""

    __tablename__ = "portfolio"

    id: Mapped[SmallKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    #: As-of date of the last complete load.
    as_of: Mapped[date | None] = mapped_column(Date)
    loaded_at: Mapped[Moment | None]

    def __repr__(self) -> str:
        return self.name


class Account(Model):
    """A contract or supply of a person, as the last load gave it."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("portfolio_id", "number_key"),
        Index("ix_account_number_key", "number_key"),
        Index("ix_account_open", "portfolio_id", postgresql_where="closed_on IS NULL"),
        Index("ix_account_balance_id", "balance", "id"),
        Index("ix_account_sector_id", "sector", "id"),
        Index("ix_account_oldest_due_on_id", "oldest_due_on", "id"),
        # Accounts without a day stay last in either direction.
        Index(
            "ix_account_oldest_due_on_down", text("oldest_due_on DESC NULLS LAST"), text("id DESC")
        ),
        CheckConstraint("disputed_balance >= 0", name="disputed_not_negative"),
    )

    id: Mapped[BigKey]
    portfolio_id: Mapped[int] = ref("portfolio", index=False)
    debtor_id: Mapped[int] = ref("debtor")
    #: As it came; ``number_key`` is what is compared (no leading zeros, spaces or separators).
    number: Mapped[str] = mapped_column(String(40))
    number_key: Mapped[str] = mapped_column(String(40))
    service: Mapped[str] = mapped_column(String(60), default="", server_default="")
    category: Mapped[str] = mapped_column(String(60), default="", server_default="")
    connection_status: Mapped[str] = mapped_column(String(60), default="", server_default="")
    sector: Mapped[str] = mapped_column(String(120), default="", server_default="")
    address: Mapped[str] = mapped_column(String(250), default="", server_default="")
    latitude: Mapped[Any | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Any | None] = mapped_column(Numeric(9, 6))
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    #: The last load's balance; what is owed *now* is `app.debts.queries.OWED`.
    balance: Mapped[Money]
    bills_count: Mapped[int] = mapped_column(Integer, default=0)
    oldest_due_on: Mapped[date | None] = mapped_column(Date)
    #: Imported debt under an agreement, beside the balance; shown, not collected by phone.
    agreed_balance: Mapped[Money] = mapped_column(default=0, server_default="0")
    #: What an agreement made here covers of the debt and has not fallen due: not to be asked for otherwise.
    #: Written by `app.agreements.judging` alone.
    covered: Mapped[Money] = mapped_column(default=0, server_default="0")
    #: USD of its bills that a hold keeps from being collected (a complaint made here). Written by
    #: `app.holds.contested` alone.
    contested: Mapped[Money] = mapped_column(default=0, server_default="0")
    #: Since when it is in the hands of enforcement (coactiva) and nobody calls about it. Written by
    #: `app.referrals` alone.
    enforced_at: Mapped[Moment | None]
    #: Under complaint according to the last load: the whole account, or the amount where given.
    in_complaint: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    disputed_balance: Mapped[Money] = mapped_column(default=0, server_default="0")
    balance_as_of: Mapped[date] = mapped_column(Date)
    #: The as-of date of the complete load in which it no longer came.
    closed_on: Mapped[date | None] = mapped_column(Date)
    load_id: Mapped[int] = ref("load", index=False)
    #: The digests of the account's rows, sorted and joined: known rows are not read a second time.
    row_hash: Mapped[bytes] = mapped_column(LargeBinary)
    #: Its rows had problems, which each load tells again.
    flawed: Mapped[bool] = mapped_column(Boolean, default=True, server_default="true")

    portfolio: Mapped[Portfolio] = relationship()
    debtor = relationship("Debtor", back_populates="accounts")
    bills: Mapped[list[Bill]] = relationship(
        back_populates="account", order_by="Bill.due_on, Bill.id"
    )

    @property
    def masked_number(self) -> str:
        """The last two characters, the rest dots."""
        return "••••" + self.number_key[-2:]

    def __repr__(self) -> str:
        return self.number


class Bill(Model):
    """A planilla; a file with one row an account makes one grouped bill of ``bills_count``."""

    __tablename__ = "bill"
    __table_args__ = (UniqueConstraint("account_id", "number"),)

    id: Mapped[BigKey]
    account_id: Mapped[int] = ref("account", index=False)
    number: Mapped[str] = mapped_column(String(60))
    bills_count: Mapped[int] = mapped_column(Integer, default=1)
    issued_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[Money | None]
    interest: Mapped[Money | None]
    balance: Mapped[Money]
    closed_on: Mapped[date | None] = mapped_column(Date)

    account: Mapped[Account] = relationship(back_populates="bills")

    @property
    def is_grouped(self) -> bool:
        """It stands for the planillas of its account, whose numbers did not come."""
        return self.bills_count > 1 or self.number in ("", "AGRUPADA")


class BalanceHistory(Model):
    """The balance an account had as of a load, written when it is new, changed or closed."""

    __tablename__ = "balance_history"
    __table_args__ = (UniqueConstraint("account_id", "load_id"),)

    id: Mapped[BigKey]
    account_id: Mapped[int] = ref("account", index=False)
    load_id: Mapped[int] = ref("load")
    as_of: Mapped[date] = mapped_column(Date)
    balance: Mapped[Money]
    bills_count: Mapped[int] = mapped_column(Integer)
    oldest_due_on: Mapped[date | None] = mapped_column(Date)
