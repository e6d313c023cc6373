"""Coactiva: out of the phone from the approval on, handed over with its papers, and the way back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.errors import RuleBroken
from app.models import EnforcementDocument, EnforcementPaper, WorklistItem
from app.referrals.enforcement import (
    add_paper,
    documents_to_add,
    hand_over,
    missing_documents,
    remove_paper,
    take_back,
)
from app.referrals.service import close_referral
from tests.conftest import NOW
from tests.factories import make_account
from tests.referrals.floor import SETTINGS
from tests.referrals.test_steps import deeds


@pytest.fixture
def case(neighbour, propose, approve):
    """An approved hand-over."""
    referral = propose(neighbour(), "enforcement")
    approve(referral)
    return referral


@pytest.fixture
def file(session, people):
    """``file(case, document)``: Eva puts the paper into the case's file."""

    def make(referral, document, reference="TC-2026-18", file_id=None):
        return add_paper(session, people.eva, NOW, referral.id, document.id, reference, file_id)

    return make


def test_the_catalogue_is_there_from_the_setup_on(session):
    names = session.scalars(
        sa.select(EnforcementDocument.name).order_by(EnforcementDocument.position)
    ).all()
    assert names[0] == "Título de crédito"
    assert len(names) == 7


def test_from_the_approval_on_nobody_calls_about_the_account(session, portfolio, case):
    assert case.account.enforced_at == NOW
    assert case.hold_id is None
    assert session.get(WorklistItem, case.debtor_id) is None


def test_the_persons_other_debt_is_still_collected(session, portfolio, neighbour, propose, approve):
    person = neighbour()
    make_account(session, person, portfolio, "30.00")
    approve(propose(person, "enforcement"))
    assert session.get(WorklistItem, person.id) is not None


def test_an_account_with_an_agreement_is_not_approved(session, neighbour, propose, approve):
    person = neighbour()
    referral = propose(person, "enforcement")
    person.accounts[0].covered = 40
    session.flush()
    assert "an agreement" in str(approve(referral).skipped[0].why)
    assert referral.state == "proposed"


def test_it_is_handed_over_once_the_required_papers_are_there(
    session, people, case, file, file_all
):
    required = missing_documents(session, case.id)
    for document in required[1:]:
        file(case, document)
    with pytest.raises(RuleBroken, match=f"Not yet in the file: {required[0].name}"):
        hand_over(session, people.eva, NOW, SETTINGS, case.id)
    file_all(case)
    hand_over(session, people.eva, NOW, SETTINGS, case.id, "oficio 12")
    assert (case.state, case.end_reason, case.ended_by_id) == (
        "closed",
        "oficio 12",
        people.eva.user_id,
    )
    assert case.account.enforced_at == NOW
    with pytest.raises(RuleBroken, match="already stands otherwise: Referral closed"):
        hand_over(session, people.eva, NOW, SETTINGS, case.id)
    assert deeds(session, case)[-1] == "hand_over"


def test_a_paper_is_in_the_file_once_until_it_is_removed(session, people, case, file):
    [document, *_rest] = documents_to_add(session, case.id)
    paper = file(case, document)
    assert document not in documents_to_add(session, case.id)
    with pytest.raises(RuleBroken, match="already in the file"):
        file(case, document)
    remove_paper(session, people.eva, NOW, case.id, paper.id)
    with pytest.raises(RuleBroken, match="no longer in the file"):
        remove_paper(session, people.eva, NOW, case.id, paper.id)
    file(case, document, "TC-2026-19")
    kept = session.execute(
        sa.select(EnforcementPaper.reference, EnforcementPaper.removed_by_id).order_by(
            EnforcementPaper.id
        )
    ).all()
    assert kept == [("TC-2026-18", people.eva.user_id), ("TC-2026-19", None)]
    assert deeds(session, case)[-3:] == ["add_paper", "remove_paper", "add_paper"]


def test_papers_stay_as_they_were_handed_over(session, people, case, file, file_all):
    file_all(case)
    hand_over(session, people.eva, NOW, SETTINGS, case.id)
    with pytest.raises(RuleBroken, match="Referral closed"):
        remove_paper(session, people.eva, NOW, case.id, case.papers[0].id)


def test_another_cases_paper_is_not_removed_by_its_number(
    session, people, case, neighbour, propose, file
):
    other = propose(neighbour("PAZ RIERA ANA"), "enforcement")
    paper = file(other, documents_to_add(session, other.id)[0])
    with pytest.raises(RuleBroken, match="no longer in the file"):
        remove_paper(session, people.eva, NOW, case.id, paper.id)


def test_a_retired_paper_of_the_catalogue_is_not_asked_for(session, case, file):
    document = documents_to_add(session, case.id)[0]
    document.is_active = False
    session.flush()
    assert document not in missing_documents(session, case.id)
    with pytest.raises(RuleBroken, match="of the catalogue"):
        file(case, document)


def test_a_visits_case_has_no_papers_and_is_not_handed_over(
    session, people, neighbour, propose, approve, case, file
):
    visit = propose(neighbour("PAZ RIERA ANA"))
    with pytest.raises(RuleBroken, match="is not of enforcement"):
        file(visit, documents_to_add(session, case.id)[0])
    with pytest.raises(RuleBroken, match="hand it over or take it back"):
        close_referral(session, people.eva, NOW, SETTINGS, case.id, "ya")


@pytest.mark.parametrize("handed_over", [False, True])
def test_it_is_taken_back_to_the_phone(session, people, case, file_all, handed_over):
    if handed_over:
        file_all(case)
        hand_over(session, people.eva, NOW, SETTINGS, case.id)
    later = NOW + timedelta(hours=1)
    take_back(session, people.eva, later, SETTINGS, case.id, "firmó un convenio")
    assert (case.state, case.ended_at, case.account.enforced_at) == ("returned", later, None)
    assert session.get(WorklistItem, case.debtor_id) is not None
    with pytest.raises(RuleBroken, match="Referral back to the phone"):
        take_back(session, people.eva, later, SETTINGS, case.id, "otra vez")


def test_what_nobody_approved_is_not_taken_back(session, people, neighbour, propose):
    referral = propose(neighbour(), "enforcement")
    with pytest.raises(RuleBroken, match="Referral proposed"):
        take_back(session, people.eva, NOW, SETTINGS, referral.id, "no procede")
