"""A unit over the files of its small utility: what its people and its nights do, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from app.agreements.judging import check_agreements
from app.calls.dialling import attend, dial
from app.calls.effects import CallResult
from app.calls.identity import check_identity
from app.calls.models import Call
from app.calls.service import record_call
from app.contact_rules.service import may_contact
from app.core.agent import SYSTEM
from app.core.settings import Settings
from app.followup.service import run_followup
from app.intake.files import keep_path
from app.intake.receiving import receive_load
from app.jobs import load_and_follow
from app.models import Account, Load, WorklistItem
from tests.utility import Customer, payments_file, portfolio_file

SETTINGS = Settings({})
ZONE = SETTINGS["zone"]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """That moment of the clock in Guayaquil."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) + timedelta(hours=5)


class Unit:
    """The deeds of the unit's people over the utility's files, day by day."""

    def __init__(self, app, session, people, folder, customers: Sequence[Customer]):
        self.var, self.session, self.people, self.folder = (
            app.config["VAR"],
            session,
            people,
            folder,
        )
        self.customers = customers

    def load(self, kind: str, path, now: datetime, as_of: date | None = None) -> Load:
        received = receive_load(
            self.session,
            self.people.eva,
            now,
            kind=kind,
            portfolio_name="planillas",
            as_of=as_of,
            partial=False,
            stored=keep_path(self.var, path),
        )
        load = load_and_follow(
            self.session, self.people.eva, self.var, now, received.id, lambda _: None
        )
        self.session.execute(sa.text("DISCARD TEMPORARY"))  # as the commit would
        self.session.expire_all()
        assert load.status == "applied", load.refusal
        return load

    def week(self, day: date) -> None:
        """The Friday's portfolio comes in on its evening."""
        path = portfolio_file(self.folder / f"{day}.xlsx", self.customers, day)
        self.load("portfolio", path, at(day, 18), day)

    def pay(self, now: datetime, *paid: tuple[Customer, date, str]) -> None:
        path = payments_file(self.folder / f"{now:%Y%m%d}.csv", list(paid))
        self.load("payments", path, now)

    def account(self, customer: Customer) -> Account:
        return self.session.scalars(
            sa.select(Account).where(Account.number_key == customer.account)
        ).one()

    def calls(
        self, customer: Customer, now: datetime, result: CallResult, *, verified: bool = True
    ) -> Call:
        """Ana dials the newest number that serves; the holder says the account's number."""
        session, ana, account = self.session, self.people.ana, self.account(customer)
        claim = attend(session, ana, SETTINGS, now, account.debtor_id, "outgoing")
        points = [
            p for p in account.debtor.contact_points if p.kind == "phone" and p.state != "retired"
        ]
        assert dial(session, ana, SETTINGS, now, claim, points[-1].id).allowed
        if verified:
            assert check_identity(
                session, ana, SETTINGS, now, claim, account=account.number
            ).verified
        saved = now + timedelta(minutes=4)
        call, _is_new = record_call(session, ana, SETTINGS, saved, claim.key, result)
        self.session.expire_all()
        return call

    def run(self, day: date):
        """The night's run; nothing stored differs from what its definition gives."""
        result = run_followup(self.session, SYSTEM, at(day, 0, 5), day)
        self.session.expire_all()
        assert check_agreements(self.session, day) == []
        return result

    def refused(self, customer: Customer, now: datetime) -> tuple[str, ...]:
        debtor_id = self.account(customer).debtor_id
        return may_contact(self.session, SETTINGS, [debtor_id], "call", now)[debtor_id].refused_by

    def reasons(self, customer: Customer) -> list[str]:
        item = self.session.get(WorklistItem, self.account(customer).debtor_id)
        return [reason["code"] for reason in item.reasons] if item else []
