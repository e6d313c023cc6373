"""Portfolios of utilities nobody has seen: suggested right to the cent, or plainly marked as unsure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.debts.numbers import account_key
from app.intake.reading import open_table
from app.intake.records import AccountRow, Footer, read_payments, read_portfolio
from app.intake.suggest import suggest
from tests.unseen import debts
from tests.unseen_utilities import UTILITIES, Utility, comma, current, due, interest, overdue, plain

#: Under this the screen says «doubtful».
DOUBTFUL = 55
MUST = (
    ("CUENTA", lambda d: d.account),
    ("CLIENTE", lambda d: d.name),
    ("CEDULA", lambda d: d.identification),
    ("PLANILLAS", lambda d: len(d.bills)),
)


@pytest.mark.parametrize("seed", [101, 102, 103])
@pytest.mark.parametrize("utility", UTILITIES.values(), ids=UTILITIES)
def test_each_utility_is_suggested_right_without_a_hand(tmp_path, utility, seed):
    owed = debts(seed)
    table = open_table(utility.write(tmp_path, owed))
    found, footer = suggest(table), Footer()
    rows = list(read_portfolio(table, found.layout(), "05", footer))
    assert (found.kind, found.granularity) == ("portfolio", "account")
    assert [row for row in rows if not isinstance(row, AccountRow)] == []
    assert [row.problems for row in rows if row.problems] == []
    assert {row.account_key: (row.balance, row.name.upper(), row.bills_count) for row in rows} == {
        account_key(utility.account(debt)): (utility.owed(debt), debt.name, len(debt.bills))
        for debt in owed
    }
    assert footer.total in (None, sum(map(utility.owed, owed)))
    assert [row.due_on for row in rows if row.due_on] in ([], [due(debt) for debt in owed])
    assert found.percent >= DOUBTFUL


def test_two_telephones_and_two_halves_of_a_name_are_one_person(tmp_path):
    owed = debts(5)
    table = open_table(UTILITIES["surnames, names and two telephones"].write(tmp_path, owed))
    first = next(iter(read_portfolio(table, suggest(table).layout(), "05", Footer())))
    assert (first.name, first.phones) == (
        owed[0].name,
        ["+59342345678", f"+593{owed[0].phone[1:]}"],
    )


_UNSURE = {
    "whole numbers: dollars or cents": ("balance", "cents", lambda d: str(int(d.balance * 100))),
    "a comma before three digits": ("balance", "decimal", lambda d: f"{d.account:,}"),
    "a point before three digits": (
        "balance",
        "decimal",
        lambda d: f"{d.account:,}".replace(",", "."),
    ),
}


@pytest.mark.parametrize("suffix", ["csv", "ods"])
@pytest.mark.parametrize("case", _UNSURE.values(), ids=_UNSURE)
def test_an_amount_that_may_mean_two_things_is_never_sure(tmp_path, case, suffix):
    field, doubt, value = case
    utility = Utility((*MUST, ("SALDO", value)), suffix=suffix)
    found = suggest(open_table(utility.write(tmp_path, debts(7))), kind="portfolio")
    guess = next(guess for guess in found.columns if guess.field == field)
    assert guess.doubts == (doubt,)
    assert guess.word == "doubtful"
    assert found.percent < DOUBTFUL


def test_days_that_may_mean_two_things_are_never_sure(tmp_path):
    columns = (
        *MUST,
        ("VENCE", lambda d: f"{d.account % 12 + 1:02d}/{d.account % 11 + 1:02d}/2026"),
        ("SALDO", lambda d: plain(d.balance)),
    )
    found = suggest(open_table(Utility(columns).write(tmp_path, debts(7))))
    day = next(guess for guess in found.columns if guess.field == "due_on")
    assert (day.doubts, day.word) == (("days",), "doubtful")


def test_one_row_that_decides_the_order_of_the_days_decides_it_for_all(tmp_path):
    lines = [f"{n}00;LOOR ANA;0{n % 9 + 1}/0{n % 8 + 1}/2026;{n},50" for n in range(10, 200)]
    lines.append("900;MERA LUIS;02/28/2026;3,50")
    path = tmp_path / "mes.csv"
    path.write_text("\n".join(("CUENTA;NOMBRE;VENCE;SALDO", *lines)), "utf-8")
    table = open_table(path)
    found = suggest(table)
    rows = list(read_portfolio(table, found.layout(), "05", Footer()))
    assert next(g for g in found.columns if g.field == "due_on").doubts == ()
    assert (rows[0].due_on, rows[-1].due_on) == (date(2026, 2, 3), date(2026, 2, 28))


@pytest.mark.parametrize(
    "heads", [("SALDO", "DEUDA"), ("SALDO A", "SALDO B"), ("TOTAL", "SALDO")], ids=" ".join
)
def test_two_balances_that_no_sum_tells_apart_are_never_sure(tmp_path, heads):
    one, other = heads
    columns = (
        *MUST,
        (one, lambda d: plain(d.balance)),
        (other, lambda d: plain(d.balance + d.account)),
    )
    found = suggest(open_table(Utility(columns).write(tmp_path, debts(7))))
    guess = next(guess for guess in found.columns if guess.field == "balance")
    assert (guess.doubts, guess.word) == (("rival",), "doubtful")


def test_of_columns_that_look_alike_the_sum_is_the_balance_whatever_they_are_called(tmp_path):
    columns = (
        *MUST,
        ("VALOR 1", lambda d: comma(interest(d))),
        ("VALOR 2", lambda d: comma(d.balance)),
        ("VALOR 3", lambda d: comma(current(d))),
        ("VALOR 4", lambda d: comma(overdue(d))),
    )
    owed = debts(9)
    table = open_table(Utility(columns).write(tmp_path, owed))
    found = suggest(table, kind="portfolio")
    rows = read_portfolio(table, found.layout(), "05", Footer())
    assert sum(row.balance for row in rows) == sum(debt.balance for debt in owed)
    assert next(guess for guess in found.columns if guess.field == "balance").word == "sure"


def test_english_payments_with_a_minus_behind_are_read_to_the_cent(tmp_path):
    lines = [
        f"R{n};{n:06d};{n % 28 + 1:02d}112026;{'12,50-' if n % 9 == 0 else '12,50'};Bank"
        for n in range(40)
    ]
    path = tmp_path / "pagos.csv"
    path.write_text("\n".join(("Receipt;Account;Date paid;Amount paid;Channel", *lines)), "utf-8")
    table = open_table(path)
    found = suggest(table)
    rows = list(read_payments(table, found.layout(), "05", Footer()))
    assert found.kind == "payments"
    assert sum(row.amount for row in rows) == Decimal("12.50") * (35 - 5)
    assert rows[3].paid_on == date(2026, 11, 4)
