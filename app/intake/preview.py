"""What a layout would make of a file, before anything is kept of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from flask_babel import lazy_gettext as _l

from app.core.errors import RuleBroken
from app.intake.layout import Layout
from app.intake.reading import Table
from app.intake.records import (
    AccountRow,
    Footer,
    PaymentRow,
    RejectedRow,
    read_payments,
    read_portfolio,
)


@dataclass(slots=True)
class Preview:
    """Totals of the rows read. USD; ``footer`` is the TOTAL row's own figure, when it has been met."""

    kind: str
    rows: int = 0
    accounts: int = 0
    bills: int = 0
    amount: Decimal = Decimal(0)
    rejected: int = 0
    footer: Decimal | None = None
    #: The file goes on: only its first rows were read.
    cut: bool = False
    problems: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, object]:
        """As the command prints it; the amount is a string."""
        figures: dict[str, object] = {
            "rows": self.rows,
            "accounts": self.accounts,
            "rejected": self.rejected,
        }
        if self.kind == "payments":
            return figures | {"amount": str(self.amount)}
        return figures | {"bills": self.bills, "balance": str(self.amount)}


def preview(table: Table, layout: Layout, area_prefix: str, most: int | None = None) -> Preview:
    """Read ``table`` with ``layout``, at most ``most`` rows; RuleBroken when it does not fit or no row
    can be read."""
    read = read_payments if layout.kind == "payments" else read_portfolio
    footer, accounts = Footer(), set()
    found = Preview(layout.kind)
    rows = read(table, layout, area_prefix, footer)
    for row in rows if most is None else islice(rows, most):
        found.rows += 1
        if isinstance(row, RejectedRow):
            found.rejected += 1
            found.problems[row.problem[0]] += 1
            continue
        accounts.add(row.account_key)
        _add(found, row)
    found.cut = most is not None and next(iter(rows), None) is not None
    if found.rows == found.rejected:
        raise RuleBroken(
            _l("No row of the file could be read with layout «%(name)s».", name=layout.name)
        )
    found.accounts, found.footer = len(accounts), footer.total
    return found


def _add(found: Preview, row: AccountRow | PaymentRow) -> None:
    if isinstance(row, PaymentRow):
        found.amount += row.amount
        return
    found.bills += row.bills_count
    found.amount += row.balance
    found.problems.update({kind for kind, _column, _value in row.problems})
