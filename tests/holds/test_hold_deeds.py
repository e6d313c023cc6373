"""Holds by hand: placed, extended and lifted with a reason, by whoever may, and once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.cases.service import Found, close_case
from app.complaints.service import NewComplaint, complaint_categories, open_complaint
from app.contact_rules.service import may_contact, may_contact_about
from app.core.settings import Settings
from app.models import Agreement, Call, Hold, Outcome, TimelineEvent, VerificationCase, WorklistItem
from app.worklist.service import build_worklist
from tests.conftest import NOW
from tests.factories import make_agreement, make_debtor, make_hold
from tests.holds.floor import DAY

SETTINGS = Settings({})


def the_hold(session) -> Hold:
    session.expire_all()
    return session.scalars(sa.select(Hold)).one()


def days(count: int):
    return DAY + timedelta(days=count)


def test_a_person_on_hold_is_not_called_until_the_day_after(session, debtor, place):
    answer = place("person:", 6)
    hold = the_hold(session)
    assert answer.location == f"/holds/show/{hold.id}"
    assert (hold.scope, hold.reason, hold.note) == ("person", "manual", "Cliente protegido")
    assert (hold.starts_on, hold.ends_on) == (DAY, days(6))
    verdict = may_contact(session, SETTINGS, [debtor.id], "call", NOW)[debtor.id]
    assert verdict.refused_by == ("hold",)
    # Monday 30 November is its last day.
    assert f"{verdict.next_allowed_at:%Y-%m-%d}" == "2026-12-01"


@pytest.mark.parametrize(
    ("target", "scope", "rules"),
    [
        ("account:{account}", "account", ("hold",)),
        ("channel:call", "channel", ("opt_out",)),
        ("channel:sms", "channel", ()),
        ("number:{point}", "number", ()),
        ("bill:{bill}", "bill", ()),
    ],
)
def test_each_scope_stops_what_it_says(session, account, debtor, place, target, scope, rules):
    keys = {
        "account": account.id,
        "point": debtor.contact_points[0].id,
        "bill": account.bills[0].id,
    }
    assert place(target.format(**keys)).status_code == 302
    assert the_hold(session).scope == scope
    assert may_contact_about(session, SETTINGS, account.id, "call", NOW).refused_by == rules
    session.refresh(account)
    assert account.contested == (Decimal("30.00") if scope == "bill" else 0)


def test_a_hold_may_begin_later(session, debtor, place):
    assert place("person:", 9, starts_on=f"{days(3)}").status_code == 302
    assert may_contact(session, SETTINGS, [debtor.id], "call", NOW)[debtor.id].allowed
    assert (the_hold(session).starts_on, the_hold(session).ends_on) == (days(3), days(9))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reason": "  "}, "Write the reason."),
        ({"until": ""}, "Choose the last day of the hold."),
        ({"until": "2027-11-25"}, "A hold ends on 24/11/2027 at the latest."),
        ({"until": "2026-11-23"}, "A hold does not end before it begins."),
        ({"starts_on": "2026-11-23"}, "A hold begins today or later."),
        ({"target": ""}, "Choose what is put on hold."),
        ({"target": "account:999999"}, "Choose what is put on hold."),
        ({"target": "channel:fax"}, "Choose what is put on hold."),
        ({"target": "rubbish"}, "Choose what is put on hold."),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_and_stays_typed(session, place, typed, sentence):
    answer = place(**({"target": "person:", "reason": "Protegido por la <ley>"} | typed))
    assert answer.status_code == 422 and sentence in answer.text
    if "reason" not in typed:
        assert "Protegido por la &lt;ley&gt;" in answer.text
    assert session.scalar(sa.select(sa.func.count(Hold.id))) == 0


def test_nobody_elses_account_bill_or_number_is_put_on_hold(session, place):
    other = make_debtor(session, "VERA JOSÉ")
    session.commit()
    assert place(f"number:{other.contact_points[0].id}").status_code == 422


def test_a_bill_that_an_agreement_covers_is_not_held_beside_it(session, people, account, place):
    dues = ((days(3), "20.00"), (days(33), "80.00"))
    make_agreement(session, people.ana, people.eva, account, dues)
    assert session.scalar(sa.select(Agreement.state)) == "awaiting"
    assert place(f"bill:{account.bills[0].id}").status_code == 422


def test_the_same_again_is_refused_and_names_the_day(session, place):
    place("channel:email", 20)
    again = place("channel:email", 30)
    assert again.status_code == 422
    assert "It is on hold already, until 14/12/2026: extend that hold." in again.text
    assert place("channel:sms", 20).status_code == 302


def test_extending_moves_the_end_and_leaves_who_and_why(session, people, eva, place):
    place("person:", 5)
    hold = the_hold(session)
    form = {"until": f"{days(12)}", "reason": "Falta el informe"}
    assert eva.post(f"/holds/{hold.id}/extend", data=form).status_code == 302
    assert the_hold(session).ends_on == days(12)
    told = session.scalars(
        sa.select(TimelineEvent).where(TimelineEvent.deed == "extend_hold")
    ).one()
    assert told.agent_id == people.eva.user_id
    assert (told.before, told.after) == (
        {"ends_on": f"{days(5)}"},
        {"ends_on": f"{days(12)}", "why": "Falta el informe"},
    )
    again = eva.post(f"/holds/{hold.id}/extend", data=form)
    assert again.status_code == 422
    assert "It already lasts until 06/12/2026: choose a later day." in again.text


def test_a_hold_is_not_extended_for_ever_nor_without_a_reason(session, eva, place):
    place("person:", 5)
    hold = the_hold(session)
    too_long = eva.post(
        f"/holds/{hold.id}/extend", data={"until": f"{days(366)}", "reason": "Siempre"}
    )
    assert too_long.status_code == 422 and "24/11/2027 at the latest" in too_long.text
    silent = eva.post(f"/holds/{hold.id}/extend", data={"until": f"{days(9)}", "reason": " "})
    assert silent.status_code == 422 and "Write why the hold is extended." in silent.text
    assert the_hold(session).ends_on == days(5)


def test_a_lifted_hold_lets_the_person_be_offered_at_once(session, people, eva, debtor, place):
    place("person:", 5)
    build_worklist(session, SETTINGS, NOW)
    session.execute(sa.update(WorklistItem).values(not_before=NOW + timedelta(days=6)))
    hold = the_hold(session)
    answer = eva.post(f"/holds/{hold.id}/lift", data={"reason": "Ya no vive ahí el protegido"})
    assert answer.status_code == 302
    hold = the_hold(session)
    assert (hold.lifted_at, hold.lifted_by_id) == (NOW, people.eva.user_id)
    assert hold.lift_reason == "Ya no vive ahí el protegido"
    item = session.scalars(sa.select(WorklistItem)).one()
    assert item.debtor_id == debtor.id and item.not_before == NOW
    again = eva.post(f"/holds/{hold.id}/lift", data={"reason": "Otra vez"})
    assert again.status_code == 422 and "This hold was lifted before." in again.text


def test_an_opt_out_is_lifted_with_a_reason_and_never_without(session, eva, debtor):
    hold = make_hold(session, debtor, DAY, days(300), channel="call")
    session.commit()
    silent = eva.post(f"/holds/{hold.id}/lift", data={"reason": ""})
    assert silent.status_code == 422 and the_hold(session).lifted_at is None
    eva.post(f"/holds/{hold.id}/lift", data={"reason": "Lo pidió por escrito"})
    assert the_hold(session).lifted_at == NOW


def test_a_hold_that_is_over_is_neither_extended_nor_lifted(session, eva, debtor):
    hold = make_hold(session, debtor, days(-9), days(-1))
    session.commit()
    for deed, form in (("extend", {"until": f"{days(5)}"}), ("lift", {})):
        answer = eva.post(f"/holds/{hold.id}/{deed}", data=form | {"reason": "Tarde"})
        assert answer.status_code == 422 and "This hold ended on 23/11/2026." in answer.text


def test_the_hold_of_an_open_case_is_the_cases(session, people, eva, debtor):
    hold = make_hold(session, debtor, DAY, days(15))
    call = _call(session, people, debtor)
    case = VerificationCase(
        kind="hardship",
        debtor_id=debtor.id,
        call_id=call.id,
        hold_id=hold.id,
        opened_at=NOW,
        opened_by_id=people.ana.user_id,
        due_on=days(15),
    )
    session.add(case)
    session.commit()
    answer = eva.post(f"/holds/{hold.id}/lift", data={"reason": "Prisa"})
    assert answer.status_code == 422
    assert f"Case {case.id} placed it and is open: close the case." in answer.text
    assert f"/cases/show/{case.id}" in answer.text
    close_case(
        session, people.eva, SETTINGS, NOW, case.id, Found("can_pay", note="Trabaja otra vez")
    )
    assert the_hold(session).lift_reason == "can_pay"


def _call(session, people, debtor) -> Call:
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == "RPC_HARDSHIP")).one()
    call = Call(
        submit_key=debtor.person_key.encode().ljust(16)[:16].hex(),
        debtor_id=debtor.id,
        operator_id=people.ana.user_id,
        outcome_id=outcome.id,
        direction="outgoing",
        started_at=NOW,
        ended_at=NOW,
        verified=True,
        owed=100,
        bills_count=3,
    )
    session.add(call)
    session.flush()
    return call


def test_the_hold_of_a_complaint_waits_for_its_answer(session, people, account, debtor, eva):
    category = next(c for c in complaint_categories(session) if c.needs_bills)
    wanted = NewComplaint(
        category.id, account.id, (account.bills[1].id,), "No es mi lectura", "desk"
    )
    complaint = open_complaint(session, people.eva, NOW, SETTINGS, debtor.id, wanted)
    session.commit()
    hold = the_hold(session)
    answer = eva.post(f"/holds/{hold.id}/lift", data={"reason": "Prisa"})
    assert answer.status_code == 422
    assert f"Complaint {complaint.number} placed it" in answer.text
    assert f"/complaints/show/{complaint.id}" in answer.text
    session.refresh(account)
    assert account.contested == Decimal("50.00")
