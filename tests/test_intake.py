"""Files on their way in: to the cent, every defect by name, all or nothing, the same again changes nothing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app import jobs
from app.core.errors import RuleBroken
from app.debtors.service import retire_contact_point, verify_contact_point
from app.debts.service import find_account, find_portfolio, owed_totals
from app.intake.files import keep_path
from app.intake.service import (
    apply_load,
    begin_apply,
    check_load,
    discard_load,
    load_summary,
    problem_accounts,
    receive_load,
)
from app.models import Account, BalanceHistory, Bill, ContactPoint, Debtor, Load, Payment, Portfolio
from tests.conftest import NOW

DATA = Path(__file__).parent / "data"
PORTFOLIOS = {"manabi": "txt", "guayas": "csv", "planillas": "xlsx"}
DAY1, DAY2 = date(2026, 11, 20), date(2026, 11, 23)
#: What a portfolio load may change, less its own log.
TABLES = ("debtor", "account", "bill", "contact_point", "balance_history", "payment", "portfolio")


@pytest.fixture(autouse=True)
def in_english(session):
    with force_locale("en"):
        yield


@pytest.fixture
def load(app, session, people):
    """``load(path, …)``: receive and apply as the command does; a refusal is the load's own."""

    def make(
        path: Path, kind="portfolio", portfolio=None, as_of=None, partial=False, now=NOW
    ) -> Load:
        stored = keep_path(app.config["VAR"], path)
        received = receive_load(
            session,
            people.eva,
            now,
            kind=kind,
            portfolio_name=portfolio,
            as_of=as_of,
            partial=partial,
            stored=stored,
        )
        applied = apply_load(
            session, people.eva, app.config["VAR"], now, received.id, lambda _: None
        )
        _end_transaction(session)
        return applied

    return make


def _end_transaction(session) -> None:
    """What a commit does beside keeping: the test's own transaction goes on."""
    session.execute(sa.text("DISCARD TEMPORARY"))
    session.expire_all()


def file_of(name: str, day: int) -> Path:
    return DATA / f"cartera_{name}_dia{day}.{PORTFOLIOS[name]}"


def control(name: str) -> dict:
    return json.loads((DATA / f"control_{name}.json").read_text("utf-8"))


def totals(session, name: str) -> dict:
    accounts, bills, balance = owed_totals(session, find_portfolio(session, name).id)
    return {"accounts": accounts, "bills": bills, "balance": str(balance)}


def counts(session) -> dict[str, int]:
    return {t: session.scalar(sa.text(f"SELECT count(*) FROM {t}")) for t in TABLES}


def content(session) -> list[str]:
    """A hash of every row that a load may change."""
    return [
        session.scalar(
            sa.text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
        )
        for table in TABLES
    ]


def account(session, number: str, portfolio: str = "manabi") -> Account:
    return find_account(session, find_portfolio(session, portfolio), number)


def lines(name: str, day: int) -> list[str]:
    return file_of(name, day).read_bytes().decode("latin-1").splitlines(keepends=True)


@pytest.fixture
def rewritten(tmp_path):
    """``rewritten(lines)``: a file like the Manabí one with these lines."""

    def make(changed: list[str], name: str = "cartera.txt") -> Path:
        path = tmp_path / name
        path.write_text("".join(changed), "latin-1", newline="")
        return path

    return make


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
    cells[19] = "no se sabe"
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
    _end_transaction(session)
    begin_apply(session, people.eva, NOW, received.id)
    done = load_summary(
        apply_load(session, people.eva, app.config["VAR"], NOW, received.id, lambda _: None)
    )
    assert done == told | {"status": "applied"}


# --- payments


PAID = "REFERENCIA;CUENTA;FECHA DEL PAGO;PAGO;CANAL\n"


@pytest.fixture
def pay(load, tmp_path):
    """``pay("R1;100006;23/11/2026;10,00;X")``: those rows against the Manabí portfolio."""

    def make(*rows: str) -> Load:
        path = tmp_path / "pagos.csv"
        path.write_text(PAID + "\n".join(rows) + "\n", "utf-8")
        return load(path, "payments", "manabi")

    return make


def test_a_reference_counts_once_and_a_conflict_is_told(session, load, pay):
    load(file_of("manabi", 1), as_of=DAY1)
    first = pay(
        "R1;100006;23/11/2026;10,00;X",
        "R1;100006;23/11/2026;10,00;X",
        "R2;999999;23/11/2026;5,00;X",
    )
    assert (first.applied, first.duplicates, first.unknown_accounts, first.amount) == (
        1,
        1,
        1,
        Decimal("10.00"),
    )
    second = pay("R1;100006;23/11/2026;12,00;X", "R1;100012;23/11/2026;10,00;X")
    assert (second.applied, second.duplicates) == (0, 2)
    assert problem_accounts(session, second.id)["reference_conflict"] == ["100006", "100012"]
    assert session.scalars(sa.select(Payment.amount)).all() == [Decimal("10.00")]


def test_a_reversal_is_a_row_of_its_own_and_owes_again(session, load, pay):
    load(file_of("manabi", 1), as_of=DAY1)
    before = totals(session, "manabi")["balance"]
    pay("R1;100006;23/11/2026;10,00;X")
    back = pay("R1;100006;24/11/2026;-10,00;X")
    assert (back.applied, back.amount) == (1, Decimal("-10.00"))
    assert totals(session, "manabi")["balance"] == before


def test_payments_need_a_portfolio_that_exists(session, pay):
    with pytest.raises(RuleBroken, match="no portfolio called manabi"):
        pay("R1;100006;23/11/2026;10,00;X")


# --- the command


def run(app, *args: str) -> tuple[int, dict, str]:
    result = app.test_cli_runner().invoke(args=[*args, "--json"])
    return result.exit_code, json.loads(result.stdout.splitlines()[-1]), result.stderr


def test_the_commands_print_the_keys_that_scripts_read(app, session):
    code, answer, _ = run(
        app, "intake", "portfolio", f"{file_of('manabi', 1)}", "--as-of", "2026-11-20"
    )
    assert code == 0
    assert list(answer) == [
        "load_id",
        "status",
        "rows",
        "accounts",
        "bills",
        "balance",
        "new",
        "changed",
        "unchanged",
        "closed",
        "problems",
        "rejected",
    ]
    assert {k: answer[k] for k in ("accounts", "bills", "balance")} == control("manabi")["day1"]
    code, problems, _ = run(app, "intake", "problems", f"{answer['load_id']}")
    assert {kind: len(accounts) for kind, accounts in problems.items()} == answer["problems"]
    code, paid, _ = run(
        app, "intake", "payments", f"{DATA / 'pagos_manabi.csv'}", "--portfolio", "manabi"
    )
    assert {
        "load_id",
        "status",
        "rows",
        "applied",
        "duplicates",
        "unknown_accounts",
        "amount",
    } <= paid.keys()
    assert (code, paid["amount"]) == (0, control("manabi")["payments"]["amount"])
    code, now_owed, _ = run(app, "intake", "totals", "--portfolio", "manabi")
    assert (code, now_owed["balance"]) == (0, control("manabi")["day2"]["balance"])
    assert list(now_owed) == ["accounts", "bills", "balance"]
    _end_transaction(session)
    code, again, _ = run(
        app, "intake", "portfolio", f"{file_of('manabi', 1)}", "--as-of", "2026-11-20"
    )
    assert (code, again["changed"], again["new"], again["closed"]) == (0, 0, 0, 0)


def test_a_refused_command_says_why_and_exits_with_one(app, session, tmp_path):
    code, answer, error = run(app, "intake", "totals", "--portfolio", "ninguna")
    assert code == 1
    assert answer["error"] == error.strip()
    code, answer, _ = run(app, "intake", "portfolio", f"{tmp_path / 'no.csv'}")
    assert (code, list(answer)) == (1, ["error"])
    assert session.scalar(sa.select(sa.func.count()).select_from(Load)) == 0


# --- the screen and the worker


@pytest.fixture
def upload(sign_in, session):
    """Eva uploads day 1 of Manabí; the client and the load's number."""
    client = sign_in("eva")
    with file_of("manabi", 1).open("rb") as stream:
        answer = client.post(
            "/loads/upload",
            data={
                "kind": "portfolio",
                "portfolio": "manabi",
                "as_of": "2026-11-20",
                "file": (stream, "c.txt"),
            },
        )
    assert answer.status_code == 302, answer.text
    return client, int(answer.location.rsplit("/", 1)[1])


@pytest.fixture
def worker(app, session, monkeypatch):
    """The jobs inside the test's own transaction."""
    jobs.bind(app)
    monkeypatch.setattr(jobs, "_progress", lambda load_id: lambda rows: None)

    def after(job, *args):
        job(*args)
        _end_transaction(session)

    return after


def queued(session) -> list[tuple[str, dict]]:
    return [
        tuple(r)
        for r in session.execute(
            sa.text("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")
        )
    ]


def test_upload_check_apply_as_the_worker_does_it(session, people, upload, worker):
    client, load_id = upload
    assert queued(session) == [("check_load", {"load_id": load_id})]
    worker(jobs.check_load_job, load_id)
    assert session.get(Load, load_id).status == "checked"
    assert session.scalar(sa.select(sa.func.count()).select_from(Account)) == 0
    assert client.get(f"/loads/{load_id}").status_code == 200
    assert client.post(f"/loads/{load_id}/apply").status_code == 302
    assert client.post(f"/loads/{load_id}/apply").status_code == 302
    assert queued(session)[1:] == [
        ("apply_load", {"load_id": load_id, "user_id": people.eva.user_id})
    ]
    worker(jobs.apply_load_job, load_id, people.eva.user_id)
    assert session.get(Load, load_id).status == "applied"
    assert totals(session, "manabi") == control("manabi")["day1"]
    queue = session.scalar(sa.text("SELECT count(*) FROM worklist_item"))
    assert queue > 0
    before = content(session)
    worker(jobs.apply_load_job, load_id, people.eva.user_id)
    assert content(session) == before


def test_a_discarded_load_is_not_applied_any_more(session, people, upload, worker):
    client, load_id = upload
    worker(jobs.check_load_job, load_id)
    assert client.post(f"/loads/{load_id}/discard").status_code == 302
    session.expire_all()
    assert session.get(Load, load_id).status == "discarded"
    for late in (begin_apply, discard_load):
        with pytest.raises(RuleBroken, match="read and not yet applied"):
            late(session, people.eva, NOW, load_id)
    worker(jobs.apply_load_job, load_id, people.eva.user_id)
    assert session.scalar(sa.select(sa.func.count()).select_from(Debtor)) == 0


@pytest.mark.parametrize("username", ["ana", "alma", "fredy"])
def test_only_the_specialist_loads(session, sign_in, username):
    client = sign_in(username)
    with file_of("manabi", 1).open("rb") as stream:
        data = {"kind": "portfolio", "portfolio": "manabi", "file": (stream, "c.txt")}
        assert client.post("/loads/upload", data=data).status_code in (302, 403)
    assert session.scalar(sa.select(sa.func.count()).select_from(Load)) == 0


def test_an_upload_that_fits_nothing_is_said_on_the_page(session, sign_in):
    client = sign_in("eva")
    data = {
        "kind": "portfolio",
        "portfolio": "x",
        "file": ((DATA / "control_manabi.json").open("rb"), "c.json"),
    }
    answer = client.post("/loads/upload", data=data)
    assert answer.status_code == 422
    assert session.scalar(sa.select(sa.func.count()).select_from(Load)) == 0


def test_bills_of_a_grouped_account_stand_on_one_row(session, load):
    load(file_of("manabi", 1), as_of=DAY1)
    first = account(session, "100006")
    bills = session.scalars(sa.select(Bill).where(Bill.account_id == first.id)).all()
    assert [(b.bills_count, b.balance) for b in bills] == [(first.bills_count, first.balance)]
