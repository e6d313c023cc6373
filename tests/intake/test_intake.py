"""Files on their way in: to the cent, every defect by name, all or nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.core.errors import RuleBroken
from app.debtors.service import retire_contact_point, verify_contact_point
from app.debts.service import find_portfolio
from app.intake.files import keep_path
from app.intake.layout import Layout
from app.intake.receiving import receive_load
from app.intake.service import apply_load, begin_apply, check_load, load_summary, problem_accounts
from app.models import Account, BalanceHistory, ContactPoint, Portfolio, SavedLayout, SettingValue
from tests.conftest import NOW
from tests.intake.floor import (
    DATA,
    DAY1,
    DAY2,
    PORTFOLIOS,
    account,
    content,
    control,
    counts,
    end_transaction,
    file_of,
    lines,
    totals,
)

# --- totals and defects


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_totals_and_defects_equal_the_control_to_the_cent(session, load, name):
    told = control(name)
    loaded = load(file_of(name, 1), as_of=DAY1)
    summary = load_summary(loaded)
    assert summary["status"] == "applied", summary
    assert {k: summary[k] for k in ("accounts", "bills", "balance")} == told["day1"]
    assert totals(session, name) == told["day1"]
    assert (summary["new"], summary["changed"], summary["unchanged"], summary["closed"]) == (
        told["day1"]["accounts"],
        0,
        0,
        0,
    )
    found = problem_accounts(session, loaded.id)
    for kind, accounts in told["planted"].items():
        got = found.get(kind, [])
        if kind == "two_phones_in_a_cell" and name == "guayas":
            assert set(accounts) <= set(got)
        else:
            assert sorted(got) == sorted(accounts), kind
    assert loaded.rejected == 0


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_the_same_file_again_changes_nothing(session, load, name):
    load(file_of(name, 1), as_of=DAY1)
    before, rows, balance = counts(session), content(session)[:5], totals(session, name)
    again = load(file_of(name, 1), as_of=DAY1, now=NOW + timedelta(hours=1))
    assert (again.status, again.new, again.changed, again.closed) == ("applied", 0, 0, 0)
    assert again.unchanged == balance["accounts"]
    assert (counts(session), content(session)[:5], totals(session, name)) == (before, rows, balance)


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_rows_that_are_known_still_tell_their_problems_and_totals(session, load, name):
    first = load(file_of(name, 1), as_of=DAY1)
    again = load(file_of(name, 1), as_of=DAY1, now=NOW + timedelta(hours=1))
    assert problem_accounts(session, again.id) == problem_accounts(session, first.id) != {}
    for figure in ("rows", "accounts", "bills", "amount", "footer_total", "problem_counts"):
        assert getattr(again, figure) == getattr(first, figure), figure


def test_another_way_of_reading_reads_known_rows_again(session, load):
    """Another prefix for local numbers: no cell of the file changed, what they say did."""
    first = load(file_of("manabi", 1), as_of=DAY1)
    session.add(
        SettingValue(name="area_prefix", value="04", holds_from=DAY1, set_at=NOW, set_by_id=None)
    )
    session.flush()
    again = load(file_of("manabi", 1), as_of=DAY1, now=NOW + timedelta(hours=1))
    assert (again.changed, again.unchanged, again.closed) == (first.new, 0, 0)


def test_a_bill_that_changed_leaves_the_others_of_its_account(session, load, tmp_path):
    head = "Contrato;Cédula;Nombre;Factura;Vence;Saldo\n"
    layout = Layout.from_dict(
        {
            "name": "facturas",
            "kind": "portfolio",
            "granularity": "bill",
            "has_header": True,
            "columns": [
                {"source": "Contrato", "field": "account"},
                {"source": "Cédula", "field": "identification"},
                {"source": "Nombre", "field": "name"},
                {"source": "Factura", "field": "bill_number"},
                {"source": "Vence", "field": "due_on"},
                {"source": "Saldo", "field": "balance"},
            ],
        }
    )
    session.add(
        SavedLayout(name="facturas", kind="portfolio", definition=layout.to_dict(), saved_at=NOW)
    )
    session.flush()
    path = tmp_path / "facturas.csv"
    one = "100;1714307103;LOOR ANA;{};09/01/2026;{}\n".format
    other = "200;1714307103;LOOR ANA;9;09/01/2026;7,00\n"
    path.write_text(head + one(1, "5,00") + one(2, "6,00") + one(2, "6,00") + other, "utf-8")
    load(path, as_of=DAY1)
    path.write_text(head + one(2, "6,00") + one(3, "4,00") + one(2, "6,00") + other, "utf-8")
    second = load(path, as_of=DAY2)
    assert (second.changed, second.unchanged, second.closed, second.rows) == (1, 1, 0, 4)
    assert second.amount == Decimal("23.00")
    owing = account(session, "100", "facturas")
    assert (owing.balance, owing.bills_count) == (Decimal("16.00"), 3)
    told = {b.number: (b.balance, b.closed_on) for b in owing.bills}
    assert told == {
        "1": (Decimal("5.00"), DAY2),
        "2": (Decimal("6.00"), None),
        "2 #2": (Decimal("6.00"), None),
        "3": (Decimal("4.00"), None),
    }
    again = load(path, as_of=DAY2, now=NOW + timedelta(hours=1))
    assert (again.changed, again.unchanged, again.amount) == (0, 2, Decimal("23.00"))


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_day_two_over_day_one_and_the_payments_between_them(session, load, name):
    told = control(name)
    load(file_of(name, 1), as_of=DAY1)
    paid = load(DATA / f"pagos_{name}.csv", "payments", name)
    assert paid.status == "applied", paid.refusal
    assert (paid.duplicates, paid.unknown_accounts) == (
        told["payments"]["duplicated"],
        told["payments"]["unknown_account"],
    )
    assert str(paid.amount) == told["payments"]["amount"]
    owed_now = totals(session, name)
    assert {k: owed_now[k] for k in ("accounts", "balance")} == {
        k: told["day2"][k] for k in ("accounts", "balance")
    }
    second = load(file_of(name, 2), as_of=DAY2)
    assert totals(session, name) == told["day2"]
    assert second.new + second.changed + second.unchanged == told["day2"]["accounts"]
    still_open = sa.select(sa.func.count()).select_from(Account).where(Account.closed_on.is_(None))
    assert session.scalar(still_open) == told["day2"]["accounts"]
    assert second.closed == told["day1"]["accounts"] + second.new - told["day2"]["accounts"]
    again = load(DATA / f"pagos_{name}.csv", "payments", name)
    assert (again.applied, str(again.amount)) == (0, "0.00")
    assert totals(session, name) == told["day2"]


def test_the_balance_keeps_its_history(session, load):
    load(file_of("manabi", 1), as_of=DAY1)
    second = load(file_of("manabi", 2), as_of=DAY2)
    history = session.execute(
        sa.select(BalanceHistory.load_id, sa.func.count()).group_by(BalanceHistory.load_id)
    )
    by_load = {load_id: n for load_id, n in history}
    assert by_load[second.id] == second.new + second.changed + second.closed
    gone = session.scalars(sa.select(Account).where(Account.closed_on == DAY2)).first()
    story = session.execute(
        sa.select(BalanceHistory.as_of, BalanceHistory.balance)
        .where(BalanceHistory.account_id == gone.id)
        .order_by(BalanceHistory.as_of)
    )
    assert [tuple(row) for row in story] == [(DAY1, gone.balance), (DAY2, Decimal("0.00"))]
    assert all(b.closed_on == DAY2 for b in gone.bills)


# --- order, parts, closing


def test_a_file_older_than_what_is_loaded_is_refused(session, load):
    load(file_of("manabi", 2), as_of=DAY2)
    before = content(session)
    with pytest.raises(RuleBroken, match="as of 20/11/2026, older than what is loaded"):
        load(file_of("manabi", 1), as_of=DAY1)
    assert content(session) == before


def test_a_file_of_a_day_that_has_not_come_is_refused(session, load):
    with pytest.raises(RuleBroken, match="that day has not come"):
        load(file_of("manabi", 1), as_of=date(2027, 11, 20))


def test_a_load_that_became_old_while_it_waited_changes_nothing(app, session, people, load):
    stored = keep_path(app.config["VAR"], file_of("manabi", 1))
    waiting = receive_load(
        session,
        people.eva,
        NOW,
        kind="portfolio",
        portfolio_name="manabi",
        as_of=DAY1,
        partial=False,
        stored=stored,
    )
    load(file_of("manabi", 2), portfolio="manabi", as_of=DAY2)
    before = content(session)
    late = apply_load(session, people.eva, app.config["VAR"], NOW, waiting.id, lambda _: None)
    assert late.status == "refused"
    assert "older" in late.refusal
    assert content(session) == before


def test_a_partial_load_closes_nobody_and_leaves_the_portfolio_its_date(session, load, rewritten):
    load(file_of("manabi", 1), as_of=DAY1)
    part = load(rewritten(lines("manabi", 1)[:3]), portfolio="manabi", as_of=DAY2, partial=True)
    assert (part.status, part.closed, part.unchanged) == ("applied", 0, 3)
    assert find_portfolio(session, "manabi").as_of == DAY1
    assert account(session, "100006").balance_as_of == DAY2
    assert totals(session, "manabi") == control("manabi")["day1"]


def test_an_account_that_comes_back_is_open_again_and_still_the_same(session, load):
    load(file_of("manabi", 1), as_of=DAY1)
    load(file_of("manabi", 2), as_of=DAY2)
    gone = session.scalars(sa.select(Account.id).where(Account.closed_on == DAY2)).all()
    third = load(file_of("manabi", 1), as_of=DAY2 + timedelta(days=1))
    assert third.new >= len(gone) > 0
    assert session.scalars(sa.select(Account.closed_on).where(Account.id.in_(gone))).all() == [
        None
    ] * len(gone)
    assert totals(session, "manabi") == control("manabi")["day1"]


def test_an_account_whose_row_was_rejected_is_neither_changed_nor_closed(session, load, rewritten):
    load(file_of("manabi", 1), as_of=DAY1)
    changed = lines("manabi", 1)
    cells = changed[0].split("\t")
    number, balance = cells[2], account(session, cells[2]).balance
    cells[2], cells[19] = f"{number}.0", "no se sabe"  # the account went through Excel, too
    changed[0] = "\t".join(cells)
    second = load(rewritten(changed), portfolio="manabi", as_of=DAY2)
    assert (second.rejected, second.closed) == (1, 0)
    kept = account(session, number)
    assert (kept.closed_on, kept.balance) == (None, balance)


def test_a_new_file_keeps_what_an_operator_verified_or_retired(session, people, load, rewritten):
    load(file_of("manabi", 1), as_of=DAY1)
    points = session.scalars(
        sa.select(ContactPoint).where(ContactPoint.kind == "phone").limit(2)
    ).all()
    verify_contact_point(session, people.ana, NOW, points[0])
    retire_contact_point(session, people.ana, NOW, points[1], "BAD_WRONG")
    ids = [p.id for p in points]
    changed = [line.replace("\tRESIDENCIAL\t", "\tCOMERCIAL\t") for line in lines("manabi", 1)]
    second = load(rewritten(changed), portfolio="manabi", as_of=DAY2)
    assert second.changed > 0
    kept = session.scalars(
        sa.select(ContactPoint).where(ContactPoint.id.in_(ids)).order_by(ContactPoint.id)
    )
    assert sorted(p.state for p in kept) == ["retired", "verified"]


def test_complaints_and_agreed_debt_are_imported(session, load, rewritten):
    changed = lines("manabi", 1)
    cells = changed[0].split("\t")
    cells[14], cells[20] = "SI", "80,50"
    changed[0] = "\t".join(cells)
    load(rewritten(changed), portfolio="manabi", as_of=DAY1)
    first = account(session, cells[2])
    assert (first.in_complaint, first.agreed_balance) == (True, Decimal("80.50"))
    load(file_of("manabi", 1), portfolio="manabi", as_of=DAY2)
    session.refresh(first)
    assert (first.in_complaint, first.agreed_balance) == (False, Decimal("0.00"))


def test_the_same_number_in_two_portfolios_is_two_accounts(session, load):
    load(file_of("manabi", 1), portfolio="agua", as_of=DAY1)
    load(file_of("manabi", 1), portfolio="mejoras", as_of=DAY1)
    assert account(session, "100006", "agua").id != account(session, "100006", "mejoras").id
    assert (
        account(session, "100006", "agua").debtor_id
        == account(session, "100006", "mejoras").debtor_id
    )


def test_a_file_that_fits_no_layout_is_refused_with_a_sentence(session, load, tmp_path):
    strange = tmp_path / "otra.csv"
    strange.write_text("a;b;c\n1;2;3\n", "utf-8")
    with pytest.raises(RuleBroken, match="layout|portfolio"):
        load(strange)
    assert session.scalar(sa.select(sa.func.count()).select_from(Portfolio)) == 0


# --- a check is an apply that is undone


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_a_check_tells_what_the_apply_then_does_and_changes_nothing(
    app, session, people, load, name
):
    load(file_of(name, 1), as_of=DAY1)
    before = content(session)
    stored = keep_path(app.config["VAR"], file_of(name, 2))
    received = receive_load(
        session,
        people.eva,
        NOW,
        kind="portfolio",
        portfolio_name=name,
        as_of=DAY2,
        partial=False,
        stored=stored,
    )
    checked = check_load(session, app.config["VAR"], NOW, received.id, lambda _: None)
    told = load_summary(checked)
    assert told["status"] == "checked"
    assert content(session) == before
    end_transaction(session)
    begin_apply(session, people.eva, NOW, received.id)
    done = load_summary(
        apply_load(session, people.eva, app.config["VAR"], NOW, received.id, lambda _: None)
    )
    assert done == told | {"status": "applied"}
