"""Five weeks of three cases that leave the phone: one disputes a bill, one has no number, one goes to coactiva."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.calls.effects import CallResult
from app.calls.leaving import ComplaintWish
from app.complaints.models import Complaint, ComplaintCategory
from app.complaints.service import Answer, answer_complaint, close_complaint, complaints_waiting
from app.core.errors import RuleBroken
from app.debts.service import owed_by_person
from app.followup.checking import check_followup
from app.models import Referral, TimelineEvent
from app.referrals.assigning import assign_referrals
from app.referrals.deciding import decide_referrals
from app.referrals.enforcement import add_paper, hand_over, missing_documents
from app.referrals.service import NewReferral, propose_referral
from app.referrals.visits import TypedVisit, record_visit
from app.worklist.service import claim_next, release_claim
from tests.unit import SETTINGS, Unit, at
from tests.utility import Customer

#: The Friday of the first load, the Tuesday of the calls, the Friday by which the area answers late.
FIRST, CALLED = date(2026, 11, 20), date(2026, 11, 24)
DUE = date(2026, 12, 8)


class Leaving(Unit):
    """Three people, and the area, the field and enforcement that take their cases."""

    def __init__(self, app, session, people, folder):
        self.disputer = Customer("300001", "1710034065", "VERA LOOR ROSA ELENA", "0991234501")
        self.lost = Customer("300002", "0926687856", "MOREIRA CEDEÑO JUAN", "0991234502")
        self.old = Customer("300003", "1713175071", "ANDRADE PAZ LUIS", "0991234503")
        for customer, amounts in (
            (self.disputer, (30, 90, 20)),
            (self.lost, (60,)),
            (self.old, (900,)),
        ):
            for n, amount in enumerate(amounts):
                customer.bill(f"{customer.account}-{n}", date(2026, 6 + n, 3), f"{amount}.00")
        super().__init__(app, session, people, folder, [self.disputer, self.lost, self.old])

    def owed(self, customer: Customer) -> tuple[str, str, str]:
        """Owed, disputed, to be asked for."""
        [owed] = owed_by_person(self.session, self.account(customer).debtor_id)
        return f"{owed.owed:.2f}", f"{owed.disputed:.2f}", f"{owed.collectable:.2f}"

    def nights(self, first: date, last: date) -> None:
        """The runs of a span; nothing stored differs from its definition after any of them."""
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            self.run(day)
            assert check_followup(self.session, at(day, 23))[0] == []
            if day.weekday() == 4:
                self.week(day)

    def referral(self, customer: Customer) -> Referral:
        self.session.expire_all()
        debtor_id = self.account(customer).debtor_id
        return self.session.scalars(
            sa.select(Referral).where(Referral.debtor_id == debtor_id)
        ).one()

    def told(self, customer: Customer) -> list[str]:
        debtor_id = self.account(customer).debtor_id
        deeds = sa.select(TimelineEvent.deed).where(
            TimelineEvent.debtor_id == debtor_id,
            TimelineEvent.subject.in_(("complaint", "referral", "visit")),
        )
        return list(self.session.scalars(deeds.order_by(TimelineEvent.at, TimelineEvent.id)))


@pytest.fixture
def unit(app, session, people, tmp_path) -> Leaving:
    return Leaving(app, session, people, tmp_path)


def test_a_disputed_bill_waits_for_its_area_and_nothing_else_does(unit: Leaving, session, people):
    disputer = unit.disputer
    unit.week(FIRST)
    category = session.scalars(
        sa.select(ComplaintCategory).where(
            ComplaintCategory.business_days == 10, ComplaintCategory.area_id.is_not(None)
        )
    ).first()
    disputed = unit.account(disputer).bills[1]
    said = CallResult(
        "RPC_DISPUTE",
        note="No consumió eso",
        complaint=ComplaintWish(category.id, (disputed.id,)),
    )
    unit.calls(disputer, at(CALLED, 10), said)
    complaint = session.scalars(sa.select(Complaint)).one()
    # Ten business days from the 25th of November.
    assert (complaint.state, complaint.area_id, complaint.due_on) == (
        "routed",
        category.area_id,
        DUE,
    )
    assert unit.owed(disputer) == ("140.00", "90.00", "50.00")

    # The rest may be asked for tomorrow; loads and nights leave the bill where it is.
    assert unit.refused(disputer, at(CALLED + timedelta(days=1), 9)) == ()
    unit.nights(CALLED, date(2026, 12, 4))
    assert unit.owed(disputer) == ("140.00", "90.00", "50.00")
    unit.pay(at(date(2026, 12, 6), 6), (disputer, date(2026, 12, 5), "50.00"))
    assert unit.owed(disputer) == ("90.00", "90.00", "0.00")
    assert unit.refused(disputer, at(date(2026, 12, 7), 9)) == ("hold",)

    # A day late: the alarm is on, and the bill is still nobody's to ask for.
    unit.nights(date(2026, 12, 5), date(2026, 12, 9))
    assert complaints_waiting(session, date(2026, 12, 9), category.area_id) == (1, 0, 1)
    assert unit.owed(disputer)[2] == "0.00"
    answer_complaint(
        session,
        people.rosa,
        at(date(2026, 12, 9), 11),
        SETTINGS,
        complaint.id,
        Answer("unfounded", "La lectura es correcta."),
        area_id=category.area_id,
    )
    session.expire_all()
    assert unit.owed(disputer) == ("90.00", "0.00", "90.00")

    # Ana is given the person first, with the answer to tell.
    assert unit.reasons(disputer)[0] == "answered"
    claim = claim_next(session, people.ana, SETTINGS, at(date(2026, 12, 10), 9))
    assert claim.debtor_id == unit.account(disputer).debtor_id
    release_claim(session, people.ana, SETTINGS, at(date(2026, 12, 10), 9, 1), claim)
    close_complaint(
        session, people.eva, at(date(2026, 12, 10), 10), SETTINGS, complaint.id, "Se le informó."
    )
    assert unit.told(disputer) == ["open_complaint", "answer_complaint", "close_complaint"]
    unit.nights(date(2026, 12, 10), date(2026, 12, 11))


def test_who_has_no_number_comes_back_from_the_field_with_one(unit: Leaving, session, people):
    lost = unit.lost
    unit.week(FIRST)
    unit.calls(lost, at(CALLED, 10), CallResult("BAD_DEAD"), verified=False)
    unit.run(CALLED + timedelta(days=1))
    referral = unit.referral(lost)
    assert (referral.kind, referral.rule, referral.state) == (
        "not_located",
        "no_number",
        "proposed",
    )
    morning, going = at(CALLED + timedelta(days=1), 9), CALLED + timedelta(days=2)
    done = decide_referrals(session, people.eva, morning, SETTINGS, [referral.id], True, "")
    assert [r.id for r in done.done] == [referral.id]
    given = assign_referrals(
        session, people.eva, morning, SETTINGS, [referral.id], people.fredy.user_id, going
    )
    assert [r.id for r in given.done] == [referral.id]
    assert "hold" in unit.refused(lost, at(going, 9)) and unit.reasons(lost) == []

    # The phone sends it twice: once it is.
    visit = TypedVisit(
        uuid.uuid4(),
        referral.id,
        at(going, 10),
        "third_party",
        "Vive con su hija",
        ("0987412365",),
    )
    for moment, is_new in ((at(going, 12), True), (at(going, 13), False)):
        assert record_visit(session, people.fredy, moment, SETTINGS, visit)[1] is is_new
    assert unit.referral(lost).state == "returned"

    # Tomorrow: on top of everybody, with the new number; Ana calls it and takes a promise.
    tomorrow = going + timedelta(days=1)
    unit.run(tomorrow)
    assert unit.reasons(lost)[0] == "visited"
    claim = claim_next(session, people.ana, SETTINGS, at(tomorrow, 9))
    assert claim.debtor_id == unit.account(lost).debtor_id
    release_claim(session, people.ana, SETTINGS, at(tomorrow, 9, 1), claim)
    account = unit.account(lost)
    promise = CallResult(
        "RPC_PTP_FULL", amounts={account.id: Decimal("60.00")}, due_on=date(2026, 12, 4)
    )
    call = unit.calls(lost, at(tomorrow, 10), promise)
    assert call.contact_point.value == "+593987412365"
    assert unit.reasons(lost)[:1] != ["visited"]
    steps = ("propose", "approve", "assign", "return")
    assert sorted(unit.told(lost)) == sorted([*(f"{s}_referral" for s in steps), "record_visit"])
    unit.nights(tomorrow + timedelta(days=1), date(2026, 12, 4))


def test_a_case_in_coactiva_is_nobodys_to_call_until_its_debt_is_gone(
    unit: Leaving, session, people
):
    old = unit.old
    unit.week(FIRST)
    account = unit.account(old)
    wanted = NewReferral("enforcement", account.id, "Deuda antigua, se niega a pagar")
    referral = propose_referral(
        session, people.eva, at(CALLED, 9), SETTINGS, account.debtor_id, wanted
    )
    assert unit.refused(old, at(CALLED, 10)) == (), "proposed is not decided"
    decide_referrals(session, people.eva, at(CALLED, 11), SETTINGS, [referral.id], True, "")
    session.expire_all()
    for channel_moment in (at(CALLED, 12), at(CALLED + timedelta(days=30), 9)):
        assert "enforcement" in unit.refused(old, channel_moment)
    assert unit.owed(old) == ("900.00", "0.00", "0.00") and unit.reasons(old) == []

    with pytest.raises(RuleBroken), session.begin_nested():
        hand_over(session, people.eva, at(CALLED, 13), SETTINGS, referral.id)
    for document in missing_documents(session, referral.id):
        add_paper(session, people.eva, at(CALLED, 14), referral.id, document.id, "N.º 12-2026")
    hand_over(session, people.eva, at(CALLED, 15), SETTINGS, referral.id)
    unit.nights(CALLED, date(2026, 12, 4))
    assert "enforcement" in unit.refused(old, at(date(2026, 12, 7), 9))

    # Coactiva collects it: the next files say so, and the account is like any other.
    unit.pay(at(date(2026, 12, 8), 6), (old, date(2026, 12, 7), "900.00"))
    unit.nights(date(2026, 12, 8), date(2026, 12, 18))
    old.bill("300003-9", date(2026, 12, 19), "15.00")
    unit.week(date(2026, 12, 25))
    assert unit.owed(old) == ("15.00", "0.00", "15.00")
    assert unit.refused(old, at(date(2026, 12, 28), 9)) == ()
