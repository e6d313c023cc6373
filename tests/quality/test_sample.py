"""Samples: which calls may be drawn, that each is as likely as any other, and that none comes twice."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.calls.corrections import correct_call
from app.core.errors import RuleBroken
from app.models import Call, QualityReview, TimelineEvent
from app.quality.reading import find_sample, sample_operators, samples
from app.quality.service import NewSample, draw_sample
from tests.conftest import NOW
from tests.quality.floor import DAYS, MINUTE, MONDAY, SETTINGS, drawn_calls


def test_so_many_of_each_operator_are_drawn_and_it_is_told(session, people, called, draw):
    for _n in range(5):
        called(people.ana)
        called(people.luis)
    sample, drawn, calls = draw(per_operator=3)
    assert drawn == {people.ana.user_id: 3, people.luis.user_id: 3} and len(calls) == 6
    assert (sample.drawn_by_id, sample.seed) == (people.eva.user_id, "semilla")
    event = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.deed == "draw_sample")
    ).one()
    assert (event.subject_id, event.debtor_id, event.after["calls"]) == (sample.id, None, 6)


@pytest.mark.parametrize(
    ("code", "columns", "drawn"),
    [
        ("RPC_REFUSE", {}, True),
        ("TPC_MESSAGE", {}, True),
        ("RPC_REFUSE", {"direction": "incoming"}, True),
        ("RPC_REFUSE", {"direction": "counter"}, False),
        ("RPC_REFUSE", {"direction": "other"}, False),
        ("NC_NA", {}, False),
        ("NC_BUSY", {}, False),
        ("SYS_ERROR", {}, False),
    ],
)
def test_only_answered_telephone_calls_are_drawn(
    session, people, called, draw, code, columns, drawn
):
    always = called(people.ana)
    call = called(people.ana, code, **columns)
    _sample, _drawn, calls = draw(per_operator=10)
    assert calls == ({always.id, call.id} if drawn else {always.id})


@pytest.mark.parametrize(
    ("shift", "drawn"),
    [
        (timedelta(0), False),
        (timedelta(seconds=-1), True),
        (timedelta(hours=-24), True),
        (timedelta(hours=-24, seconds=-1), False),
    ],
)
def test_the_days_are_the_units_from_midnight_to_midnight(
    session, people, called, draw, shift, drawn
):
    midnight_after = NOW.replace(hour=5, minute=0)
    always = called(people.ana, at=NOW - DAYS)
    call = called(people.ana, at=midnight_after + shift)
    _sample, _drawn, calls = draw(per_operator=10)
    assert (call.id in calls, always.id in calls) == (drawn, True)


def test_a_corrected_call_is_drawn_once_in_its_corrected_form(session, people, called, draw):
    old = called(people.ana)
    new = correct_call(
        session, people.ana, SETTINGS, NOW, old.id, "RPC_HANGUP", "x", key=uuid.uuid4()
    )
    _sample, _drawn, calls = draw()
    assert calls == {new.id}


def test_a_drawn_call_that_is_corrected_afterwards_is_not_drawn_again(
    session, people, called, draw
):
    old = called(people.ana)
    draw()
    correct_call(session, people.ana, SETTINGS, NOW, old.id, "RPC_HANGUP", "x", key=uuid.uuid4())
    with pytest.raises(RuleBroken, match="No answered call"):
        draw()


def test_drawing_again_gives_other_calls_until_there_are_none(session, people, called, draw):
    made = {called(people.ana).id for _n in range(5)}
    _s, drawn, first = draw(per_operator=3)
    _s, again, second = draw(per_operator=3)
    assert (drawn, again) == ({people.ana.user_id: 3}, {people.ana.user_id: 2})
    assert first | second == made and not first & second
    with pytest.raises(RuleBroken, match="No answered call of those days is left"):
        draw(per_operator=3)


def test_the_same_seed_over_the_same_calls_draws_the_same(session, people, called):
    for _n in range(40):
        called(people.ana)
    wanted = NewSample(MONDAY, MONDAY, 5)

    def drawn(seed) -> set[int]:
        with session.begin_nested() as kept:
            sample, _got = draw_sample(session, people.eva, NOW, SETTINGS, wanted, seed)
            calls = drawn_calls(session, sample)
            kept.rollback()
        return calls

    assert drawn("uno") == drawn("uno")
    assert drawn("uno") != drawn("dos")


def test_each_call_is_as_likely_as_any_other(session, people, called):
    """400 fixed seeds, 3 of 12 calls each: every call is expected 100 times; chi-squared with 11
    degrees of freedom stays below its 99.9 % bound."""
    made = [called(people.ana).id for _n in range(12)]
    counts = Counter(dict.fromkeys(made, 0))
    wanted = NewSample(MONDAY, MONDAY, 3)
    for seed in range(400):
        with session.begin_nested() as kept:
            sample, _got = draw_sample(session, people.eva, NOW, SETTINGS, wanted, f"s{seed}")
            counts.update(drawn_calls(session, sample))
            kept.rollback()
    assert sum(counts.values()) == 1200
    assert sum((n - 100) ** 2 / 100 for n in counts.values()) < 31.3


def test_one_operators_many_calls_do_not_crowd_out_anothers_few(session, people, called, draw):
    for _n in range(30):
        called(people.ana)
    few = {called(people.luis).id for _n in range(2)}
    sample, drawn, calls = draw(per_operator=4)
    assert drawn == {people.ana.user_id: 4, people.luis.user_id: 2} and few < calls
    progress = find_sample(session, sample.id)
    assert (progress.operators, progress.drawn, progress.short) == (2, 6, 1)


def test_only_the_chosen_operators_are_drawn_from_also_when_one_has_none(
    session, people, called, draw
):
    for _n in range(3):
        called(people.ana)
        called(people.eva)
    chosen = (people.ana.user_id, people.luis.user_id)
    sample, drawn, _calls = draw(per_operator=2, operators=chosen)
    assert drawn == {people.ana.user_id: 2, people.luis.user_id: 0}
    shown = [(o.name, o.drawn) for o in sample_operators(session, sample.id)]
    assert shown == [("Ana Cedeño", 2), ("Luis Moreira", 0)]
    assert samples(session)[0].short == 1


@pytest.mark.parametrize(
    ("wanted", "seed", "sentence"),
    [
        (NewSample(MONDAY, MONDAY + DAYS, 3), "s", "days that are over"),
        (NewSample(MONDAY, date(2026, 11, 1), 3), "s", "comes before the first"),
        (NewSample(MONDAY, MONDAY, 0), "s", "from 1 to 50"),
        (NewSample(MONDAY, MONDAY, 51), "s", "from 1 to 50"),
        (NewSample(MONDAY, MONDAY, 3), "", "from 1 to 32"),
        (NewSample(MONDAY, MONDAY, 3), "s" * 33, "from 1 to 32"),
    ],
)
def test_what_does_not_fit_is_refused(session, people, called, wanted, seed, sentence):
    called(people.ana)
    with pytest.raises(RuleBroken, match=sentence):
        draw_sample(session, people.eva, NOW, SETTINGS, wanted, seed)


def test_the_table_refuses_a_call_twice(session, people, review):
    other = QualityReview(
        sample_id=review.sample_id, call_id=review.call_id, operator_id=review.operator_id
    )
    session.add(other)
    with pytest.raises(sa.exc.IntegrityError, match="uq_quality_review_call_id"):
        session.flush()
    session.rollback()


def test_a_leavers_calls_are_drawn_and_stay(session, people, called, draw):
    called(people.luis, at=NOW - DAYS + MINUTE)
    session.execute(sa.text("UPDATE ab_user SET active = FALSE WHERE username = 'luis'"))
    sample, drawn, calls = draw()
    assert drawn == {people.luis.user_id: 1} and len(calls) == 1
    assert sample_operators(session, sample.id)[0].name == "Luis Moreira"
    assert session.scalar(sa.select(sa.func.count(Call.id))) == 1
