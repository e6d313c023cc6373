"""The specialist's board against plain counts of its own."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.access.staff import add_absence
from app.models import (
    Account,
    Callback,
    Claim,
    Complaint,
    ComplaintCategory,
    ContactAttempt,
    Load,
    RepeatedPair,
    User,
    VerificationCase,
    WorklistItem,
)
from app.reports import words
from app.reports.board_figures import Board, Funnel, Waiting, Working
from app.reports.board_service import unit_board
from app.reports.rows import Figure, count_rows
from app.reports.service import daily_report
from tests.factories import make_agreement
from tests.reports.book import (
    DAY,
    SETTINGS,
    Book,
    at_clock,
    day_of,
    hour_of,
    tell_day,
)

AT_TEN = at_clock(time(10))


def board_of(session: Session, now: datetime = AT_TEN) -> Board:
    session.flush()
    return unit_board(session, SETTINGS, now)


def working(board: Board, agent) -> Working:
    return next(one for one in board.operators if one.operator_id == agent.user_id)


# --- the figures


@pytest.mark.parametrize("seed", range(4))
def test_the_board_equals_a_plain_count_and_the_report(session, book, people, seed):
    told = tell_day(random.Random(seed), book, people)
    today = [c for c in told.standing if day_of(c.call) == DAY]
    book.payment(today[0].call.account, "-3.10")
    board, report = board_of(session), daily_report(session, SETTINGS, DAY)

    totals = [board.figures, *(one.figures for one in board.operators)]
    whose = [None, *(one.operator_id for one in board.operators)]
    for figures, who in zip(totals, whose, strict=True):
        calls = [c for c in today if who in (None, c.by.user_id)]
        assert figures.contacts == len(calls)
        assert figures.promised == sum((p for c in calls for p in c.promises), Decimal(0))
    for one in board.operators:
        for hour, figures in one.by_hour.items():
            calls = [
                c for c in today if c.by.user_id == one.operator_id and hour_of(c.call) == hour
            ]
            assert figures.contacts == len(calls)
            assert board.attempts_at(hour) == dict(report.by_hour)[hour].attempts
    for name in ("attempts", "answered", "right_party", "holders", "promising", "promises"):
        assert getattr(board.figures, name) == getattr(report.figures, name), name
    assert (board.money.credited, board.money.recovered) == (
        report.recovered.payments,
        report.recovered.amount,
    )
    assert board.money.payments == report.recovered.payments + report.alone.payments
    assert (board.money.judged, board.money.kept) == (
        report.kept_month.judged,
        report.kept_month.kept,
    )


@pytest.mark.parametrize("seed", range(4))
def test_each_step_of_the_funnel_is_a_plain_count_of_persons(session, book, people, seed):
    told = tell_day(random.Random(seed), book, people)
    today = [c for c in told.standing if day_of(c.call) == DAY]
    out = [
        c
        for c in today
        if c.call.direction == "outgoing"
        and c.call.outcome.code not in ("SYS_BLOCKED", "SYS_ERROR")
    ]
    holders = [c for c in out if c.call.outcome.code.startswith("RPC_")]
    waiting = [book.account().debtor_id for _ in range(3)] + [out[0].call.debtor_id]
    _queue(session, waiting)

    def persons(calls) -> int:
        return len({c.call.debtor_id for c in calls})

    assert board_of(session).funnel == Funnel(
        assigned=len(set(waiting) | {c.call.debtor_id for c in out}),
        tried=persons(out),
        answered=persons(c for c in out if c.call.outcome.answered),
        holder=persons(holders),
        promised=persons(c for c in holders if c.promises),
    )


def test_a_figure_of_an_operators_hour_opens_as_many_rows(session, sign_in, book, people):
    tell_day(random.Random(7), book, people)
    board = board_of(session)
    for one in board.operators:
        for hour, figures in one.by_hour.items():
            figure = Figure("attempts", hour=hour)
            counted = count_rows(session, SETTINGS, DAY, one.operator_id, figure=figure)
            assert counted == figures.attempts


def test_a_corrected_call_counts_once_as_what_it_became(session, book, people):
    account = book.account()
    wrong = book.call(account, people.ana, "NC_NA", at_clock(time(9)))
    book.call(account, people.ana, "RPC_REFUSE", at_clock(time(9)), corrects_id=wrong.id)
    figures = board_of(session).figures
    assert (figures.attempts, figures.answered, figures.right_party) == (1, 1, 1)


def test_an_empty_day_has_no_figures_and_divides_by_nothing(session, sign_in):
    board = board_of(session)
    assert (board.figures.contacts, board.hours, board.funnel.tried) == (0, [], 0)
    assert sign_in("eva").get("/board/").status_code == 200


def _queue(session: Session, debtor_ids: list[int], not_before: datetime | None = None) -> None:
    for debtor_id in debtor_ids:
        session.add(
            WorklistItem(
                debtor_id=debtor_id, score=1, reasons=[], not_before=not_before, built_at=AT_TEN
            )
        )
    session.flush()


# --- who works


def _claim(session: Session, agent, debtor_id: int, at: datetime, minutes: int = 20) -> Claim:
    claim = Claim(
        key=f"00000000-0000-4000-8000-{agent.user_id:012}",
        debtor_id=debtor_id,
        operator_id=agent.user_id,
        direction="outgoing",
        reasons=[],
        claimed_at=at,
        lapses_at=at + timedelta(minutes=minutes),
    )
    session.add(claim)
    session.flush()
    return claim


def test_the_board_says_what_each_operator_does_now(session, book, people):
    nine = at_clock(time(9))
    ended = book.call(book.account(), people.luis, "NC_NA", nine).ended_at
    assert working(board_of(session), people.ana).doing == "none"
    assert (working(board_of(session), people.luis).doing, ended) == (
        "idle",
        nine + timedelta(minutes=1),
    )
    account = book.account()
    claim = _claim(session, people.ana, account.debtor_id, AT_TEN)
    assert working(board_of(session), people.ana).doing == "ready"
    dialled = AT_TEN + timedelta(minutes=1)
    session.add(
        ContactAttempt(
            debtor_id=account.debtor_id,
            channel="call",
            at=dialled,
            agent_id=people.ana.user_id,
            claim_key=claim.key,
        )
    )
    on_call = working(board_of(session, AT_TEN + timedelta(hours=2)), people.ana)
    assert (on_call.doing, on_call.since) == ("call", dialled)


def test_a_hold_that_was_abandoned_is_no_work(session, book, people):
    _claim(session, people.ana, book.account().debtor_id, AT_TEN, minutes=20)
    later = board_of(session, AT_TEN + timedelta(minutes=21))
    assert working(later, people.ana).doing == "none"


def test_an_absent_operator_is_shown_so_and_expected_to_call_nobody(session, people):
    before = board_of(session)
    add_absence(session, people.adela, AT_TEN, people.ana.user_id, DAY, DAY, "vacation")
    after = board_of(session)
    assert working(after, people.ana).doing == "absent"
    assert after.goal == before.goal - SETTINGS["daily_goal"]


def test_who_left_in_the_morning_keeps_the_calls_of_the_morning(session, book, people):
    book.call(book.account(), people.luis, "NC_NA", at_clock(time(8)))
    session.get_one(User, people.luis.user_id).active = False
    left = working(board_of(session), people.luis)
    assert (left.doing, left.figures.attempts) == ("inactive", 1)
    assert {"Fredy Zambrano", "Eva Loor"}.isdisjoint(o.name for o in board_of(session).operators)


# --- what waits


def _load(book: Book, status: str, at: datetime = AT_TEN, **values) -> Load:
    load = Load(
        portfolio_id=book.load.portfolio_id,
        file_name=f"{status}.csv",
        created_at=at,
        status=status,
        **{"kind": "payments", "as_of": DAY} | values,
    )
    book.session.add(load)
    book.session.flush()
    return load


def _waiting(session: Session, now: datetime = AT_TEN) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in board_of(session, now).waiting]


@pytest.fixture
def quiet(session: Session, book: Book) -> Book:
    """A book whose own load was applied: nothing waits."""
    book.load.status = "applied"
    session.flush()
    return book


def test_nothing_waits_and_the_page_says_so(session, quiet, sign_in):
    assert board_of(session).waiting == []
    page = sign_in("eva").get("/board/").text
    assert "Nada le espera" in page


def test_loads_to_apply_and_refused_ones_wait_until_a_later_file_makes_them_good(session, quiet):
    _load(quiet, "refused")
    assert _waiting(session) == [("refused", "refused.csv")]
    checked = _load(quiet, "checked")
    assert _waiting(session) == [("unapplied", "checked.csv")]
    checked.status = "applied"
    assert _waiting(session) == []
    _load(quiet, "refused", kind="portfolio")
    assert _waiting(session) == [("refused", "refused.csv")]


def test_a_load_that_the_worker_does_not_take_up_waits_after_a_while(session, quiet):
    _load(quiet, "uploaded", AT_TEN)
    assert _waiting(session, AT_TEN + timedelta(minutes=5)) == []
    assert _waiting(session, AT_TEN + timedelta(minutes=16)) == [("stuck", "uploaded.csv")]


def test_a_portfolio_older_than_the_setting_waits_while_it_has_open_accounts(session, quiet):
    account = quiet.account()
    session.flush()
    fresh = datetime(2026, 11, 27, 15, tzinfo=UTC)  # seven days after the load of the 20th
    assert board_of(session, fresh).waiting == []
    stale = board_of(session, fresh + timedelta(days=1)).waiting
    assert stale == [Waiting("stale", "agua-informes", day=date(2026, 11, 20))]
    session.get_one(Account, account.id).closed_on = DAY
    assert board_of(session, fresh + timedelta(days=1)).waiting == []


def test_callbacks_are_due_then_late_then_an_alarm(session, quiet, people):
    due = AT_TEN + timedelta(minutes=30)
    account = quiet.account()
    session.add(Callback(debtor_id=account.debtor_id, due_at=due, asked_at=AT_TEN))
    board = board_of(session)
    assert (board.callbacks, board.callbacks_late, board.waiting) == (1, 0, [])
    board = board_of(session, due + timedelta(minutes=1))
    assert (board.callbacks, board.callbacks_late, board.waiting) == (1, 1, [])
    alarm = due + timedelta(minutes=SETTINGS["callback_alarm_minutes"])
    assert board_of(session, alarm).waiting == [Waiting("missed", count=1, since=due)]


def test_people_who_may_be_one_wait_until_they_are_judged(session, quiet, sign_in):
    one, other = (quiet.account().debtor_id for _ in range(2))
    pair = RepeatedPair(
        first_id=one, second_id=other, folded="cedeño", why=["name"], found_at=AT_TEN
    )
    session.add(pair)
    assert board_of(session).waiting == [Waiting("repeated", count=1)]
    assert "/repeated/" in sign_in("eva").get("/board/live").text
    pair.different_at = AT_TEN
    assert board_of(session).waiting == []


def test_agreements_and_cases_wait_until_somebody_decides_them(session, quiet, people, sign_in):
    account, asked = quiet.account(), at_clock(time(9))
    agreement = make_agreement(
        session,
        people.ana,
        people.eva,
        account,
        [(DAY, "20.00"), (DAY + timedelta(days=30), "80.00")],
        state="pending",
        requested_at=asked,
    )
    case = VerificationCase(
        kind="hardship",
        debtor_id=account.debtor_id,
        call=quiet.call(account, people.ana, "RPC_HARDSHIP", asked),
        opened_at=asked,
        opened_by_id=people.ana.user_id,
        due_on=DAY - timedelta(days=1),
    )
    session.add(case)
    waiting = board_of(session).waiting
    assert [(one.kind, one.count, one.overdue) for one in waiting] == [
        ("agreements", 1, 0),
        ("cases", 1, 1),
    ]
    page = sign_in("eva").get("/board/live").text
    assert "/agreements/list/" in page and "/cases/" in page
    agreement.state, agreement.end_reason = "cancelled", "se retracta"
    case.closed_at, case.finding = AT_TEN, "can_pay"
    assert board_of(session).waiting == []


def test_complaints_wait_from_their_warning_on(session, quiet, people, sign_in):
    account = quiet.account()
    category = session.query(ComplaintCategory).first()
    kept = {
        "debtor_id": account.debtor_id,
        "account_id": account.id,
        "category_id": category.id,
        "state": "received",
        "origin": "counter",
        "text": "Consumo elevado",
        "received_at": at_clock(time(9)),
        "received_by_id": people.ana.user_id,
    }
    calm, near, late = (
        Complaint(**kept, warn_on=DAY + timedelta(days=n), due_on=DAY + timedelta(days=n + 1))
        for n in (1, 0, -2)
    )
    session.add_all([calm, near, late])
    [waiting] = board_of(session).waiting
    assert (waiting.kind, waiting.count, waiting.overdue) == ("complaints", 2, 1)
    assert "/complaints/" in sign_in("eva").get("/board/live").text
    near.state = late.state = "withdrawn"
    assert board_of(session).waiting == []


def test_the_queue_tells_who_may_be_offered_now(session, quiet):
    _queue(session, [quiet.account().debtor_id])
    _queue(session, [quiet.account().debtor_id], not_before=AT_TEN + timedelta(hours=1))
    board = board_of(session)
    assert (board.queue, board.queue_now) == (2, 1)


def test_payments_are_known_up_to_the_oldest_portfolios_last_load(session, quiet):
    assert board_of(session).paid_until is None
    _load(quiet, "applied", as_of=DAY - timedelta(days=1), applied=4, amount=Decimal("12.50"))
    (known,) = board_of(session).known
    assert (known.paid_until, known.payments, known.amount) == (
        DAY - timedelta(days=1),
        4,
        Decimal("12.50"),
    )
    assert board_of(session).paid_until == DAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=60), "1 h 0 min"),
        (timedelta(minutes=314), "5 h 14 min"),
        (timedelta(hours=25), "25 h 0 min"),
        (timedelta(days=2, hours=5), "2 días"),
    ],
)
def test_how_long_is_said_in_hours_and_minutes(app: Flask, span, said):
    with app.test_request_context(), force_locale("es"):
        assert words.lasting(span) == said


def test_numbers_are_written_as_here_and_one_is_one(app: Flask):
    with app.test_request_context(), force_locale("es"):
        assert words.of_calls(412, 1084) == "412 de 1.084 llamadas"
        assert (words.promises(1), words.promises(0)) == ("1 compromiso", "0 compromisos")
    with app.test_request_context(), force_locale("en"):
        assert words.of_calls(412, 1084) == "412 of 1,084 calls"
