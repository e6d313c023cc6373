"""Payments, the commands that scripts read, and the screen with its worker."""

from __future__ import annotations

import json
from decimal import Decimal
from html import unescape

import pytest
import sqlalchemy as sa

from app import jobs
from app.core.errors import RuleBroken
from app.intake.service import (
    begin_apply,
    discard_load,
    problem_accounts,
)
from app.models import Account, Bill, Debtor, Load, Payment
from tests.conftest import NOW
from tests.intake.floor import (
    DATA,
    DAY1,
    account,
    content,
    control,
    end_transaction,
    file_of,
    totals,
)

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


def test_a_payment_of_a_day_that_has_not_come_is_not_recorded(session, load, pay):
    load(file_of("manabi", 1), as_of=DAY1)
    before = totals(session, "manabi")
    ahead = pay("R1;100006;23/11/2062;10,00;X", "R2;100006;23/11/2026;1,00;X")
    assert (ahead.applied, ahead.rejected) == (1, 1)
    assert problem_accounts(session, ahead.id)["future_date"] == ["100006"]
    assert Decimal(before["balance"]) - Decimal(totals(session, "manabi")["balance"]) == 1


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
    end_transaction(session)
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
        end_transaction(session)

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


def test_a_fault_of_ours_leaves_no_load_that_works_for_ever(
    session, people, upload, worker, monkeypatch
):
    client, load_id = upload

    def fail(*_given: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "check_load", fail)
        with pytest.raises(OSError, match="disk"):
            worker(jobs.check_load_job, load_id)
    load = session.get(Load, load_id)
    session.refresh(load)
    assert load.status == "refused"
    assert load.refusal in unescape(client.get(f"/loads/{load_id}").text)


def test_a_fault_while_applying_gives_the_load_back_to_be_applied_again(
    session, people, upload, worker, monkeypatch
):
    client, load_id = upload
    worker(jobs.check_load_job, load_id)
    client.post(f"/loads/{load_id}/apply")

    def fail(*_given: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "apply_load", fail)
        with pytest.raises(OSError, match="disk"):
            worker(jobs.apply_load_job, load_id, people.eva.user_id)
    load = session.get(Load, load_id)
    session.refresh(load)
    assert (load.status, bool(load.refusal)) == ("checked", True)
    client.post(f"/loads/{load_id}/apply")
    worker(jobs.apply_load_job, load_id, people.eva.user_id)
    session.refresh(load)
    assert (load.status, load.refusal) == ("applied", None)
    assert totals(session, "manabi") == control("manabi")["day1"]


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
