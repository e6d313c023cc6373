"""Two field workers and two areas, each with rows of everything that they may own.

Whatever is the others' carries `CANARY` in its words or `NUMBER` in its figures.
"""

from __future__ import annotations

import io
import re
import uuid
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from app.complaints.service import NewComplaint, open_complaint
from app.core import clock, web
from app.core.agent import Agent
from app.core.settings import Settings
from app.core.uploads import keep_attachment, keep_photo
from app.models import (
    Area,
    Bill,
    ComplaintCategory,
    Debtor,
    Download,
    Portfolio,
    Referral,
    SavedView,
    Staff,
)
from app.referrals.assigning import assign_referrals
from app.referrals.deciding import decide_referrals
from app.referrals.enforcement import add_paper, documents_to_add
from app.referrals.service import NewReferral, propose_referral
from app.referrals.visits import TypedVisit, record_visit
from tests.conftest import NOW, PASSWORD
from tests.factories import make_account, make_debtor, make_hold, make_portfolio

CANARY, NUMBER = "canario", "7770011"
SETTINGS = Settings({})
_EARLY = NOW - timedelta(hours=2)


@pytest.fixture
def portfolio(session: Session) -> Portfolio:
    return make_portfolio(session, date(2026, 11, 23))


@pytest.fixture
def owners(app: Flask, session: Session, people, monkeypatch) -> SimpleNamespace:
    """Fredy and Rosa, and the others of their roles; it is `NOW`."""
    monkeypatch.setattr(clock, "utcnow", lambda: NOW)
    manager = app.appbuilder.sm
    for username, role in (("franco", "campo"), ("ramiro", "area")):
        manager.add_user(
            username, "Otro", "Dueño", f"{username}@x.ec", manager.find_role(role), PASSWORD
        )
    ids = dict(session.execute(sa.text("SELECT username, id FROM ab_user")).all())
    agents = {name: Agent(ids[name], name) for name in ("franco", "ramiro")}
    areas = {a.name: a for a in session.scalars(sa.select(Area))}
    for username, area in (("rosa", "Facturación"), ("ramiro", "Archivo")):
        session.merge(Staff(user_id=ids[username], area_id=areas[area].id))
    session.flush()
    return SimpleNamespace(
        **vars(people) | agents, billing=areas["Facturación"], archive=areas["Archivo"]
    )


@pytest.fixture
def mine(session, owners, portfolio) -> SimpleNamespace:
    """What is Fredy's and Rosa's."""
    return _rows(session, owners, portfolio, owners.fredy, owners.rosa, owners.billing, "PROPIO", 1)


@pytest.fixture
def theirs(session, owners, portfolio) -> SimpleNamespace:
    """What is nobody's of theirs."""
    word = CANARY.upper()
    return _rows(session, owners, portfolio, owners.franco, owners.ramiro, owners.archive, word, 7)


def _rows(session, owners, portfolio, worker, clerk, area, word, digit) -> SimpleNamespace:
    stop = _person(session, portfolio, f"{word} POR VISITAR", word, f"{digit}770011")
    seen = _person(session, portfolio, f"{word} VISITADO", word, f"{digit}770011")
    to_visit, visited = (_case(session, owners, person, worker) for person in (stop, seen))
    visit = _visit(session, worker, visited, word)
    complaint, file_id = _complaint(session, owners, stop, area, word)
    paper_id = _paper(session, owners, seen, word)
    hold = make_hold(session, seen, date(2026, 11, 1), date(2026, 12, 31), note=word)
    views = [_view(session, agent, word) for agent in (worker, clerk)]
    downloads = [_download(session, agent, word) for agent in (worker, clerk)]
    session.commit()
    return SimpleNamespace(
        debtor_id=stop.id,
        account_id=stop.accounts[0].id,
        point_id=stop.contact_points[0].id,
        referral_id=to_visit.id,
        visit_id=visit.id,
        visit_key=visit.key,
        complaint_id=complaint.id,
        file_id=file_id,
        paper_id=paper_id,
        hold_id=hold.id,
        worker_id=worker.user_id,
        clerk_id=clerk.user_id,
        views=views,
        downloads=downloads,
        area_id=area.id,
        number=complaint.number,
    )


def _person(session, portfolio, name, word, digits) -> Debtor:
    phones = [f"+5939{digits}{len(name) % 10}"]
    person = make_debtor(session, name, phones=phones, emails=[f"{word}{len(name)}@x.ec"])
    number = f"{digits}{len(name)}"
    make_account(
        session,
        person,
        portfolio,
        "80.00",
        number=number,
        number_key=number,
        address=f"CALLE {word}",
        sector=f"BARRIO {word}",
    )
    return person


def _case(session, owners, person: Debtor, worker: Agent) -> Referral:
    wanted = NewReferral("not_located", None, "no contesta")
    case = propose_referral(session, owners.eva, _EARLY, SETTINGS, person.id, wanted)
    decide_referrals(session, owners.eva, _EARLY, SETTINGS, [case.id], True, "")
    assign_referrals(session, owners.eva, _EARLY, SETTINGS, [case.id], worker.user_id, NOW.date())
    return case


def _visit(session, worker: Agent, case: Referral, word: str):
    photo = keep_photo(session, worker, NOW, SETTINGS, web.files_folder(), picture(), f"{word}.jpg")
    typed = TypedVisit(
        uuid.uuid4(), case.id, NOW - timedelta(hours=1), "nobody", note=word, photo_id=photo.id
    )
    return record_visit(session, worker, NOW, SETTINGS, typed)[0]


def _complaint(session, owners, person: Debtor, area: Area, word: str):
    account = person.accounts[0]
    category = session.scalars(sa.select(ComplaintCategory).order_by(ComplaintCategory.id)).first()
    bill_id = session.scalar(sa.select(Bill.id).where(Bill.account_id == account.id))
    file = keep_attachment(
        session, owners.eva, NOW, SETTINGS, web.files_folder(), picture(), f"{word}.jpg"
    )
    wanted = NewComplaint(
        category.id, account.id, (bill_id,), f"reclama {word}", "counter", (file.id,)
    )
    complaint = open_complaint(session, owners.eva, _EARLY, SETTINGS, person.id, wanted)
    complaint.area_id, complaint.state, complaint.routed_at = area.id, "routed", _EARLY
    session.flush()
    return complaint, file.id


def _paper(session, owners, person: Debtor, word: str) -> int:
    """The visited one's account is on its way to coactiva too."""
    wanted = NewReferral("enforcement", person.accounts[0].id, "no paga")
    case = propose_referral(session, owners.eva, _EARLY, SETTINGS, person.id, wanted)
    decide_referrals(session, owners.eva, _EARLY, SETTINGS, [case.id], True, "")
    document = documents_to_add(session, case.id)[0]
    return add_paper(session, owners.eva, NOW, case.id, document.id, word).id


def _view(session, agent: Agent, word: str) -> int:
    view = SavedView(
        screen="ComplaintScreen", name=word, query="", owner_id=agent.user_id, created_at=NOW
    )
    session.add(view)
    session.flush()
    return view.id


def _download(session, agent: Agent, word: str) -> int:
    row = Download(
        owner_id=agent.user_id,
        screen="ComplaintScreen",
        title=word,
        query="",
        form="csv",
        language="es",
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    return row.id


def picture() -> io.BytesIO:
    """A small photo."""
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(content, "JPEG")
    content.seek(0)
    return content


def told(text: str) -> list[str]:
    """What of the others' an answer tells."""
    plain = re.sub(r"[^0-9a-z]", "", text.lower())
    return [secret for secret in (CANARY, NUMBER) if secret in plain]


#: What nobody but its owner may change, without the moments of a sign-in.
_KEPT = (
    "referral",
    "visit",
    "complaint",
    "complaint_entry",
    "complaint_file",
    "complaint_bill",
    "enforcement_paper",
    "hold",
    "debtor",
    "contact_point",
    "account",
    "bill",
    "promise",
    "agreement",
    "call",
    "contact_attempt",
    "stored_file",
    "saved_view",
    "download",
    "staff",
    "setting_value",
    "holiday",
    "quality_review",
    "quality_sample",
    "worklist_item",
    "claim",
    "timeline_event",
)


def contents(session: Session) -> dict[str, str]:
    """A digest of every row of `_KEPT`, by table."""
    return {
        table: session.scalar(
            sa.text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
        )
        for table in _KEPT
    }
