"""An agreement on paper and as a workbook.

The legal basis is the text in force on the day of the approval; of a proposal, today's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.agreements.models import Agreement, AgreementBill
from app.agreements.reading import CountedPayment, ScheduleLine, counted_payments, schedule_of
from app.agreements.texts import LINE_STATES, STATES
from app.core.agent import Agent
from app.core.clock import local, local_day
from app.core.list_files import FORMS
from app.core.money import money, plain_decimal
from app.core.pdf import PDF, letterhead, render_pdf
from app.core.setting import PLACEHOLDER
from app.core.settings import Settings, settings_on
from app.core.sheet import Sheet, Styles
from app.core.xlsx import new_workbook

#: Form → what a browser is told that it is.
DOCUMENTS: Mapping[str, str] = {"pdf": PDF, "xlsx": FORMS["xlsx"].mimetype}
#: Nobody has decided yet: what is printed binds nobody.
_PROPOSED = ("draft", "pending")
#: Of these there is nothing to sign.
_ENDED = ("refused", "void", "cancelled", "broken")
_NOTHING = "—"


def document_of(
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    agreement: Agreement,
    form: str,
) -> BinaryIO:
    """The agreement as ``pdf`` or ``xlsx``, from its beginning; KeyError for another form."""
    write = {"pdf": _write_pdf, "xlsx": _write_xlsx}[form]
    target = BytesIO()
    write(target, session, agent, now, settings, agreement)
    target.seek(0)
    return target


def legal_basis(session: Session, settings: Settings, agreement: Agreement) -> str:
    """The text under which it was approved, or would be today, with its placeholders filled in."""
    text = settings["agreement_legal_basis"]
    if agreement.decided_at is not None:
        day = local_day(agreement.decided_at, settings["zone"])
        text = settings_on(session, day)["agreement_legal_basis"]
    values = _placeholders(settings, agreement)
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def _placeholders(settings: Settings, agreement: Agreement) -> dict[str, str]:
    dues = {due.number: due for due in agreement.instalments}
    down, last = dues.get(0), agreement.instalments[-1]
    return {
        "company": settings["company"],
        "number": agreement.number,
        "name": agreement.debtor.name,
        "identification": agreement.debtor.identification or _NOTHING,
        "account": agreement.account.number,
        "address": agreement.account.address or _NOTHING,
        "capital": money(agreement.capital),
        "total": money(agreement.total),
        "down_payment": money(down.amount if down else Decimal(0)),
        "down_due_on": _day(down.due_on if down else dues[1].due_on),
        "months": str(agreement.months),
        "first_due_on": _day(dues[1].due_on),
        "last_due_on": _day(last.due_on),
        "grace_days": str(agreement.grace_days),
    }


# --- on paper


def _write_pdf(
    target: BinaryIO,
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    agreement: Agreement,
) -> None:
    data = paper_of(session, agent, now, settings, agreement)
    target.write(render_pdf("agreements/document.typ", data))


def paper_of(
    session: Session, agent: Agent, now: datetime, settings: Settings, agreement: Agreement
) -> dict[str, Any]:
    """Every word of the printed agreement, for ``agreements/document.typ``."""
    return {
        "letterhead": letterhead(
            settings,
            agent,
            now,
            title=_("Payment agreement"),
            about=agreement.number,
            informed=_dated(agreement, settings),
        ),
        "mark": _mark(agreement),
        "parts": [
            _part(_("Parties"), _parties(settings, agreement)),
            _part(_("Terms"), _terms(agreement)),
        ],
        "bills": _bills(agreement),
        "schedule": _schedule(agreement),
        "guarantee": _part(_("Guarantee"), _guarantee(agreement)),
        "legal": {
            "title": _("Legal basis"),
            "paragraphs": legal_basis(session, settings, agreement).split("\n\n"),
        },
        "signed": _("Place and date"),
        "signatures": [] if agreement.state in _ENDED else _signatures(settings, agreement),
    }


def _dated(agreement: Agreement, settings: Settings) -> str:
    if agreement.decided_at is None or agreement.state == "refused":
        return ""
    return _("Approved on %(day)s", day=_day(local_day(agreement.decided_at, settings["zone"])))


def _mark(agreement: Agreement) -> str:
    if agreement.state in _PROPOSED:
        return _("PROPOSAL: it has no effect until it is approved")
    return str(STATES[agreement.state]).upper() if agreement.state in _ENDED else ""


def _part(title: str, pairs: list[list[str]]) -> dict[str, Any]:
    return {"title": title, "pairs": pairs}


def _parties(settings: Settings, agreement: Agreement) -> list[list[str]]:
    return [
        [_("Holder"), agreement.debtor.name],  # at the left, his identification and address below
        [_("Creditor"), settings["company"]],
        [_("Identification"), agreement.debtor.identification or _NOTHING],
        [_("Account"), f"{agreement.account.number} · {agreement.account.portfolio.name}"],
        [_("Address"), agreement.account.address or _NOTHING],
    ]


def _terms(agreement: Agreement) -> list[list[str]]:
    down = sum((due.amount for due in agreement.instalments if due.number == 0), Decimal(0))
    pairs = [
        [_("Capital put off"), f"$ {money(agreement.capital)}"],
        [_("Down payment"), f"$ {money(down)}"],
        [_("Instalments"), str(agreement.months)],
        [_("Total to be paid"), f"$ {money(agreement.total)}"],
        [_("Grace days of an instalment"), str(agreement.grace_days)],
    ]
    if agreement.rate_percent:
        pairs.append([_("Yearly interest"), f"{plain_decimal(agreement.rate_percent)} %"])
    return pairs


def _bills(agreement: Agreement) -> dict[str, Any]:
    return {
        "title": _("Bills that it stands on"),
        "heads": [_("Bill"), _("Due"), _("Owed")],
        "rows": [[_bill_name(b), _day(b.bill.due_on), money(b.amount)] for b in agreement.bills],
        "total": [_("Total"), "", money(sum((b.amount for b in agreement.bills), Decimal(0)))],
    }


def _bill_name(bill: AgreementBill) -> str:
    return bill.bill.number or _NOTHING


def _schedule(agreement: Agreement) -> dict[str, Any]:
    return {
        "title": _("Schedule of payments"),
        "heads": [_("Instalment"), _("To be paid by"), _("Amount"), _("Sum so far")],
        "rows": [
            [_instalment(due.number), _day(due.due_on), money(due.amount), money(due.cumulative)]
            for due in agreement.instalments
        ],
        "total": [_("Total"), "", money(agreement.total), ""],
    }


def _instalment(number: int) -> str:
    return str(number) if number else _("Down payment")


def _guarantee(agreement: Agreement) -> list[list[str]]:
    """What there is of it."""
    pairs = [
        [_("Guarantor"), agreement.guarantor_name],
        [_("Identification"), agreement.guarantor_identification],
        [_("Telephone"), agreement.guarantor_phone],
        [_("Guarantee"), agreement.guarantee],
    ]
    return [pair for pair in pairs if pair[1]]


def _signatures(settings: Settings, agreement: Agreement) -> list[list[str]]:
    """Who signs, and as what."""
    signing = [
        [agreement.debtor.name, _("ID %(number)s", number=agreement.debtor.identification or "")],
        [settings["company"], _approver(agreement)],
    ]
    if agreement.guarantor_name:
        number = agreement.guarantor_identification
        signing.insert(1, [agreement.guarantor_name, _("Guarantor, ID %(number)s", number=number)])
    return signing


def _approver(agreement: Agreement) -> str:
    by = agreement.decided_by
    return _("Approved by %(name)s", name=by) if by else _("Approved by")


# --- as a workbook


def _write_xlsx(
    target: BinaryIO,
    session: Session,
    agent: Agent,
    now: datetime,
    settings: Settings,
    agreement: Agreement,
) -> None:
    today = local_day(now, settings["zone"])
    heading = [
        _("Agreement %(number)s", number=agreement.number)
        + f" · {STATES[agreement.state]} · {settings['company']}",
        f"{agreement.debtor.name} · {agreement.debtor.identification or _NOTHING}"
        f" · {agreement.account.number} · "
        + _(
            "Printed on %(moment)s by %(who)s",
            moment=f"{local(now, settings['zone']):%d/%m/%Y %H:%M}",
            who=agent.name,
        ),
    ]
    with new_workbook(target) as book:
        styles = Styles(book)

        def sheet(name: str) -> Sheet:
            return Sheet(book, styles, name, heading)

        _schedule_sheet(sheet, agreement, schedule_of(agreement, today))
        _bills_sheet(sheet, agreement)
        _payments_sheet(sheet, counted_payments(session, agreement.id, today))


def _schedule_sheet(
    sheet: Callable[[str], Sheet], agreement: Agreement, lines: Sequence[ScheduleLine]
) -> None:
    page = sheet(_("Schedule"))
    page.columns(
        (_("Instalment"), 16),
        (_("To be paid by"), 14),
        (_("Amount"), 14),
        (_("Paid"), 14),
        (_("To come"), 14),
        (_("State"), 16),
    )
    for line in lines:
        state = str(LINE_STATES[line.state])
        name = _instalment(line.number)
        page.write(name, line.due_on, line.amount, line.paid, line.left, state)
    paid = sum((line.paid for line in lines), Decimal(0))
    page.total(_("Total"), None, agreement.total, paid, agreement.total - paid)


def _bills_sheet(sheet: Callable[[str], Sheet], agreement: Agreement) -> None:
    page = sheet(_("Bills"))
    page.columns((_("Bill"), 24), (_("Due"), 14), (_("Owed"), 14))
    for bill in agreement.bills:
        page.write(_bill_name(bill), bill.bill.due_on, bill.amount)
    page.total(_("Total"), None, sum((b.amount for b in agreement.bills), Decimal(0)))


def _payments_sheet(sheet: Callable[[str], Sheet], payments: Sequence[CountedPayment]) -> None:
    page = sheet(_("Payments"))
    page.columns((_("Paid on"), 14), (_("Amount"), 14), (_("Channel"), 24), (_("Reference"), 24))
    for payment in payments:
        page.write(payment.paid_on, payment.amount, payment.channel, payment.reference)
    page.total(_("Total"), sum((p.amount for p in payments), Decimal(0)))


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else _NOTHING
