"""A file that nobody has described is suggested right without a hand: totals to the cent."""

from __future__ import annotations

import random

import pytest

from app.intake.layout import Layout
from app.intake.reading import open_table
from app.intake.records import AccountRow, Footer, PaymentRow, read_payments, read_portfolio
from app.intake.suggest import suggest
from tests import unseen


@pytest.mark.parametrize("seed", range(60))
def test_an_unseen_portfolio_is_suggested_right_without_a_hand(tmp_path, seed):
    dice = random.Random(seed)
    written, owed = unseen.Written.draw(dice), unseen.debts(seed)
    path = unseen.write(tmp_path / f"c.{written.suffix}", unseen.portfolio_rows(written, dice, owed), written)
    table = open_table(path)
    found = suggest(table, path.name)
    rows = list(read_portfolio(table, Layout.from_dict(found.to_dict()), "05", Footer()))
    assert [row for row in rows if not isinstance(row, AccountRow)] == []
    assert (found.kind, found.granularity) == ("portfolio", "bill" if written.by_bill else "account")
    assert sum(row.balance for row in rows) == sum(debt.balance for debt in owed)
    assert sum(row.bills_count for row in rows) == sum(len(debt.bills) for debt in owed)
    assert {row.account_key: (row.identification, row.name.upper(), row.phones) for row in rows} == {
        str(debt.account): (debt.identification, debt.name, ["+593" + debt.phone[1:]]) for debt in owed
    }


@pytest.mark.parametrize("reversal", ["none", "sign", "column"])
@pytest.mark.parametrize("seed", range(15))
def test_unseen_payments_are_suggested_right(tmp_path, seed, reversal):
    dice = random.Random(seed)
    written, owed = unseen.Written.draw(dice), unseen.debts(seed)
    rows, total = unseen.payment_rows(written, dice, owed, reversal)
    path = unseen.write(tmp_path / f"p.{written.suffix}", rows, written)
    table = open_table(path)
    found = suggest(table, path.name)
    read = list(read_payments(table, found.layout(), "05", Footer()))
    assert found.kind == "payments"
    assert all(isinstance(row, PaymentRow) for row in read)
    assert {row.account_key for row in read} == {str(debt.account) for debt in owed}
    assert sum(row.amount for row in read) == (total if reversal != "none" else sum(d.balance for d in owed))
