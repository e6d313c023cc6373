"""Nothing of a person's debt before the identity check: HTML, JSON, sheets, cookies, addresses, logs.

A person is given values that stand nowhere else; an operator then does everything that an operator
can, and every byte that comes back is searched for them.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from app.access.roles import ROLES
from app.calls.identity import MISSES_PER_CALL
from app.core import clock
from app.core.settings import settings_on
from app.models import (
    AccessLog,
    Account,
    Bill,
    Call,
    Callback,
    Claim,
    Debtor,
    IdentityCheck,
    Outcome,
    WorklistItem,
)
from app.worklist.service import build_worklist
from tests.conftest import NOW
from tests.factories import (
    make_account,
    make_debtor,
    make_hold,
    make_payment,
    make_portfolio,
    make_promise,
)
from tests.walking import PUBLIC, FreshClient, address, fresh_client, grant_of, routes

IDENTIFICATION, LAST_FOUR = "17QXWZJKVY", "JKVY"
NUMBER = "8800112233"
PHONE = "+593991234561"
#: Amounts as they are stored; every way of writing them is looked for.
AMOUNTS = (
    "77431.09",
    "61234.57",
    "16196.52",
    "3333.21",
    "4517.83",
    "73914.26",
    "74097.88",
    "6789.45",
)
DAYS = (
    date(2025, 3, 17),
    date(2025, 4, 18),
    date(2026, 10, 13),
    date(2026, 11, 19),
    date(2027, 2, 9),
)
WORDS = (
    IDENTIFICATION,
    "QXWZ",
    LAST_FOUR,
    NUMBER,
    NUMBER[2:],
    "PLANILLA-QX",
    "REF-QX",
    "NOTA-QX",
    "RETENCION-QX",
    "CALLE-QX",
    "SECTOR-QX",
    "CANAL-QX",
    "RECIBO-QX",
    "7654321",
    "7.654.321",
)


def _canaries() -> set[str]:
    found = set(WORDS)
    for amount in AMOUNTS:
        whole, cents = amount.split(".")
        for grouped in (whole, f"{int(whole):,}", f"{int(whole):,}".replace(",", ".")):
            found |= {f"{grouped}.{cents}", f"{grouped},{cents}"}
    for day in DAYS:
        found |= {day.isoformat(), f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}"}
    return found


CANARIES = _canaries()
#: What the open statement must show: the search finds what is there.
SHOWN = {"77.431,09", "61.234,57", "16.196,52", "17/03/2025", "18/04/2025", NUMBER, "PLANILLA-QX-1"}


@dataclass
class Watcher:
    """An operator's client that keeps everything that came back, and every address it was sent to."""

    app: Flask
    client: FreshClient
    seen: list[tuple[str, str]] = field(default_factory=list)

    def get(self, where: str, **kwargs):
        return self._keep(where, self.client.get(where, buffered=True, **kwargs))

    def post(self, where: str, data: dict | None = None, **kwargs):
        return self._keep(where, self.client.post(where, data=data or {}, buffered=True, **kwargs))

    def open(self, where: str, method: str):
        return self.get(where) if method == "GET" else self.post(where)

    def _keep(self, where: str, answer):
        headers = "\n".join(f"{k}: {unquote(v)}" for k, v in answer.headers if k != "Set-Cookie")
        what = f"{where} → {answer.status_code}"
        self.seen += [
            (what, where),
            (what, headers),
            (what, _readable(answer)),
            (what, self._cookie()),
        ]
        return answer

    def _cookie(self) -> str:
        """The session's cookie is signed, not secret: what is flashed can be read there."""
        cookie = self.client.get_cookie("session")
        if cookie is None:
            return ""
        serializer = self.app.session_interface.get_signing_serializer(self.app)
        return str(serializer.loads(cookie.value))

    def leaks(self) -> list[tuple[str, set[str]]]:
        return [(what, _found(text)) for what, text in self.seen if _found(text)]


def _found(text: str) -> set[str]:
    return {canary for canary in CANARIES if canary.lower() in text.lower()}


def _readable(answer) -> str:
    if answer.mimetype.endswith("spreadsheetml.sheet"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
        rows = [str(r) for n in book.sheet_names for r in book.get_sheet_by_name(n).to_python()]
        return "\n".join(rows)
    return answer.get_data(as_text=True)


@pytest.fixture(autouse=True)
def lawful_moment(monkeypatch):
    """Tuesday at ten, whenever the test runs."""
    moment = SimpleNamespace(now=NOW)
    monkeypatch.setattr(clock, "utcnow", lambda: moment.now)
    return moment


@pytest.fixture
def case(session: Session, people) -> SimpleNamespace:
    """One person in the queue whose debt, past and papers are all canaries; another one of Ana's."""
    portfolio = make_portfolio(session, date(2026, 11, 23), "agua-canarios")
    debtor = make_debtor(
        session,
        "CANARIO TRUENO PEDRO",
        phones=[PHONE, "+593991234562"],
        identification=IDENTIFICATION,
    )
    account = make_account(
        session,
        debtor,
        portfolio,
        "77431.09",
        bills=[],
        number=NUMBER,
        number_key=NUMBER,
        bills_count=7654321,
        oldest_due_on=DAYS[0],
        address="CALLE-QX 1",
        sector="SECTOR-QX",
        agreed_balance=Decimal("6789.45"),
    )
    for n, (amount, due_on) in enumerate((("61234.57", DAYS[0]), ("16196.52", DAYS[1])), 1):
        session.add(
            Bill(
                account_id=account.id,
                number=f"PLANILLA-QX-{n}",
                due_on=due_on,
                amount=Decimal(amount),
                balance=Decimal(amount),
                bills_count=1,
            )
        )
    make_payment(session, account, "3333.21", DAYS[3], reference="REF-QX", channel="CANAL-QX")
    made = datetime(2026, 10, 1, 15, tzinfo=UTC)
    promise = make_promise(
        session,
        people.luis,
        account,
        DAYS[2],
        amount="4517.83",
        state="broken",
        made_at=made,
        made_on=made.date(),
    )
    make_hold(session, debtor, date(2026, 9, 1), date(2026, 9, 9), note="RETENCION-QX")
    case = SimpleNamespace(
        portfolio=portfolio,
        debtor=debtor,
        account=account,
        promise=promise,
        phones=[p.id for p in debtor.contact_points],
    )
    case.calls = [
        _past_call(session, case, agent, made + timedelta(days=n))
        for n, agent in enumerate((people.luis, people.ana))
    ]
    case.other = _anas_own(session, people, portfolio)
    settings = settings_on(session, date(2026, 11, 24))
    build_worklist(session, settings, NOW)
    session.commit()
    return case


def _past_call(session: Session, case, agent, at: datetime) -> Call:
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == "RPC_REFUSE")).one()
    call = Call(
        submit_key=f"00000000-0000-4000-8000-{agent.user_id:012d}",
        debtor_id=case.debtor.id,
        account_id=case.account.id,
        operator_id=agent.user_id,
        outcome=outcome,
        direction="outgoing",
        started_at=at,
        ended_at=at,
        contact_point_id=case.phones[0],
        verified=True,
        note="NOTA-QX de 73914,26",
        receipt="RECIBO-QX",
        owed=Decimal("73914.26"),
        bills_count=7654321,
    )
    session.add(call)
    session.flush()
    return call


def _anas_own(session: Session, people, portfolio) -> SimpleNamespace:
    """Somebody who promised Ana to pay today and asked her to call back at eleven."""
    debtor = make_debtor(
        session, "RAYO MANSO LUCÍA", identification="0999999998QXWZ", phones=["+593991234563"]
    )
    account = make_account(
        session, debtor, portfolio, "74097.88", bills=["74097.88"], oldest_due_on=DAYS[0]
    )
    made = datetime(2026, 11, 18, 15, tzinfo=UTC)
    make_promise(
        session,
        people.ana,
        account,
        date(2026, 11, 24),
        amount="4517.83",
        check_on=DAYS[4],
        made_at=made,
        made_on=made.date(),
    )
    session.add(
        Callback(
            debtor_id=debtor.id,
            due_at=NOW + timedelta(hours=1),
            operator_id=people.ana.user_id,
            asked_at=made,
        )
    )
    session.flush()
    return SimpleNamespace(debtor=debtor, account=account)


@pytest.fixture
def ana(app: Flask, case) -> Watcher:
    return Watcher(app, fresh_client(app, "ana"))


@pytest.fixture
def luis(app: Flask, case) -> Watcher:
    return Watcher(app, fresh_client(app, "luis"))


def _claim(session: Session) -> Claim:
    return session.scalars(sa.select(Claim).order_by(Claim.id.desc()).limit(1)).one()


def _key(session: Session) -> dict[str, str]:
    return {"key": str(_claim(session).key)}


def _hold(watcher: Watcher, session: Session, case, way: str) -> dict[str, str]:
    """Bring the person on the call screen; the claim's key as a form sends it."""
    if way == "queue":
        watcher.post("/work/next")
    else:
        watcher.post("/work/attend", {"person": case.debtor.id, "direction": way})
    assert _claim(session).debtor_id == case.debtor.id
    page = watcher.get("/work/")
    assert "CANARIO TRUENO PEDRO" in page.text and "Resultado" in page.text
    return _key(session)


WAYS = ("queue", "outgoing", "incoming", "counter", "other")


# --- before the check


@pytest.mark.parametrize("way", WAYS)
def test_the_call_screen_shows_only_what_the_mask_allows(session, case, ana, way):
    _hold(ana, session, case, way)
    page = ana.get("/work/").text
    assert "CANARIO TRUENO PEDRO" in page and "17••" in page and "••••33" in page
    assert ana.leaks() == []


def test_the_queue_names_its_reasons_and_not_their_amounts(session, case, ana):
    _hold(ana, session, case, "queue")
    page = ana.get("/work/").text
    assert "compromiso incumplido" in page.lower()
    score = session.scalar(sa.select(WorklistItem.score))
    assert score and not re.search(rf">\s*{score}\s*<", page)
    assert ana.leaks() == []


@pytest.mark.parametrize("way", WAYS)
def test_nothing_leaks_whatever_an_operator_does_before_the_check(session, case, ana, caplog, way):
    key = _hold(ana, session, case, way)
    phone, second = case.phones
    wrong = ({"last_four": "0000"}, {"account": "123"}, {"last_four": ""}, {"last_four": "JK"})
    ana.post("/work/dial", key | {"point": phone})
    ana.get("/work/")
    for said in wrong:
        ana.post("/work/identity", key | said)
        ana.get("/work/")
    for typed in ("0991234569", "alguien@example.com", "tonterías", "0991234569", ""):
        ana.post("/work/contact", key | {"contact": typed})
        ana.get("/work/")
    for point in (second, 999999, "x", ""):
        ana.post("/work/retire", key | {"point": point})
        ana.post("/work/dial", key | {"point": point})
        ana.get("/work/")
    for outcome in session.scalars(sa.select(Outcome.code).where(Outcome.right_party)).all():
        amount = {f"amount_{case.account.id}": "1,00"}
        refused = ana.post(
            "/work/save",
            key
            | amount
            | {"outcome": outcome, "note": "lo que dijo", "day": "other", "due_on": "2026-11-30"},
        )
        assert refused.status_code == 422
        assert "lo que dijo" in refused.text
    for values in (
        {},
        {"outcome": "x"},
        {"outcome": "NC_NA", "due_on": "mañana"},
        {"outcome": "TPC_OCCUPANT"},
    ):
        assert ana.post("/work/save", key | values).status_code == 422
    ana.post("/work/release", key)
    ana.post("/work/next")
    for values in (
        {"person": case.other.debtor.id, "direction": "incoming"},
        {"direction": "x"},
        {},
    ):
        ana.post("/work/attend", values)
        ana.get("/work/")
    for page in ("/day/", "/reports/daily/mine", "/reports/daily/mine/download", "/"):
        ana.get(page)
    saved = ana.post("/work/save", _key(session) | {"outcome": "NC_NA", "then": "stop"})
    assert saved.status_code in (302, 422)
    ana.get("/day/")
    assert ana.leaks() == []
    assert _found(caplog.text) == set()


def test_every_get_route_is_clean_with_the_person_on_screen(app, session, case, ana, caplog):
    _hold(ana, session, case, "queue")
    crawled = 0
    for rule, method in routes(app):
        if method != "GET" or rule.endpoint in ("static", "appbuilder.static", "LocaleView.index"):
            continue
        where = address(app, session, rule)
        ana.get(where)
        ana.get(where, headers={"Accept": "application/json"})
        crawled += 1
    assert crawled > 30
    assert ana.leaks() == []
    assert _found(caplog.text) == set()


def test_every_route_that_an_operator_may_open_is_clean(app, session, case, ana, caplog):
    grants = {(v, p) for v, ps in ROLES["operador"].grants.items() for p in ps}
    mine = [
        (rule, method)
        for rule, method in routes(app)
        if rule.endpoint not in PUBLIC and grant_of(app, rule.endpoint) in grants
    ]
    assert {rule.endpoint for rule, _m in mine if rule.endpoint.startswith("WorkView")} == {
        rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("WorkView")
    }
    _hold(ana, session, case, "queue")
    for rule, method in mine:
        ana.open(address(app, session, rule), method)
        if method == "POST":
            ana.post(
                address(app, session, rule),
                _key(session) | {"point": case.phones[0], "q": "CANARIO"},
            )
    assert ana.leaks() == []
    assert _found(caplog.text) == set()


@pytest.mark.parametrize(
    "measure", ["contacts", "right_party", "promises", "judged_month", "recovered"]
)
def test_my_report_and_its_download_are_clean(session, case, ana, measure, people):
    for day in ("2026-10-01", "2026-10-02", "2026-10-13", "2026-11-18", "2026-11-19", "2026-11-24"):
        page = ana.get(f"/reports/daily/mine?day={day}&measure={measure}")
        book = ana.get(f"/reports/daily/mine/download?day={day}")
        assert (page.status_code, book.status_code) == (200, 200)
    # The day that was asked for, and Ana's own total of a day, are hers to know.
    allowed = {
        "2026-11-19",
        "19/11/2026",
        "2026-10-13",
        "13/10/2026",
        "19-11-2026",
        "4.517,83",
        "4517.83",
    }
    assert [(what, found - allowed) for what, found in ana.leaks() if found - allowed] == []


def test_my_day_names_people_and_nothing_of_their_debts(session, case, ana):
    page = ana.get("/day/").text
    assert page.count("RAYO MANSO LUCÍA") >= 2
    assert ana.leaks() == []


def test_the_correction_of_an_own_call_is_clean(session, case, ana):
    call = case.calls[1]
    assert ana.get(f"/work/correct/{call.id}").status_code == 200
    key = {"key": "5d3f5cf4-9f51-4ba6-a3a1-6f2f5bb0d001"}
    ana.post(f"/work/correct/{call.id}", key | {"outcome": "RPC_PTP_FULL", "note": ""})
    ana.post(f"/work/correct/{call.id}", key | {"outcome": "", "note": ""})
    ana.post(f"/work/correct/{call.id}", key | {"outcome": "NC_NA", "note": "era otro"})
    assert session.scalar(sa.select(Call.id).where(Call.corrects_id == call.id))
    ana.get("/day/")
    assert ana.leaks() == []


@pytest.mark.parametrize(
    "typed", ["CANARIO", "canario trueno", NUMBER, IDENTIFICATION, "0991234561"]
)
def test_looking_somebody_up_shows_the_mask(session, case, ana, caplog, typed):
    page = ana.post("/work/find", {"q": typed})
    assert "CANARIO TRUENO PEDRO" in page.text or typed == IDENTIFICATION
    echo = f'value="{typed}"'
    assert echo in page.text
    ana.seen = [(what, text.replace(echo, "")) for what, text in ana.seen]
    assert ana.leaks() == []
    assert typed not in caplog.text
    row = session.scalars(sa.select(AccessLog).where(AccessLog.kind == "search")).one()
    assert typed not in row.what


def test_another_languages_pages_are_as_clean(session, case, ana):
    ana.get("/lang/en")
    _hold_in_english(ana, case)
    for page in ("/work/", "/day/", "/reports/daily/mine", "/work/find"):
        ana.get(page)
    assert ana.leaks() == []


def _hold_in_english(ana: Watcher, case) -> None:
    ana.post("/work/attend", {"person": case.debtor.id, "direction": "incoming"})
    assert "Is it the holder?" in ana.get("/work/").text


# --- the check


@pytest.mark.parametrize(
    "said",
    [
        {"last_four": LAST_FOUR},
        {"last_four": "jkvy"},
        {"account": NUMBER},
        {"account": " 88-0011 2233"},
    ],
)
def test_the_right_answer_opens_the_statement_for_this_call(session, case, ana, caplog, said):
    key = _hold(ana, session, case, "queue")
    answer = ana.post("/work/identity", key | said)
    assert ana.leaks() == [], "the answer itself is only a redirect"
    assert answer.location == "/work/"
    page = ana.get("/work/").text
    assert {shown for shown in SHOWN if shown not in page} == set()
    assert _found(caplog.text) == set()


@pytest.mark.parametrize(
    "said",
    [
        {"last_four": "JKV"},
        {"last_four": "JKV_"},
        {"last_four": "%"},
        {"last_four": "ZJKVY"},
        {"last_four": IDENTIFICATION},
        {"last_four": "17QX"},
        {"account": NUMBER[:-1]},
        {"account": "33"},
        {"account": "%"},
        {"account": "0"},
        {"last_four": " "},
        {"account": "' OR ''='"},
        {"last_four": "0000", "account": NUMBER},
    ],
    ids=str,
)
def test_a_wrong_answer_never_opens_it(session, case, ana, said):
    key = _hold(ana, session, case, "queue")
    ana.post("/work/identity", key | said)
    assert "17/03/2025" not in ana.get("/work/").text
    assert session.scalar(sa.select(IdentityCheck.id).where(IdentityCheck.passed)) is None
    typed = set(said.values())
    assert [(w, f - typed) for w, f in ana.leaks() if f - typed] == []


def test_nothing_typed_is_no_answer_of_somebody_without_identification(session, case, ana):
    case.debtor.identification = ""
    session.commit()
    key = _hold(ana, session, case, "queue")
    for said in ({"last_four": ""}, {"last_four": "    "}, {"account": ""}, {"account": "-- "}):
        ana.post("/work/identity", key | said)
    assert session.scalar(sa.select(IdentityCheck.id).where(IdentityCheck.passed)) is None
    ana.get("/work/")
    assert ana.leaks() == []


def test_three_misses_close_it_for_the_call(session, case, ana):
    key = _hold(ana, session, case, "queue")
    for _try in range(MISSES_PER_CALL):
        ana.post("/work/identity", key | {"last_four": "0000"})
    page = ana.get("/work/").text
    assert 'name="last_four"' not in page
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    ana.get("/work/")
    assert ana.leaks() == []
    assert session.scalar(sa.select(sa.func.count()).select_from(IdentityCheck)) == MISSES_PER_CALL


def test_misses_of_other_calls_count_for_the_day(session, case, ana, lawful_moment):
    for _call in range(3):
        key = _hold(ana, session, case, "incoming")
        for _try in range(2):
            ana.post("/work/identity", key | {"last_four": "0000"})
        ana.post("/work/release", key)
    key = _hold(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    ana.get("/work/")
    assert ana.leaks() == []
    lawful_moment.now = NOW + timedelta(days=1)
    key = _hold(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    assert "77.431,09" in ana.get("/work/").text


def test_every_try_is_in_the_access_log(session, case, ana, people):
    key = _hold(ana, session, case, "queue")
    ana.post("/work/identity", key | {"last_four": "0000"})
    ana.post("/work/identity", key | {"account": NUMBER})
    rows = session.execute(
        sa.select(AccessLog.kind, AccessLog.what, AccessLog.debtor_id, AccessLog.user_id)
        .where(AccessLog.kind.startswith("identity"))
        .order_by(AccessLog.id)
    ).all()
    who = (case.debtor.id, people.ana.user_id)
    assert [tuple(r) for r in rows] == [
        ("identity_missed", "identification", *who),
        ("identity_passed", "account", *who),
    ]
    assert (
        _found(str(session.execute(sa.text("SELECT what, ip, request_id FROM access_log")).all()))
        == set()
    )


# --- after the check


def test_the_statement_is_closed_again_once_the_call_is_saved(session, case, ana):
    key = _hold(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    assert "77.431,09" in ana.get("/work/").text
    ana.seen.clear()
    saved = ana.post("/work/save", key | {"outcome": "RPC_REFUSE", "then": "stop"})
    assert saved.location == "/day/"
    for page in (
        "/work/",
        "/day/",
        "/reports/daily/mine",
        "/reports/daily/mine/download",
        "/work/find",
    ):
        ana.get(page)
    again = ana.post("/work/save", key | {"outcome": "RPC_REFUSE", "then": "stop"})
    assert again.location == "/day/"
    ana.get("/day/")
    second = _hold(ana, session, case, "incoming")
    assert second != key
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    ana.get("/work/")
    assert ana.leaks() == []


def test_the_statement_is_closed_again_once_the_person_is_given_back(session, case, ana):
    key = _hold(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    ana.post("/work/release", key)
    ana.get("/work/")
    ana.seen.clear()
    _hold(ana, session, case, "incoming")
    assert ana.leaks() == []


def test_a_colleague_inherits_nothing(session, case, ana, luis):
    key = _hold(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    refused = luis.post("/work/attend", {"person": case.debtor.id, "direction": "incoming"})
    assert refused.location == "/work/"
    for where in ("/work/identity", "/work/dial", "/work/contact", "/work/release", "/work/save"):
        luis.post(
            where, key | {"last_four": LAST_FOUR, "outcome": "RPC_REFUSE", "contact": "0991234570"}
        )
        luis.get("/work/")
    assert luis.leaks() == []
    assert _claim(session).closed_at is None
    ana.post("/work/release", key)
    _hold(luis, session, case, "incoming")
    assert luis.leaks() == []


def test_a_refused_save_of_a_verified_call_still_belongs_to_it_alone(session, case, ana, luis):
    key = _hold(ana, session, case, "incoming")
    ana.post("/work/identity", key | {"last_four": LAST_FOUR})
    amount = {f"amount_{case.account.id}": "99999999,00"}
    page = ana.post(
        "/work/save",
        key | amount | {"outcome": "RPC_PTP_FULL", "day": "other", "due_on": "2026-11-30"},
    )
    assert page.status_code == 422 and "77.431,09" in page.text
    luis.post("/work/save", key | amount | {"outcome": "RPC_PTP_FULL"})
    luis.get("/work/")
    assert luis.leaks() == []


def test_amounts_typed_before_the_check_make_no_promise(session, case, ana):
    key = _hold(ana, session, case, "incoming")
    amount = {f"amount_{case.account.id}": "10,00"}
    ana.post(
        "/work/save",
        key | amount | {"outcome": "RPC_PTP_PART", "day": "other", "due_on": "2026-11-30"},
    )
    assert session.scalar(sa.select(Call.id).where(Call.submit_key == _claim(session).key)) is None
    assert ana.leaks() == []


# --- those who may see everything leave a trace


@pytest.mark.parametrize("username", ["eva", "alma"])
def test_the_persons_page_is_open_to_them_and_in_the_access_log(
    app, session, case, people, username
):
    page = Watcher(app, fresh_client(app, username)).get(f"/people/{case.debtor.id}").text
    assert {shown for shown in SHOWN | {IDENTIFICATION} if shown not in page} == set()
    row = session.scalars(sa.select(AccessLog).order_by(AccessLog.id.desc())).first()
    assert (row.kind, row.debtor_id, row.user_id) == (
        "view",
        case.debtor.id,
        getattr(people, username).user_id,
    )


def test_an_operator_is_told_nothing_by_a_forbidden_page(session, case, ana):
    for where in (f"/people/{case.debtor.id}", f"/accounts/show/{case.account.id}", "/calls/list/"):
        assert ana.get(where).status_code == 403
    assert ana.leaks() == []


def test_the_tables_hold_what_is_looked_for(session, case):
    """The canaries are alive: a search that can find nothing proves nothing."""
    kept = "\n".join(
        str(session.execute(sa.text(f"SELECT * FROM {table}")).all())
        for table in ("debtor", "account", "bill", "payment", "promise", "hold", "call")
    )
    assert {
        c
        for c in ("77431.09", "61234.57", "3333.21", "4517.83", "73914.26", *WORDS[:12])
        if c not in kept
    } == set()
    assert session.get(Account, case.account.id).debtor_id == session.get(Debtor, case.debtor.id).id
