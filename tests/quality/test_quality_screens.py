"""The screens of quality: who sees what, what a refusal keeps, nobody else's review, nothing unescaped."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.models import (
    AccessLog,
    Criterion,
    IdentityCheck,
    QualityMark,
    QualityReview,
    QualitySample,
    SettingValue,
)
from tests.conftest import NOW
from tests.quality.floor import DAYS, HOSTILE, MONDAY, criteria


def marked(session, marks="mmmmmmm", **said) -> dict[str, str]:
    """A posted scorecard."""
    words = {"m": "met", "p": "partly", "x": "missed", "-": "not_applicable"}
    named = zip(criteria(session), marks, strict=True)
    return {f"mark-{c.id}": words[letter] for c, letter in named} | {"feedback": ""} | said


# --- drawing


def test_a_sample_is_drawn_and_says_who_had_fewer(session, people, called, eva):
    for _n in range(4):
        called(people.ana)
    called(people.luis)
    form = eva.get("/quality/samples/draw").text
    assert 'value="2026-11-17"' in form and 'value="2026-11-23"' in form
    data = {"first_day": MONDAY, "last_day": MONDAY, "per_operator": "3", "seed": ""}
    answer = eva.post("/quality/samples/draw", data=data, follow_redirects=True)
    assert "4 calls drawn." in answer.text
    assert "1 operator had fewer calls to draw than the 3 asked for" in answer.text
    [sample] = session.scalars(sa.select(QualitySample)).all()
    assert len(sample.seed) == 16 and sample.drawn_by_id == people.eva.user_id
    desk = eva.get("/quality/").text
    assert "0 of 4" in desk and "1 with fewer calls" in desk


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"last_day": "2026-11-24"}, "days that are over"),
        ({"per_operator": "0"}, "needs your attention"),
        ({"per_operator": "x"}, "needs your attention"),
        ({"first_day": "rubbish"}, "needs your attention"),
        ({"operators": "999999"}, "needs your attention"),
        ({"seed": "s" * 33}, "needs your attention"),
        ({}, "No answered call"),
    ],
)
def test_a_refused_draw_keeps_what_was_typed(session, people, eva, typed, sentence):
    data = {"first_day": MONDAY, "last_day": MONDAY, "per_operator": "7", "seed": "semilla"} | typed
    answer = eva.post("/quality/samples/draw", data=data)
    assert answer.status_code == 422 and sentence in answer.text
    assert data["seed"] in answer.text
    assert session.scalars(sa.select(QualitySample)).all() == []


# --- scoring


def test_the_page_shows_the_calls_facts_and_logs_the_view(session, people, review, eva):
    session.add(
        IdentityCheck(
            claim_key=review.call.submit_key,
            debtor_id=review.call.debtor_id,
            operator_id=people.ana.user_id,
            at=NOW - DAYS,
            by="account",
            passed=False,
        )
    )
    review.call.note = HOSTILE
    session.flush()
    page = eva.get(f"/quality/reviews/show/{review.id}").text
    for shown in ("LOOR VERA MARÍA", "0:03:00", "Outgoing call", "Refuses", "not passed"):
        assert shown in page
    assert HOSTILE not in page and "&lt;script&gt;" in page
    assert all(criterion.help in page for criterion in criteria(session))
    assert "Listen to the recording" not in page
    log = session.scalars(sa.select(AccessLog).where(AccessLog.what == "quality reviews")).one()
    assert (log.kind, log.debtor_id) == ("view", review.call.debtor_id)


@pytest.mark.parametrize(
    ("template", "href"),
    [
        (
            "https://pbx.example/{day}/{number}?c={call}",
            "https://pbx.example/2026-11-23/%2B593991234567?c=",
        ),
        ("javascript:alert(1)", None),
    ],
)
def test_the_recording_is_linked_only_by_a_web_address(
    session, people, review, eva, template, href
):
    row = SettingValue(
        name="recording_link",
        value=template,
        holds_from=MONDAY - timedelta(days=30),
        set_at=NOW,
        set_by_id=people.adela.user_id,
    )
    session.add(row)
    session.commit()
    page = eva.get(f"/quality/reviews/show/{review.id}").text
    assert ("Listen to the recording" in page) is (href is not None)
    assert "javascript:" not in page
    if href:
        assert f'href="{href}{review.call_id}" target="_blank" rel="noopener noreferrer"' in page


def test_scoring_goes_on_with_the_next_one(session, people, called, draw, eva):
    called(people.ana)
    called(people.ana)
    sample, _drawn, _calls = draw()
    first, second = session.scalars(
        sa.select(QualityReview.id).where(QualityReview.sample_id == sample.id).order_by("id")
    ).all()
    answer = eva.post(f"/quality/reviews/{first}/score", data=marked(session))
    assert answer.location.endswith(f"/quality/next?sample={sample.id}")
    assert eva.get(answer.location).location.endswith(f"/quality/reviews/show/{second}")
    answer = eva.post(
        f"/quality/reviews/{second}/score",
        data=marked(session, "mmmmxmm", feedback="cierre con fecha"),
        follow_redirects=True,
    )
    assert "Scored: 85.00 of 100." in answer.text and "Every drawn call is scored" in answer.text


def test_a_refused_scorecard_keeps_what_was_marked(session, review, eva):
    first = criteria(session)[0]
    data = marked(session, "xmmmmmm", **{f"note-{first.id}": HOSTILE})
    answer = eva.post(f"/quality/reviews/{review.id}/score", data=data)
    assert answer.status_code == 422 and "Something was missed" in answer.text
    assert re.search(rf'name="mark-{first.id}" value="missed" required checked', answer.text)
    assert HOSTILE not in answer.text and "&lt;script&gt;" in answer.text
    session.refresh(review)
    assert review.scored_at is None


@pytest.mark.parametrize(
    "data", [{}, {"mark-x": "met"}, {"mark-99999999999": "met"}, {"mark-1": ""}]
)
def test_rubbish_scores_nothing(session, review, eva, data):
    assert eva.post(f"/quality/reviews/{review.id}/score", data=data).status_code == 422
    session.refresh(review)
    assert review.scored_at is None


def test_a_second_scoring_tells_who_was_quicker(session, review, score, eva):
    score(review)
    answer = eva.post(f"/quality/reviews/{review.id}/score", data=marked(session))
    assert answer.status_code == 422 and "Eva Loor scored this call on 24/11/2026" in answer.text
    assert "data-scorecard" not in answer.text


def test_what_is_scored_shows_its_marks_escaped(session, review, score, eva):
    score(review, "xmmmmmm", feedback=HOSTILE, notes={0: HOSTILE})
    page = eva.get(f"/quality/reviews/show/{review.id}").text
    assert HOSTILE not in page and page.count("&lt;script&gt;") == 2
    assert "90.00" in page and "data-scorecard" not in page


def test_a_specialists_own_call_is_for_somebody_else(session, people, called, draw, eva):
    called(people.eva)
    sample, _drawn, _calls = draw(operators=(people.eva.user_id,))
    own = session.scalars(
        sa.select(QualityReview.id).where(QualityReview.sample_id == sample.id)
    ).one()
    assert "somebody else scores it" in eva.get(f"/quality/reviews/show/{own}").text
    answer = eva.post(f"/quality/reviews/{own}/score", data=marked(session))
    assert answer.status_code == 422 and "This call is yours" in answer.text


@pytest.mark.parametrize(
    "path", ["/quality/samples/99999999999", "/quality/samples/987654", "/quality/reviews/show/0"]
)
def test_what_is_not_there_is_not_found(session, eva, path):
    assert eva.get(path).status_code == 404


@pytest.mark.parametrize("username", ["ana", "fredy", "rosa", "adela", "alma"])
def test_nobody_else_draws_or_scores(session, review, client, username):
    other = client(username)
    assert other.post("/quality/samples/draw", data={}).status_code == 403
    answer = other.post(f"/quality/reviews/{review.id}/score", data=marked(session))
    assert answer.status_code == 403
    session.refresh(review)
    assert review.scored_at is None


def test_the_auditor_reads_without_scoring(session, review, client):
    alma = client("alma")
    page = alma.get(f"/quality/reviews/show/{review.id}").text
    assert "A specialist scores it." in page and "data-scorecard" not in page
    assert "Draw a sample" not in alma.get("/quality/").text


# --- the list


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("_flt_0_state=to_score", False),
        ("_flt_0_state=scored", True),
        ("_flt_0_state=acknowledged", False),
        ("_flt_0_operator={ana}", True),
        ("_flt_0_operator={luis}", False),
        ("_flt_0_called=2026-11-23&_flt_1_called=2026-11-23", True),
        ("_flt_0_called=2026-11-24", False),
        ("_flt_1_called=2026-11-22", False),
        ("_flt_1_score=90", True),
        ("_flt_2_score=89.99", False),
        ("_flt_0_criterion={first}", True),
        ("_flt_1_criterion={first}", True),
        ("_flt_0_criterion={second}", False),
        ("_flt_1_criterion={third}", False),
        ("_flt_0_sample={sample}", True),
        ("_flt_0_sample=987654", False),
        ("_flt_0_scored_by={eva}", True),
        ("_flt_0_called=rubbish", True),
    ],
)
def test_the_list_is_narrowed(session, people, review, score, eva, query, found):
    first, second, third = [c.id for c in criteria(session)][:3]
    score(review, "x-mm-mm")
    review.score = 90
    session.flush()
    keys = {
        "ana": people.ana.user_id,
        "luis": people.luis.user_id,
        "eva": people.eva.user_id,
        "first": first,
        "second": second,
        "third": third,
        "sample": review.sample_id,
    }
    page = eva.get(f"/quality/reviews/list/?{query.format(**keys)}").text
    assert (f"/quality/reviews/show/{review.id}" in page) is found


def test_the_list_is_downloaded_and_logged(session, review, eva):
    answer = eva.post("/quality/reviews/download", data={"form": "csv"}, buffered=True)
    assert answer.status_code == 200 and "Ana Cedeño" in answer.text
    log = session.scalars(sa.select(AccessLog).where(AccessLog.kind == "download")).one()
    assert (log.what, log.rows) == ("quality/reviews", 1)


# --- the catalogue


def test_a_criterion_that_was_used_is_made_inactive_not_deleted(session, review, score, eva):
    score(review)
    first = criteria(session)[0]
    answer = eva.post(f"/quality/criteria/delete/{first.id}", follow_redirects=True)
    assert "make it inactive instead" in answer.text
    assert session.get(Criterion, first.id) is not None
    data = {"name": first.name, "help": "", "weight": "10", "position": "1"}
    eva.post(f"/quality/criteria/edit/{first.id}", data=data)
    session.refresh(first)
    assert first.is_active is False
    assert "weights in use: 90 of 100" in eva.get("/quality/criteria/list/").text
    marks = sa.select(sa.func.count(QualityMark.id)).where(QualityMark.criterion_id == first.id)
    assert session.scalar(marks) == 1


@pytest.mark.parametrize("weight", ["0", "101", "x", ""])
def test_a_weight_goes_from_1_to_100(session, eva, weight):
    data = {"name": "Otro", "weight": weight, "position": "9", "is_active": "y"}
    eva.post("/quality/criteria/add", data=data)
    assert session.scalar(sa.select(Criterion.id).where(Criterion.name == "Otro")) is None
