"""«Mi ruta» over the wire: one's own and nobody else's, what the phone gets and sends, photos and sheets."""

from __future__ import annotations

import io
import json
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from PIL import Image
from python_calamine import CalamineWorkbook

from app.core import clock
from app.models import AccessLog, StoredFile, Visit
from tests.conftest import NOW
from tests.factories import make_hold, make_payment, make_promise
from tests.route.floor import DAY, assign


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)


@pytest.fixture
def enter(sign_in):
    """``enter("fredy")``: a client that is answered in English."""

    def make(username):
        client = sign_in(username)
        client.get("/lang/en")
        return client

    return make


@pytest.fixture
def fredy(enter):
    return enter("fredy")


@pytest.fixture
def in_field(session, people):
    """Rosa goes out too."""
    session.execute(
        sa.text(
            "INSERT INTO ab_user_role (user_id, role_id)"
            " SELECT :id, id FROM ab_role WHERE name = 'campo'"
        ),
        {"id": people.rosa.user_id},
    )
    session.commit()
    return people.rosa


def _sent(case, result="nobody", *, waited=timedelta(0), **more):
    saved = NOW - timedelta(hours=3)  # whatever the phone's clock believes
    return {
        "key": str(uuid.uuid4()),
        "referral": str(case.id),
        "result": result,
        "saved": saved.isoformat(),
        "sent": (saved + waited).isoformat(),
    } | more


def _post(client, data):
    return client.post("/route/visits", data=data, headers={"Accept": "application/json"})


def _photo(size=(40, 30)) -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", size, "red").save(content, "JPEG")
    content.seek(0)
    return content


# --- the day


def test_a_day_is_in_order_with_what_keeps_a_stop_from_being_visited(session, fredy, given):
    paid = given("PAGÓ YA", sector="Sur")
    make_payment(session, paid.account, "80.50", DAY)
    promised = given("VERA ANA", sector="Sur", address="Calle 3")
    make_promise(session, _eva(session), promised.account, DAY + timedelta(days=3))
    free = given("MERO LUIS", latitude=Decimal("-1.05"), longitude=Decimal("-80.45"))
    late = given("TARDE", planned_on=DAY)
    late.planned_on = DAY - timedelta(days=1)
    given("MAÑANA", planned_on=DAY + timedelta(days=1))
    session.commit()
    day = fredy.get("/route/data").json
    assert [stop["name"] for stop in day["stops"]] == ["MERO LUIS", "TARDE", "PAGÓ YA", "VERA ANA"]
    stops = {stop["referral"]: stop for stop in day["stops"]}
    assert stops[paid.id]["refused"] == "Paid: do not visit."
    assert "a promise is pending" in stops[promised.id]["refused"]
    assert stops[free.id]["refused"] == "" and stops[late.id]["late"]
    assert stops[free.id]["map"].endswith("query=-1.050000,-80.450000")
    assert stops[late.id]["map"] == ""
    assert day["token"] and day["day"] == "24/11/2026"


def _eva(session):
    user = session.execute(sa.text("SELECT id FROM ab_user WHERE username = 'eva'")).scalar_one()
    return type("Someone", (), {"user_id": user})()


def test_the_phone_gets_no_amount_no_bill_and_no_whole_number(session, fredy, given):
    case = given(balance="1234.56", number="00778899", number_key="778899")
    make_hold(session, case.debtor, DAY, DAY, note="debe 1234.56", reason="hardship")
    session.commit()
    bills = session.scalars(sa.text("SELECT number FROM bill")).all()
    texts = [fredy.get("/route/data").text, fredy.get("/route/").text]
    texts.append(_post(fredy, _sent(case)).text)
    texts.append(fredy.get("/route/data").text)
    secrets = [case.debtor.identification, "778899", "1234.56", "1234,56", "1.234", *bills]
    for text in texts:
        assert [secret for secret in secrets if secret in text] == []
    assert case.debtor.name not in texts[1]


def test_a_worker_sees_their_own_cases_and_no_other(session, enter, given, in_field):
    mine, hers = given("MERO LUIS"), given("LOOR ANA", worker=in_field)
    session.commit()
    assert _names(enter("fredy")) == [mine.debtor.name]
    assert _names(enter("rosa")) == [hers.debtor.name]
    answer = _post(enter("fredy"), _sent(hers))
    assert answer.status_code == 409 and "not of a case" in answer.json["error"]
    assert session.scalar(sa.select(Visit.id)) is None


def _names(client):
    return [stop["name"] for stop in client.get("/route/data").json["stops"]]


def test_opening_the_day_is_a_row_of_the_access_log(session, fredy, given, people):
    given()
    session.commit()
    fredy.get("/route/data")
    row = session.scalars(sa.select(AccessLog).where(AccessLog.what == "route")).one()
    assert (row.user_id, row.rows) == (people.fredy.user_id, 1)


@pytest.mark.parametrize("who", ["ana", "rosa", "adela", "eva", "alma"])
def test_whoever_does_not_go_out_has_no_route_and_records_nothing(session, enter, given, who):
    case = given()
    session.commit()
    client = enter(who)
    for where in ("/route/", "/route/data", "/route/sw.js"):
        assert client.get(where).status_code == 403
    assert _post(client, _sent(case)).status_code == 403
    assert session.scalar(sa.select(Visit.id)) is None


def test_the_page_may_ask_where_it_is_and_no_other_page_may(fredy):
    assert "geolocation=(self)" in fredy.get("/route/").headers["Permissions-Policy"]
    other = fredy.get("/resetmypassword/form").headers["Permissions-Policy"]
    assert "geolocation=()" in other


def test_the_service_worker_looks_after_the_route_alone(fredy):
    answer = fredy.get("/route/sw.js", buffered=True)
    assert answer.mimetype == "text/javascript"
    assert "Service-Worker-Allowed" not in answer.headers


# --- what it sends


def test_a_visit_is_taken_in_at_the_moment_at_which_it_was_saved(session, fredy, given):
    case = given()
    session.commit()
    answer = _post(
        fredy,
        _sent(
            case, waited=timedelta(minutes=90), phone="0991112223", latitude="-1.05", longitude="x"
        ),
    )
    assert answer.status_code == 200
    row = session.scalars(sa.select(Visit)).one()
    assert row.at == NOW - timedelta(minutes=90)
    assert row.latitude is None
    done = answer.json["done"]
    assert (done["referral"], done["result"], done["hour"]) == (case.id, "nobody", "08:30")
    assert fredy.get("/route/data").json["done"] == [done]


def test_sent_again_after_a_lost_answer_it_is_one(session, fredy, given):
    case = given()
    session.commit()
    sent = _sent(case, photo=(_photo(), "a.jpg"))
    first = _post(fredy, sent).json
    again = _post(fredy, sent | {"photo": (_photo(), "a.jpg")}).json
    assert first["done"] == again["done"]
    for table in (Visit, StoredFile):
        assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_a_refusal_is_a_sentence_that_the_phone_keeps(session, fredy, given):
    case = given()
    session.commit()
    answer = _post(fredy, _sent(case, waited=timedelta(days=30)))
    assert answer.status_code == 409 and "older than" in answer.json["error"]
    answer = _post(fredy, _sent(case, "asleep"))
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "x"},
        {"referral": "0"},
        {"saved": "yesterday"},
        {"saved": "2026-11-24T10:00:00"},
        {"note": "a\0b"},
        {"sent": "9999-12-31T23:59:59+00:00", "saved": "0001-01-01T00:00:00+00:00"},
    ],
)
def test_what_no_page_of_ours_sends_is_a_bad_request_or_refused(session, fredy, given, wrong):
    case = given()
    session.commit()
    assert _post(fredy, _sent(case) | wrong).status_code in (400, 409)
    assert session.scalar(sa.select(Visit.id)) is None


def test_a_correction_takes_the_place_of_what_it_corrects(session, fredy, given):
    case = given()
    session.commit()
    first = _post(fredy, _sent(case)).json["done"]
    _post(fredy, _sent(case, "moved", corrects=first["key"]))
    done = fredy.get("/route/data").json["done"]
    assert [(d["referral"], d["result"]) for d in done] == [(case.id, "moved")]


# --- photos


def test_a_photo_is_for_its_worker_the_specialist_and_the_auditor(
    session, fredy, enter, given, in_field, people
):
    case = given()
    session.commit()
    done = _post(fredy, _sent(case, photo=(_photo((3000, 20)), "casa.png"))).json["done"]
    where = f"/route/photo/{done['visit']}"
    for client in (fredy, enter("eva"), enter("alma")):
        answer = client.get(where, buffered=True)
        assert answer.status_code == 200 and answer.mimetype == "image/jpeg"
        assert Image.open(io.BytesIO(answer.data)).width == 1600
    # Rosa goes out too, but not there; the others have no photos at all.
    assert enter("rosa").get(where).status_code == 404
    for who in ("ana", "adela"):
        assert enter(who).get(where).status_code == 403
    seen = sa.select(AccessLog.user_id).where(AccessLog.what == "visit photo")
    assert set(session.scalars(seen)) == {
        people.fredy.user_id,
        people.eva.user_id,
        people.alma.user_id,
    }


def test_a_visit_without_a_photo_and_none_at_all_have_none(session, fredy, given):
    case = given()
    session.commit()
    done = _post(fredy, _sent(case)).json["done"]
    for key in (done["visit"], 10**9, 10**30):
        assert fredy.get(f"/route/photo/{key}").status_code == 404


def test_what_is_no_photo_is_refused_and_nothing_is_kept(session, fredy, given):
    case = given()
    session.commit()
    answer = _post(fredy, _sent(case, photo=(io.BytesIO(b"<svg onload=alert(1)>"), "a.jpg")))
    assert answer.status_code == 409
    assert session.scalar(sa.select(Visit.id)) is None


# --- the sheet


def test_the_sheet_is_the_route_in_its_order_masked_with_room_to_write(
    session, fredy, given, people
):
    first = given("=MERO LUIS", sector="Norte", number="00778899", number_key="778899")
    first.account.attributes = {"NUM_MEDIDOR": "M4009145"}
    given("LOOR ANA", sector="Sur")
    session.commit()
    answer = fredy.get(f"/route/sheet/{people.fredy.user_id}/2026-11-24.xlsx", buffered=True)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    rows = book.to_python()
    begins = next(n for n, row in enumerate(rows) if row[0] == "No.")
    assert [row[:2] for row in rows[begins + 1 : begins + 3]] == [
        ["1", "=MERO LUIS"],
        ["2", "LOOR ANA"],
    ]
    assert rows[begins + 1][3:9] == ["••••99", "Calle 1 y Sucre", "Norte", "M4009145", "", ""]
    told = json.dumps(rows)
    assert first.debtor.identification not in told and "778899" not in told and "80.5" not in told
    paper = fredy.get(f"/route/sheet/{people.fredy.user_id}/2026-11-24.pdf", buffered=True)
    assert paper.data.startswith(b"%PDF-")
    logged = sa.select(AccessLog.what).where(AccessLog.kind == "download").order_by(AccessLog.id)
    assert session.scalars(logged).all() == ["route sheet xlsx", "route sheet pdf"]


def test_a_worker_prints_their_own_sheet_and_the_specialist_anybodys(
    session, fredy, enter, given, in_field, people
):
    given(worker=in_field)
    session.commit()
    hers = f"/route/sheet/{in_field.user_id}/2026-11-24.pdf"
    assert fredy.get(hers).status_code == 404
    for who in ("rosa", "eva", "alma"):
        assert enter(who).get(hers, buffered=True).status_code == 200
    assert enter("ana").get(hers).status_code == 403
    eva = enter("eva")
    page = eva.get("/route/sheets").text
    assert "Rosa Tenesaca" in page and hers in page
    assert "Nobody goes out" in eva.get("/route/sheets?day=2026-11-23").text
    for odd in ("0/2026-11-24.pdf", f"{10**20}/2026-11-24.pdf", "1/x.pdf", "1/2026-11-24.doc"):
        assert eva.get(f"/route/sheet/{odd}").status_code == 404


def test_an_empty_day_prints_all_the_same(fredy, people):
    where = f"/route/sheet/{people.fredy.user_id}/2026-11-24"
    for form in ("pdf", "xlsx"):
        assert fredy.get(f"{where}.{form}", buffered=True).status_code == 200


def test_a_case_that_was_given_to_somebody_else_is_gone_from_the_route(
    session, fredy, given, in_field, people
):
    case = given()
    assign(session, people, case, in_field)
    session.commit()
    assert _names(fredy) == []
