"""Downloads: exactly what is filtered, safe in a spreadsheet, at once or by the worker, for the owner alone."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from app.access import downloads as downloads_room
from app.access.downloads import write_download
from app.core import clock, list_deeds
from app.core.downloads import KEPT, purge_downloads
from app.models import AccessLog, Debtor, Download, TimelineEvent
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio
from tests.walking import fresh_client

_EVIL = ("=1+1", "+SUM(A1)", "-2", "@x", "\t=1", 'comillas "y"; punto', "línea\nnueva")


@pytest.fixture
def eva(app: Flask, rows):
    return fresh_client(app, "eva")


@pytest.fixture
def long_lists(monkeypatch) -> None:
    """Whatever has a row is too long to wait for."""
    monkeypatch.setattr(list_deeds, "AT_ONCE", 0)


def _csv(answer) -> list[list[str]]:
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def _xlsx(data: bytes) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def _ask(session: Session, client, where: str, form: str = "csv") -> Download:
    answer = client.post(where, data={"form": form}, buffered=True)
    assert (answer.status_code, answer.location) == (302, "/downloads/")
    return session.scalars(sa.select(Download).order_by(Download.id.desc())).first()


# --- at once


def test_the_file_holds_exactly_what_is_filtered(session, eva, rows, people):
    make_account(session, make_debtor(session, "ZURITA ANA"), make_portfolio(session, NOW.date()))
    session.commit()
    answer = eva.post(
        "/accounts/download?_flt_1_balance=120,50", data={"form": "csv"}, buffered=True
    )
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    head, *body = _csv(answer)
    assert len(head) == len(set(head)) > 5
    assert len(body) == 1
    assert "120,50" in body[0] and "ÑAUPARI ÁVILA JOSÉ" in body[0]
    assert re.search(
        r"filename.*2026|filename.*\d{4}-\d\d-\d\d", answer.headers["Content-Disposition"]
    )
    logged = session.execute(sa.select(AccessLog.kind, AccessLog.what, AccessLog.rows)).all()
    assert [tuple(r) for r in logged] == [("download", "accounts", 1)]


def test_a_workbook_has_numbers_and_days(eva):
    answer = eva.post("/accounts/download", data={"form": "xlsx"}, buffered=True)
    _head, row = _xlsx(answer.data)
    assert 120.5 in row
    assert any(hasattr(value, "year") for value in row)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_people_typed_is_never_a_formula(session, eva, form):
    session.execute(sa.delete(AccessLog))
    for n, name in enumerate(_EVIL):
        make_debtor(session, name, identification=f"=HYPER{n}")
    session.commit()
    answer = eva.post("/debtors/download", data={"form": form}, buffered=True)
    rows = _csv(answer) if form == "csv" else _xlsx(answer.data)
    names = {row[0] for row in rows[1:]}
    if form == "csv":
        assert not [
            c for row in rows for c in row if c.startswith(("=", "+", "-", "@", "\t", "\r"))
        ]
        assert {f"'{name}" for name in _EVIL[:5]} | set(_EVIL[5:]) <= names
    else:
        assert set(_EVIL) <= names
        assert b"<f>" not in answer.data


def test_an_unknown_form_is_refused_and_so_is_who_may_not(app, session, eva):
    for form in ("", "pdf", "../csv"):
        assert eva.post("/accounts/download", data={"form": form}, buffered=True).status_code == 400
    assert eva.get("/accounts/download").status_code == 405
    for username in ("ana", "fredy", "rosa", "adela"):
        client = fresh_client(app, username)
        assert (
            client.post("/accounts/download", data={"form": "csv"}, buffered=True).status_code
            == 403
        )
        assert client.get("/downloads/1/file", buffered=True).status_code in (403, 404)
    assert session.scalars(sa.select(AccessLog.kind)).all() == []


def test_a_catalogue_taken_away_leaves_a_row_of_the_timeline(session, eva, people):
    assert eva.post("/outcomes/download", data={"form": "csv"}, buffered=True).status_code == 200
    deed = session.scalars(sa.select(TimelineEvent)).one()
    assert (deed.deed, deed.subject, deed.agent_id) == ("download", "outcome", people.eva.user_id)
    assert deed.after["rows"] > 10


# --- by the worker


def test_a_long_list_is_written_by_the_worker_and_fetched_by_its_owner(
    app, session, eva, rows, people, long_lists
):
    download = _ask(session, eva, "/debtors/download?_flt_0_folded=naupari&q=avila")
    assert (download.screen, download.form, download.status) == ("DebtorScreen", "csv", "waiting")
    assert download.owner_id == people.eva.user_id
    job = session.execute(sa.text("SELECT task_name, args FROM procrastinate_jobs")).one()
    assert (job.task_name, job.args) == ("write_download", {"download_id": download.id})
    assert "hx-get" in eva.get("/downloads/").text
    write_download(app, download.id)
    session.refresh(download)
    assert (download.status, download.rows, download.error) == ("ready", 1, "")
    page = eva.get("/downloads/state").text
    assert f"/downloads/{download.id}/file" in page and "hx-get" not in page
    answer = eva.get(f"/downloads/{download.id}/file", buffered=True)
    assert "ÑAUPARI ÁVILA JOSÉ" in answer.data.decode("utf-8-sig")
    kinds = session.scalars(sa.select(AccessLog.kind).order_by(AccessLog.id)).all()
    assert kinds == ["download"]
    deed = session.scalars(sa.select(TimelineEvent)).one()
    assert (deed.deed, "naupari" in str(deed.after)) == ("ask_download", False)


def test_nobody_else_gets_the_file(app, session, eva, long_lists):
    download = _ask(session, eva, "/debtors/download")
    write_download(app, download.id)
    alma = fresh_client(app, "alma")
    assert alma.get(f"/downloads/{download.id}/file", buffered=True).status_code == 404
    assert str(download.title) not in alma.get("/downloads/state").text
    for rubbish in ("0", "999999999", "abc", "99999999999999999999"):
        assert eva.get(f"/downloads/{rubbish}/file", buffered=True).status_code in (400, 404)


def test_who_lost_the_list_gets_neither_the_work_nor_the_file(
    app, session, eva, people, long_lists
):
    ready, waiting = (_ask(session, eva, "/debtors/download") for _n in range(2))
    write_download(app, ready.id)
    session.execute(
        sa.text(
            "DELETE FROM ab_permission_view_role WHERE permission_view_id IN (SELECT pv.id"
            " FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id"
            " JOIN ab_view_menu v ON v.id = pv.view_menu_id"
            " WHERE p.name = 'can_download' AND v.name = 'DebtorScreen')"
        )
    )
    session.commit()
    write_download(app, waiting.id)
    session.refresh(waiting)
    assert waiting.status == "failed" and waiting.error
    assert eva.get(f"/downloads/{ready.id}/file", buffered=True).status_code == 403


def test_a_failure_ends_in_one_sentence_and_leaves_no_file(
    app, session, eva, long_lists, monkeypatch
):
    download = _ask(session, eva, "/debtors/download")

    def fail(*_args):
        raise OSError("no space")

    monkeypatch.setattr(downloads_room, "_teller", fail)
    before = set((Path(app.config["VAR"]) / "downloads").glob("*"))
    write_download(app, download.id)
    session.refresh(download)
    assert (download.status, download.stored_as) == ("failed", None)
    assert download.error in eva.get("/downloads/").text and download.error
    assert set((Path(app.config["VAR"]) / "downloads").glob("*")) == before
    assert eva.get(f"/downloads/{download.id}/file", buffered=True).status_code == 302


def test_what_a_killed_worker_left_begins_again_and_what_is_ready_does_not(
    app, session, eva, long_lists
):
    download = _ask(session, eva, "/debtors/download")
    download.status, download.rows = "writing", 77
    session.commit()
    write_download(app, download.id)
    session.refresh(download)
    assert (download.status, download.rows) == ("ready", 1)
    stored = download.stored_as
    write_download(app, download.id)
    session.refresh(download)
    assert download.stored_as == stored
    write_download(app, 999999)


def test_old_downloads_are_purged_with_their_files(app, session, eva, long_lists):
    old, new = (_ask(session, eva, "/debtors/download") for _n in range(2))
    for each in (old, new):
        write_download(app, each.id)
        session.refresh(each)
    folder = Path(app.config["VAR"])
    now = clock.utcnow()
    old.created_at = now - KEPT - timedelta(seconds=1)
    session.commit()
    names = {old.stored_as, new.stored_as}
    assert names <= {p.name for p in (folder / "downloads").glob("*")}
    new_id, kept = new.id, new.stored_as
    assert purge_downloads(session, now, folder) == 1
    session.commit()
    assert session.scalars(sa.select(Download.id)).all() == [new_id]
    assert names & {p.name for p in (folder / "downloads").glob("*")} == {kept}


def test_memory_does_not_grow_with_the_rows(app, session, eva, monkeypatch):
    """Rows come in batches from a cursor on the server."""
    seen = []
    view = next(v for v in app.appbuilder.baseviews if type(v).__name__ == "DebtorScreen")
    real = view.cells
    monkeypatch.setattr(view, "cells", lambda items: seen.append(len(items)) or real(items))
    session.execute(
        sa.text(
            "INSERT INTO debtor (person_key, name, identification, identification_kind,"
            " identification_raw) SELECT 'T:' || n, 'MUCHOS ' || n, '', 'none', ''"
            " FROM generate_series(1, 1300) n"
        )
    )
    session.commit()
    answer = eva.post("/debtors/download", data={"form": "csv"}, buffered=True)
    count = session.scalar(sa.select(sa.func.count()).select_from(Debtor))
    assert len(_csv(answer)) == count + 1
    assert max(seen) <= 500 and sum(seen) == count


def test_amounts_are_exact(session, eva, rows):
    rows.account.balance = Decimal("9999999999.99")
    session.commit()
    assert (
        "9999999999,99" in eva.post("/accounts/download", data={"form": "csv"}, buffered=True).text
    )
