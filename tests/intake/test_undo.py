"""The last load taken back: as if it had never come, except for what people did since."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from app import jobs
from app.agreements.judging import check_agreements
from app.agreements.service import Wanted, request_agreement
from app.core.errors import RuleBroken
from app.core.settings import settings_on
from app.debtors.service import verify_contact_point
from app.debts.service import find_portfolio, owed_by_person
from app.followup.service import follow_payments
from app.intake.undo import begin_undo, undo_load
from app.models import (
    Account,
    Bill,
    ContactPoint,
    Debtor,
    Load,
    LoadBefore,
    Payment,
    Promise,
    TimelineEvent,
)
from app.promises.service import PromiseTerms, make_promises
from tests.conftest import NOW
from tests.intake.floor import (
    DATA,
    DAY1,
    DAY2,
    PORTFOLIOS,
    TABLES,
    account,
    control,
    counts,
    end_transaction,
    file_of,
    lines,
    totals,
)

LATER = NOW + timedelta(hours=1)


def rows(session) -> dict[str, list[str]]:
    """Every row of every table that a load may change."""
    return {
        table: session.scalars(sa.text(f"SELECT t::text FROM {table} t ORDER BY 1")).all()
        for table in TABLES
    }


@pytest.fixture
def undo(session, people):
    """``undo(load)`` as the command does it."""

    def make(load: Load, why: str = "archivo equivocado", agent=None, now=LATER) -> Load:
        undone = jobs.undo_and_follow(session, agent or people.eva, now, load.id, why)
        end_transaction(session)
        return undone

    return make


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_after_an_undo_every_row_is_as_it_was(session, people, load, undo, name):
    load(file_of(name, 1), as_of=DAY1)
    before = rows(session)
    second = load(file_of(name, 2), as_of=DAY2, now=LATER)
    assert second.changed
    assert second.closed
    assert rows(session) != before
    undone = undo(second)
    assert rows(session) == before
    assert (undone.status, undone.undone_at, undone.undone_by_id, undone.undo_reason) == (
        "undone",
        LATER,
        people.eva.user_id,
        "archivo equivocado",
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(LoadBefore)) == 0


@pytest.mark.parametrize("name", PORTFOLIOS)
def test_the_first_load_is_undone_to_nothing(session, load, undo, name):
    undo(load(file_of(name, 1), as_of=DAY1))
    assert {t: n for t, n in counts(session).items() if n} == {"portfolio": 1}
    assert find_portfolio(session, name).as_of is None


def test_the_same_file_can_be_loaded_again(session, load, undo):
    load(file_of("manabi", 1), as_of=DAY1)
    second = load(file_of("manabi", 2), as_of=DAY2)
    undo(second)
    again = load(file_of("manabi", 2), as_of=DAY2)
    assert (again.new, again.changed, again.closed, again.unchanged) == (
        second.new,
        second.changed,
        second.closed,
        second.unchanged,
    )
    assert totals(session, "manabi") == control("manabi")["day2"]


def test_what_a_load_brought_goes_and_what_it_opened_again_closes(session, load, undo, rewritten):
    every = lines("manabi", 1)
    load(file_of("manabi", 1), as_of=DAY1)
    load(rewritten(every[5:]), portfolio="manabi", as_of=DAY1)
    before = rows(session)
    newcomer = every[0].replace("100006", "999006").replace("@example", "@otra.example")
    third = load(rewritten([*every, newcomer]), portfolio="manabi", as_of=DAY2, now=LATER)
    assert third.new == 6
    undo(third)
    assert rows(session) == before


def test_a_partial_load_is_undone(session, load, undo, rewritten):
    load(file_of("manabi", 1), as_of=DAY1)
    before = rows(session)
    some = lines("manabi", 1)[:3] + [lines("manabi", 1)[4].replace("RESIDENCIAL", "COMERCIAL")]
    part = load(rewritten(some), portfolio="manabi", as_of=DAY2, partial=True, now=LATER)
    assert rows(session) != before
    undo(part)
    assert rows(session) == before


def test_what_an_operator_did_since_is_kept(session, people, load, undo, rewritten):
    load(rewritten(lines("manabi", 1)[9:]), portfolio="manabi", as_of=DAY1)
    known = set(session.scalars(sa.select(Account.id)))
    second = load(file_of("manabi", 1), as_of=DAY2)
    new = session.scalars(sa.select(Account).where(Account.id.not_in(known))).all()
    called = next(a for a in new if a.debtor.contact_points)
    point = called.debtor.contact_points[0]
    verify_contact_point(session, people.ana, NOW, point)
    owed = owed_by_person(session, called.debtor_id)
    terms = PromiseTerms({called.id: Decimal("1.00")}, NOW.date(), None)
    settings = settings_on(session, NOW.date())
    make_promises(session, people.ana, NOW, settings, owed, terms, full=False, call_id=None)
    undo(second)
    kept = session.get_one(Account, called.id)
    assert kept.closed_on == DAY2
    assert {b.closed_on for b in kept.bills} == {DAY2}
    assert session.get_one(ContactPoint, point.id).state == "verified"
    assert session.scalar(sa.select(Promise.state)) == "pending"
    left = session.scalars(sa.select(Account.id).where(Account.id.not_in(known))).all()
    assert left == [called.id]


def test_a_bill_under_an_agreement_is_closed_not_taken(session, people, load, undo, tmp_path):
    book = load_workbook(file_of("planillas", 1))
    first_bill = next(r for r in book.active.iter_rows() if r[0].value == 100013)
    number = first_bill[10].value
    book.active.delete_rows(first_bill[0].row)
    book.save(tmp_path / "cartera.xlsx")
    load(tmp_path / "cartera.xlsx", portfolio="planillas", as_of=DAY1)
    second = load(file_of("planillas", 1), as_of=DAY2)
    new = session.scalars(sa.select(Bill).where(Bill.number == number)).one()
    settings = settings_on(session, NOW.date())
    wanted = Wanted(new.account_id, (new.id,), 3)
    agreement = request_agreement(session, people.ana, NOW, settings, wanted)
    undo(second)
    follow_payments(session, people.eva, LATER, NOW.date(), second.id)
    session.expire_all()
    assert session.get_one(Bill, new.id).closed_on == DAY2
    assert [k.bill_id for k in agreement.bills] == [new.id]
    assert session.get_one(Account, new.account_id).closed_on is None
    assert check_agreements(session, NOW.date()) == []


def test_payments_undone_reopen_the_promise_that_they_kept(session, people, load, undo, tmp_path):
    load(file_of("manabi", 1), as_of=DAY1)
    owing = account(session, "100006")
    owed = owed_by_person(session, owing.debtor_id)
    terms = PromiseTerms({owing.id: Decimal("10.00")}, NOW.date() + timedelta(days=3), None)
    settings = settings_on(session, NOW.date())
    (promise,) = make_promises(
        session, people.ana, NOW, settings, owed, terms, full=False, call_id=None
    )
    path = tmp_path / "pagos.csv"
    path.write_text(
        "REFERENCIA;CUENTA;FECHA DEL PAGO;PAGO;CANAL\nR1;100006;24/11/2026;10,00;X\n", "utf-8"
    )
    before = totals(session, "manabi")
    paid = load(path, "payments", "manabi")
    jobs.follow_payments(session, people.eva, NOW, NOW.date(), paid.id)
    session.refresh(promise)
    assert promise.state == "kept"
    undo(paid)
    session.refresh(promise)
    assert (promise.state, promise.paid) == ("pending", Decimal("0.00"))
    assert session.scalar(sa.select(sa.func.count()).select_from(Payment)) == 0
    assert totals(session, "manabi") == before
    told = session.scalars(sa.select(TimelineEvent).where(TimelineEvent.deed == "undo_load")).one()
    assert (told.after["payments"], told.after["amount"]) == (1, "10.00")


def test_only_the_last_load_of_its_portfolio_can_be_undone(session, load, undo):
    first = load(file_of("manabi", 1), as_of=DAY1)
    paid = load(DATA / "pagos_manabi.csv", "payments", "manabi", now=LATER)
    load(file_of("guayas", 1), as_of=DAY1, now=LATER)
    with pytest.raises(RuleBroken, match=f"Load {paid.id} of this portfolio came after it"):
        undo(first)
    undo(paid)
    undo(first)
    assert session.scalar(sa.select(sa.func.count()).select_from(Bill)) > 0


def test_a_load_that_another_one_followed_has_nothing_to_put_back(session, load, undo):
    first = load(file_of("manabi", 1), as_of=DAY1)
    second = load(file_of("manabi", 2), as_of=DAY2, now=LATER)
    undo(second)
    with pytest.raises(RuleBroken, match="no longer kept"):
        undo(first)


def test_a_second_time_and_without_a_reason_it_is_refused(session, people, load, undo):
    done = load(file_of("manabi", 1), as_of=DAY1)
    with pytest.raises(RuleBroken, match="Write why"):
        undo_load(session, people.eva, NOW, done.id, "  ")
    undo(done)
    with pytest.raises(RuleBroken, match="Only a load that is applied"):
        undo(done)


def test_a_name_that_two_portfolios_changed_goes_back_step_by_step(session, load, undo, rewritten):
    """Undone in the order in which they came: the later word stays, and under it lies the oldest."""
    load(file_of("manabi", 1), portfolio="agua", as_of=DAY1)
    load(file_of("manabi", 1), portfolio="mejoras", as_of=DAY1)
    person = account(session, "100006", "agua").debtor_id
    cells = lines("manabi", 1)[0].split("\t")
    number, old = cells[2], cells[1]
    person = account(session, number, "agua").debtor_id
    made = []
    for hours, (portfolio, name) in enumerate((("agua", "UNO"), ("mejoras", "DOS"))):
        changed = lines("manabi", 1)
        changed[0] = changed[0].replace(old, name)
        moment = NOW + timedelta(hours=hours)
        made.append(load(rewritten(changed), portfolio=portfolio, as_of=DAY2, now=moment))
    undo(made[0])
    assert session.get_one(Debtor, person).name == "DOS"
    undo(made[1])
    assert session.get_one(Debtor, person).name == old


def test_a_merged_person_is_followed_by_loads_and_by_an_undo(session, load, undo, rewritten):
    load(file_of("manabi", 1), as_of=DAY1)
    cells = lines("manabi", 1)[0].split("\t")
    merged = account(session, cells[2]).debtor
    kept = session.scalars(sa.select(Debtor).where(Debtor.id != merged.id).limit(1)).one()
    name = kept.name
    merged.merged_into_id = kept.id
    changed = [line.replace("\tRESIDENCIAL\t", "\tCOMERCIAL\t") for line in lines("manabi", 1)]
    changed[0] = changed[0].replace(cells[1], "OTRO NOMBRE")
    session.flush()
    second = load(rewritten(changed), portfolio="manabi", as_of=DAY2, now=LATER)
    assert account(session, cells[2]).debtor_id == kept.id
    assert session.get_one(Debtor, merged.id).name == cells[1]
    assert session.get_one(Debtor, kept.id).name == name
    undo(second)
    assert account(session, cells[2]).debtor_id == kept.id


# --- on screen and by command


def test_the_specialist_undoes_it_on_screen_and_the_worker_does_it(
    app, session, people, load, sign_in
):
    done = load(file_of("manabi", 1), as_of=DAY1)
    client = sign_in("eva")
    assert f"/loads/{done.id}/undo" in client.get(f"/loads/{done.id}").text
    assert client.post(f"/loads/{done.id}/undo", data={"why": " "}).status_code == 302
    assert session.get_one(Load, done.id).status == "applied"
    for _twice in range(2):
        answer = client.post(f"/loads/{done.id}/undo", data={"why": "era de otro mes"})
        assert answer.status_code == 302
    queued = sa.text("SELECT args FROM procrastinate_jobs WHERE task_name = 'undo_load'")
    assert session.scalars(queued).all() == [{"load_id": done.id, "user_id": people.eva.user_id}]
    assert session.get_one(Load, done.id).status == "undoing"
    jobs.bind(app)
    jobs.undo_load_job(done.id, people.eva.user_id)
    end_transaction(session)
    assert session.get_one(Load, done.id).status == "undone"
    page = client.get(f"/loads/{done.id}").text
    assert "era de otro mes" in page
    assert f"/loads/{done.id}/undo" not in page
    jobs.undo_load_job(done.id, people.eva.user_id)
    assert session.scalar(sa.select(sa.func.count()).select_from(Account)) == 0


def test_what_can_no_longer_be_undone_when_its_turn_comes_stays_applied(app, session, people, load):
    first = load(file_of("manabi", 1), as_of=DAY1)
    begin_undo(session, people.eva, NOW, first.id, "era de otro mes")
    load(file_of("manabi", 2), as_of=DAY2, now=LATER)
    jobs.bind(app)
    jobs.undo_load_job(first.id, people.eva.user_id)
    session.expire_all()
    assert session.get_one(Load, first.id).status == "applied"
    assert totals(session, "manabi") == control("manabi")["day2"]


@pytest.mark.parametrize("username", ["ana", "alma", "fredy"])
def test_only_who_may_load_may_undo(session, load, sign_in, username):
    done = load(file_of("manabi", 1), as_of=DAY1)
    client = sign_in(username)
    assert client.post(f"/loads/{done.id}/undo", data={"why": "x"}).status_code in (302, 403)
    assert session.get_one(Load, done.id).status == "applied"
    assert f"/loads/{done.id}/undo" not in client.get(f"/loads/{done.id}").text


def test_the_command_undoes_and_refuses(app, session, load):
    done = load(file_of("manabi", 1), as_of=DAY1)
    run = app.test_cli_runner().invoke
    asked = ["intake", "undo", f"{done.id}", "--why", "archivo equivocado", "--json"]
    first = run(args=asked)
    assert (first.exit_code, f'"load_id": {done.id}, "status": "undone"' in first.stdout) == (
        0,
        True,
    )
    end_transaction(session)
    assert run(args=asked).exit_code == 1
