"""The statement of account as a file, PDF or XLSX, for whoever may have it; each is a row of the access log."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.access.log import log_access
from app.calls.sheet import Statement, person_of, statement_of
from app.calls.statement_document import Cell, Document, Table, statement_document
from app.core import clock, web
from app.core.agent import Agent
from app.core.attached import attached
from app.core.money import money
from app.core.pdf import PDF, letterhead, render_pdf
from app.core.settings import Settings
from app.core.sheet import Sheet, Styles
from app.core.xlsx import XLSX, new_workbook
from app.payments.means import offered_means


@dataclass(frozen=True, slots=True)
class StatementFile:
    """``name`` tells the last two of the account and the day: nothing that a mask hides."""

    content: bytes
    mimetype: str
    name: str


def make_statement(session: Session, debtor_id: int, form: str) -> StatementFile:
    """The person's statement as ``form`` (pdf, xlsx) for the signed-in person, logged as a download.

    Whether they may have it the caller has decided. KeyError for another form, LookupError for nobody.
    """
    person = person_of(session, debtor_id)
    if person is None:
        raise LookupError(debtor_id)
    write, mimetype = FORMS[form]
    settings, agent, now = web.settings(), web.agent(), clock.utcnow()
    statement = statement_of(session, settings, now, person)
    document = statement_document(statement, person, offered_means(session, statement.today))
    head = _letterhead(settings, agent, now, statement, document)
    rows = len(statement.bills)
    log_access(session, agent, now, "download", f"statement {form}", debtor_id=person.id, rows=rows)
    return StatementFile(write(document, head), mimetype, f"{_file_name(statement)}.{form}")


def send_statement(file: StatementFile) -> Response:
    """``file`` as the answer that a browser saves."""
    return attached(io.BytesIO(file.content), file.mimetype, file.name)


def _file_name(statement: Statement) -> str:
    account = [statement.lines[0].account.masked_number[-2:]] if statement.lines else []
    return "-".join([_("statement-of-account"), *account, statement.today.isoformat()])


def _letterhead(
    settings: Settings, agent: Agent, now: datetime, statement: Statement, document: Document
) -> dict[str, Any]:
    return letterhead(
        settings,
        agent,
        now,
        title=_("Statement of account"),
        about=document.about,
        informed=_("information as of %(moment)s", moment=web.moment(statement.informed_at)),
    )


def _write_pdf(document: Document, head: Mapping[str, Any]) -> bytes:
    return render_pdf(
        "calls/statement.typ",
        {
            "letterhead": head,
            "facts": document.facts[1:],
            "figures": [[label, f"$ {money(amount)}"] for label, amount in document.figures],
            "nothing": "" if document.tables else _("Nothing is owed."),
            "tables": [_printed(table) for table in document.tables],
        },
    )


def _printed(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "heads": [column.label for column in table.columns],
        "widths": [column.width for column in table.columns],
        "numbers": [n for n, column in enumerate(table.columns) if column.is_number],
        "rows": [[_text(cell) for cell in row] for row in table.rows],
        "total": table.total and [_text(cell, "") for cell in table.total],
    }


def _text(cell: Cell, nothing: str = "—") -> str:
    if cell is None:
        return nothing
    if isinstance(cell, Decimal):
        return money(cell)
    return web.day(cell) if isinstance(cell, date) else str(cell)


def _write_xlsx(document: Document, head: Mapping[str, Any]) -> bytes:
    content = io.BytesIO()
    with new_workbook(content) as book:
        styles = Styles(book)
        heading = [
            f"{head['company']} · {head['title']} · {head['about']}",
            f"{head['informed']} · {head['printed']}",
        ]
        summary = Sheet(book, styles, head["title"][:31], heading)
        summary.widths(48, 40)
        for label, value in (*document.facts, *document.figures):
            summary.write(label, value)
        for table in document.tables:
            _write_table(Sheet(book, styles, table.name, heading), table)
    return content.getvalue()


def _write_table(sheet: Sheet, table: Table) -> None:
    sheet.columns(*((column.label, column.width) for column in table.columns))
    for row in table.rows:
        sheet.write(*row)
    if table.total is not None:
        label, *cells = table.total
        sheet.total(str(label), *cells)


_Writer = Callable[[Document, Mapping[str, Any]], bytes]
FORMS: Mapping[str, tuple[_Writer, str]] = {"pdf": (_write_pdf, PDF), "xlsx": (_write_xlsx, XLSX)}
