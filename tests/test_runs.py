"""Cierres del día: the screen, the button, the command, the check; two runs at once."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from app import jobs
from app.core import clock
from app.core.agent import SYSTEM
from app.core.transaction import deed
from app.extensions import db
from app.followup.service import catch_up, run_followup
from app.models import (
    Account,
    Bill,
    ContactPoint,
    Debtor,
    FollowupRun,
    Load,
    Portfolio,
    Promise,
    TimelineEvent,
    User,
    WorklistItem,
)
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_hold, make_portfolio, make_promise
from tests.walking import fresh_client

DAY = NOW.date()
_COUNTS = {
    "promises": {"kept": 2, "partial": 0, "broken": 1},
    "agreements": {"active": 0, "kept": 0, "broken": 0, "void": 3},
    "callbacks": {"due": 4, "late": 1, "freed": 0},
    "holds_expired": 5,
    "cases_closed": 6,
    "cases_expired": 0,
    "referrals_proposed": 8,
    "referrals_ended": 9,
    "requeued": 7,
    "unfinished": 0,
    "queue": 1234,
}


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)


def written(session, day: date, at: datetime | None = None, **counts) -> None:
    """A run of ``day``, at 06:05 of it unless told."""
    at = at or datetime.combine(day, time(11, 5), UTC)
    run = FollowupRun(day=day, first_at=at, last_at=at, runs=2, seconds=3, counts=_COUNTS | counts)
    session.add(run)
    session.flush()


def lines(page: str) -> list[str]:
    """The text of each row of the table."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return [
        " ".join(_text(row).replace("\N{NO-BREAK SPACE}", " ").split())
        for row in body.split("</tr>")[:-1]
    ]


def _text(html: str) -> str:
    out, inside = "", False
    for letter in html:
        inside = letter == "<" or (inside and letter != ">")
        out += " " if letter in "<>" else "" if inside else letter
    return out


# --- the screen


def test_nobody_has_run_yet(session, app):
    page = fresh_client(app, "eva").get("/runs/").text
    assert "/runs/run" in page
    assert "/runs/run" not in fresh_client(app, "alma").get("/runs/").text


def test_each_day_tells_what_it_did_and_what_is_missing_stands_out(session, app):
    written(session, DAY - timedelta(days=5))
    written(session, DAY - timedelta(days=4), at=NOW - timedelta(days=3), queue=None)
    written(session, DAY - timedelta(days=3), at=NOW - timedelta(days=3))
    session.commit()
    client = fresh_client(app, "alma")
    client.get("/lang/en")
    page = client.get("/runs/").text
    today, yesterday, before, third, fourth, fifth = lines(page)
    assert [row.split()[0] for row in (today, fifth)] == ["24/11/2026", "19/11/2026"]
    assert "not done" in today and "not done" in yesterday and "not done" in before
    assert "late" in third and "10:00" in third
    assert "made up for later" in fourth and "21/11/2026 10:00" in fourth
    assert (
        "kept: 2 · broken: 1" in fifth and "void: 3" in fifth and "1.234" in fifth.replace(",", ".")
    )
    assert "holds ended: 5 · cases closed: 6" in fifth
    assert "2 days before today have had no run" in page
    assert "Today's run has not been made" in page.replace("&#39;", "'")


def test_before_the_unit_calls_today_is_not_yet_missing(session, app, monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: datetime.combine(DAY, time(10, 0), UTC))
    written(session, DAY - timedelta(days=1))
    session.commit()
    client = fresh_client(app, "alma")
    client.get("/lang/en")
    page = client.get("/runs/").text
    assert "not yet" in lines(page)[0] and "alert-" not in page


def test_a_run_ahead_of_its_day_is_told_as_such(session, app):
    written(session, DAY + timedelta(days=9), at=NOW)
    written(session, DAY)
    session.commit()
    client = fresh_client(app, "adela")
    client.get("/lang/en")
    ahead, today = lines(client.get("/runs/").text)
    assert "03/12/2026" in ahead and "ahead of its day" in ahead
    assert "done" in today and "not done" not in today


def test_older_days_are_a_page_further(session, app):
    for n in range(70):
        written(session, DAY - timedelta(days=n))
    session.commit()
    client = fresh_client(app, "eva")
    assert len(lines(client.get("/runs/").text)) == 60
    older = client.get(f"/runs/?until={DAY - timedelta(days=60)}").text
    assert len(lines(older)) == 10 and "alert-" not in older
    assert client.get("/runs/?until=ayer").status_code == 200
    first_of_all = client.get("/runs/?until=0001-01-01")
    assert first_of_all.status_code == 200 and "<tbody>" not in first_of_all.text


def test_the_days_go_into_a_file_and_the_timeline_tells_who_took_it(session, app, people):
    written(session, DAY - timedelta(days=1))
    session.commit()
    client = fresh_client(app, "alma")
    answer = client.post("/runs/download", data={"form": "xlsx"}, buffered=True)
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0)
    head, today, yesterday = sheet.to_python()
    assert len(head) == len(yesterday) == 24
    assert yesterday[-1] == 1234 and today[-1] == ""
    event = session.scalars(sa.select(TimelineEvent).where(TimelineEvent.deed == "download")).one()
    assert (event.agent_id, event.after) == (people.alma.user_id, {"rows": 2})
    assert client.post("/runs/download", data={"form": "exe"}).status_code == 400


def test_a_specialist_has_it_run_by_the_worker_once(session, app, people):
    client = fresh_client(app, "eva")
    for _press in range(2):
        assert client.post("/runs/run").status_code == 302
    jobs_waiting = sa.text("SELECT args FROM procrastinate_jobs WHERE task_name = 'followup'")
    assert session.scalars(jobs_waiting).all() == [{"user_id": people.eva.user_id}]
    for name in ("alma", "adela", "ana"):
        assert fresh_client(app, name).post("/runs/run").status_code == 403


# --- the jobs


@pytest.fixture
def at_the_test(monkeypatch):
    """Jobs read their own clock, and stay in this test's session."""
    monkeypatch.setattr(jobs, "utcnow", lambda: NOW)
    monkeypatch.setattr(jobs, "_flask", [_Here()])


class _Here:
    def app_context(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return None


def test_the_nightly_job_makes_up_for_the_days_off(session, people, at_the_test):
    run_followup(session, SYSTEM, NOW - timedelta(days=3), DAY - timedelta(days=3))
    jobs.followup(0)
    days = session.scalars(sa.select(FollowupRun.day).order_by(FollowupRun.day)).all()
    assert days == [DAY - timedelta(days=n) for n in (3, 2, 1, 0)]
    jobs.followup(user_id=people.eva.user_id)
    last = sa.select(TimelineEvent.agent_name).order_by(TimelineEvent.id.desc()).limit(1)
    assert session.scalar(last) == "Eva Loor"


def test_a_worker_that_starts_after_days_off_does_not_wait_for_the_night(session, at_the_test):
    waiting = sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'followup'")
    jobs.follow_missed_days()
    assert session.scalar(waiting) == 0, "nothing was ever run here"
    run_followup(session, SYSTEM, NOW - timedelta(days=1), DAY - timedelta(days=1))
    jobs.follow_missed_days()
    jobs.follow_missed_days()
    assert session.scalar(waiting) == 1


# --- the command


@pytest.fixture
def promise(session, people) -> Promise:
    """Of Ana's, broken since yesterday and not judged yet."""
    account = make_account(session, make_debtor(session), make_portfolio(session, DAY), "90.00")
    return make_promise(session, people.ana, account, DAY - timedelta(days=2))


def command(app, *args: str) -> tuple[int, dict]:
    result = app.test_cli_runner().invoke(args=["followup", "run", *args, "--json"])
    return result.exit_code, json.loads(result.stdout.splitlines()[-1])


def test_the_command_makes_up_for_days_off_and_adds_them_up(session, app, promise, monkeypatch):
    monkeypatch.setattr("app.cli.utcnow", lambda: NOW)
    run_followup(session, SYSTEM, NOW - timedelta(days=3), DAY - timedelta(days=3))
    code, answer = command(app)
    assert (code, answer["day"]) == (0, "2026-11-24")
    assert answer["days"] == ["2026-11-22", "2026-11-23", "2026-11-24"]
    assert answer["promises"] == {"kept": 0, "partial": 0, "broken": 1}
    assert answer["agreements"] == {"active": 0, "kept": 0, "broken": 0, "void": 0}
    assert answer["callbacks"] == {"due": 0, "late": 0, "freed": 0}
    assert (answer["holds_expired"], answer["requeued"], answer["queue"]) == (0, 1, 1)


def test_the_command_refuses_an_earlier_day_in_one_sentence(session, app, promise):
    assert command(app, "--on", "2026-12-10")[0] == 0
    code, answer = command(app, "--on", "2026-12-09")
    assert code == 1 and "10/12/2026" in answer["error"]


def test_the_check_finds_nothing_after_a_run(session, app, promise):
    command(app, "--on", f"{DAY}")
    code, answer = command(app, "--check")
    assert (code, answer["differences"]) == (0, [])
    assert answer["checked"]["promises"] == 1
    assert answer["checked"]["day"] == f"{DAY}"


def test_the_check_asks_of_holds_what_the_last_run_should_have_found(session, app, people):
    """Nobody ran yet; then days off were made up for in one go; then a hold ended and no run came."""
    debtor = make_debtor(session)
    ended = make_hold(session, debtor, DAY - timedelta(days=9), DAY - timedelta(days=2))
    assert command(app, "--check")[0] == 0
    run_followup(session, SYSTEM, NOW - timedelta(days=3), DAY - timedelta(days=3))
    catch_up(session, SYSTEM, NOW)
    session.expire_all()
    assert ended.expired_on == DAY - timedelta(days=1)
    code, answer = command(app, "--check")
    assert (code, answer["checked"]["day"]) == (0, f"{DAY}")
    make_hold(session, debtor, DAY - timedelta(days=9), DAY)
    make_portfolio(session, DAY + timedelta(days=2))
    assert command(app, "--check")[0] == 0


def test_the_check_reports_what_was_changed_by_hand_and_mends_nothing(session, app, promise):
    command(app, "--on", f"{DAY}")
    left = session.scalar(sa.select(User.id).where(User.username == "luis"))
    debtor = promise.debtor
    hold = make_hold(session, debtor, DAY - timedelta(days=9), DAY - timedelta(days=3))
    session.execute(
        sa.text(
            "INSERT INTO callback (debtor_id, due_at, operator_id, asked_at) VALUES (:d, :n, :u, :n)"
        ),
        {"d": debtor.id, "n": NOW, "u": left},
    )
    session.execute(sa.text("UPDATE ab_user SET active = false WHERE id = :u"), {"u": left})
    session.execute(sa.text("UPDATE promise SET state = 'kept', paid = 40"))
    session.execute(sa.text("UPDATE account SET covered = 12.50"))
    for _time in range(2):
        code, answer = command(app, "--check")
        assert code == 1
        found = {d["what"]: (d["id"], d["stored"], d["computed"]) for d in answer["differences"]}
        assert found.pop("callback.operator_id")[1:] == (f"{left}", "")
        assert found == {
            "promise.state": (promise.id, "kept", "broken"),
            "promise.paid": (promise.id, "40.00", "0.00"),
            "account.covered": (promise.account_id, "12.50", "0"),
            "hold.expired_on": (hold.id, "", f"{DAY}"),
        }
    told = app.test_cli_runner().invoke(args=["followup", "run", "--check"])
    assert told.exit_code == 1
    assert f"promise.state {promise.id}: kept → broken" in told.stdout


# --- two at once


@pytest.fixture
def for_real(app):
    """A broken promise written for real, of a database where nothing was ever run; all is taken away."""
    with app.app_context(), deed() as session:
        portfolio = make_portfolio(session, DAY)
        account = make_account(session, make_debtor(session), portfolio, "90.00")
        ana = session.scalar(sa.select(User.id).where(User.username == "ana"))
        made = sa.insert(Promise).values(
            debtor_id=account.debtor_id,
            account_id=account.id,
            amount=50,
            due_on=DAY - timedelta(2),
            check_on=DAY - timedelta(2),
            threshold_percent=95,
            made_on=DAY - timedelta(5),
            made_at=NOW,
            made_by_id=ana,
            state="pending",
        )
        session.execute(made)
        debtor_id, account_id, portfolio_id = account.debtor_id, account.id, portfolio.id
    yield debtor_id
    with app.app_context(), deed() as session:
        for table in (TimelineEvent, WorklistItem, Promise):
            session.execute(sa.delete(table).where(table.debtor_id == debtor_id))
        session.execute(sa.delete(TimelineEvent).where(TimelineEvent.deed == "run_followup"))
        session.execute(sa.delete(FollowupRun))
        session.execute(sa.delete(Bill).where(Bill.account_id == account_id))
        session.execute(sa.delete(Account).where(Account.id == account_id))
        session.execute(sa.delete(ContactPoint).where(ContactPoint.debtor_id == debtor_id))
        session.execute(sa.delete(Debtor).where(Debtor.id == debtor_id))
        session.execute(sa.delete(Load).where(Load.portfolio_id == portfolio_id))
        session.execute(sa.delete(Portfolio).where(Portfolio.id == portfolio_id))


@pytest.mark.committed
def test_of_two_at_once_one_waits_and_finds_nothing(app, for_real):
    found: list[tuple[date, int]] = []
    gate = threading.Barrier(2)

    def run() -> None:
        with app.app_context():
            with deed() as session:
                session.execute(sa.text("SELECT 1"))
                gate.wait(10)
                results = catch_up(session, SYSTEM, NOW)
            found.extend((r.day, r.promises["broken"]) for r in results)
            db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [(DAY, 0), (DAY, 1)]
    with app.app_context(), deed() as session:
        judged = sa.select(sa.func.count()).where(
            TimelineEvent.deed == "judge_promise", TimelineEvent.debtor_id == for_real
        )
        assert session.scalar(judged) == 1
        run_row = session.scalars(sa.select(FollowupRun)).one()
        assert (run_row.runs, run_row.counts["promises"]["broken"]) == (2, 1)
