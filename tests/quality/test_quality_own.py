"""An operator's own reviews and the trend on screen: nobody else's, masked, each figure with its rows."""

from __future__ import annotations

import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from app.models import AccessLog
from app.quality.service import acknowledge_review
from tests.conftest import NOW
from tests.quality.floor import HOSTILE

# --- the operator's own


@pytest.fixture
def scored(review, score):
    """Ana's review, scored."""
    return score(review, "xmmmmmm", feedback="salude primero", notes={0: HOSTILE})


def test_an_operator_reads_their_own_masked_and_counted(session, people, scored, client):
    scored.call.note = "ofreció 217.00 de su deuda"
    session.flush()
    ana = client("ana")
    home = ana.get("/quality/mine/").text
    assert "LOOR VERA MARÍA" in home and "23/11/2026 10:00" in home and "90.00" in home
    assert re.search(r'href="/quality/mine/".*?<span class="nav-count">1<span', home, re.S)
    page = ana.get(f"/quality/mine/{scored.id}").text
    assert "salude primero" in page and "&lt;script&gt;" in page and HOSTILE not in page
    for hidden in ("217.00", scored.call.debtor.identification, "099", "Eva Loor"):
        assert hidden not in home + page
    log = session.execute(
        sa.select(AccessLog.kind, AccessLog.debtor_id).where(AccessLog.what == "my quality")
    ).all()
    assert [tuple(row) for row in log] == [("search", None), ("view", scored.call.debtor_id)]


def test_an_operator_acknowledges_once(session, people, scored, client):
    ana = client("ana")
    where = f"/quality/mine/{scored.id}/acknowledge"
    answer = ana.post(where, data={"reply": HOSTILE}, follow_redirects=True)
    assert "You have acknowledged the review." in answer.text
    session.refresh(scored)
    assert (scored.acknowledged_at, scored.reply) == (NOW, HOSTILE)
    again = ana.post(where, data={"reply": "otra"})
    assert again.status_code == 422 and "already" in again.text and HOSTILE not in again.text
    session.refresh(scored)
    assert scored.reply == HOSTILE


def test_too_long_a_reply_is_kept_and_refused(session, scored, client):
    answer = client("ana").post(
        f"/quality/mine/{scored.id}/acknowledge", data={"reply": "x" * 1001}
    )
    assert answer.status_code == 422 and "x" * 1001 in answer.text
    session.refresh(scored)
    assert scored.acknowledged_at is None


def test_somebody_elses_review_is_not_there(session, people, scored, client):
    luis = client("luis")
    assert "LOOR VERA" not in luis.get("/quality/mine/").text
    assert luis.get(f"/quality/mine/{scored.id}").status_code == 404
    assert luis.post(f"/quality/mine/{scored.id}/acknowledge").status_code == 404
    session.refresh(scored)
    assert scored.acknowledged_at is None
    assert luis.get("/quality/mine/99999999999").status_code == 404


def test_ones_own_review_that_is_not_scored_yet_is_not_there(session, review, client):
    ana = client("ana")
    assert ana.get(f"/quality/mine/{review.id}").status_code == 404
    assert ana.post(f"/quality/mine/{review.id}/acknowledge").status_code == 404


@pytest.mark.parametrize(
    "query", ["step=month", "step=rubbish", "page=2", "page=x", "page=99999999"]
)
def test_any_page_and_step_of_ones_own_opens(session, scored, client, query):
    assert client("ana").get(f"/quality/mine/?{query}").status_code == 200


# --- the trend


def test_each_figure_opens_exactly_its_reviews(session, people, scored, eva):
    acknowledge_review(session, people.ana, NOW, scored.id, "")
    session.commit()
    page = eva.get("/quality/trend/").text
    links = {
        link.replace("&amp;", "&")
        for link in re.findall(r'href="(/quality/reviews/list/\?[^"]+)"', page)
    }
    narrowed = [parse_qs(urlsplit(link).query) for link in links]
    assert len(links) >= 10 and all("_flt_0_called" in query for query in narrowed)
    for link in links:
        assert eva.get(link).text.count("/quality/reviews/show/") == 1, link
    assert 'data-chart role="img"' in page and "1 review" in page


@pytest.mark.parametrize(
    "query",
    ["first_day=x", "last_day=2026-01-01", "step=rubbish", "operator=x", "operator=99999999999"],
)
def test_any_address_of_the_trend_opens(session, scored, eva, query):
    assert eva.get(f"/quality/trend/?{query}").status_code == 200


def test_the_workbook_is_of_what_was_asked_for_and_logged(session, people, scored, eva):
    where = f"/quality/trend/download?first_day=2026-11-01&last_day=2026-11-23&operator={people.ana.user_id}"
    answer = eva.get(where, buffered=True)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    heading = book.get_sheet_by_index(0).to_python(skip_empty_area=False)[0][0]
    assert "Ana Cedeño" in heading and "01/11/2026" in heading
    log = session.scalars(sa.select(AccessLog).where(AccessLog.kind == "download")).one()
    assert (log.what, log.rows) == ("quality trend", 1)


def test_a_trend_of_nothing_says_so(session, eva):
    assert "Nothing was scored" in eva.get("/quality/trend/").text
