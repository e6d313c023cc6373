"""How large, by whom, how it is given out, and what becomes of what nobody needs."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import date, timedelta

import pytest

from app.core.errors import RuleBroken
from app.core.models import SettingValue
from app.core.settings import Settings
from app.core.uploads import keep_photo, stored_response, sweep_uploads
from app.core.web import files_folder
from app.jobs import bind, purge_downloads_job
from tests.conftest import NOW
from tests.uploads.documents import plain, saved
from tests.uploads.pictures import drawn

_FORM = {"content_type": "multipart/form-data; boundary=x"}


def _photo(session, agent, folder, data, most=12):
    file = io.BytesIO(data)
    return keep_photo(session, agent, NOW, Settings({"photo_max_mb": most}), folder, file, "v.jpg")


def test_a_photo_is_kept_with_its_size_sum_keeper_and_moment(session, people, folder):
    stored = _photo(session, people.fredy, folder, drawn(size=(4000, 3000)))
    kept = (folder / stored.stored_as).read_bytes()
    assert stored.sha256 == hashlib.sha256(kept).hexdigest() and stored.size == len(kept)
    assert (stored.stored_by_id, stored.stored_at) == (people.fredy.user_id, NOW)
    assert (folder / stored.stored_as).stat().st_mode & 0o007 in (0, 4)
    assert folder.stat().st_mode & 0o077 == 0


def test_a_photo_is_a_picture_and_no_document(session, people, folder):
    with pytest.raises(RuleBroken, match="only pictures"):
        _photo(session, people.fredy, folder, saved(plain()))


def test_a_byte_more_than_the_setting_allows_is_refused(session, people, folder):
    mega = 1024 * 1024
    exact = drawn() + bytes(mega - len(drawn()))
    assert _photo(session, people.fredy, folder, exact, most=1).size > 0
    with pytest.raises(RuleBroken, match="larger than 1 MB"):
        _photo(session, people.fredy, folder, exact + b"\0", most=1)


def test_a_picture_is_shown_and_a_document_is_saved_and_neither_may_run(app, attach, folder):
    picture, document = attach(drawn(), "peñón «1».png"), attach(saved(plain()), "planilla.pdf")
    with app.test_request_context("/"):
        shown, sent = stored_response(folder, picture), stored_response(folder, document)
        for answer in (shown, sent):
            app.process_response(answer)
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "no-store" in answer.headers["Cache-Control"]
            answer.direct_passthrough = False
        assert shown.mimetype == "image/jpeg" and sent.mimetype == "application/pdf"
        assert shown.headers["Content-Disposition"].startswith("inline; filename=")
        assert "filename*=UTF-8''pe%C3%B1%C3%B3n" in shown.headers["Content-Disposition"]
        assert sent.headers["Content-Disposition"] == "attachment; filename=planilla.pdf"
        assert shown.get_data() == (folder / picture.stored_as).read_bytes()
        for answer in (shown, sent):
            answer.close()


def test_a_file_that_is_gone_from_the_disk_is_not_found(app, attach, folder):
    stored = attach(drawn())
    (folder / stored.stored_as).unlink()
    with app.test_request_context("/"), pytest.raises(Exception, match="404"):
        stored_response(folder, stored)


def test_what_was_never_told_to_the_database_is_swept_after_a_day(session, attach, folder):
    kept = attach(drawn())
    lost = [folder / f"{letter * 32}{end}" for letter, end in (("a", ".jpg"), ("b", ".pdf"))]
    young, load = folder / f"{'c' * 32}.jpg", folder / ("d" * 32)
    for path in (*lost, young, load):
        path.write_bytes(b"x")
    old = (NOW - timedelta(hours=25)).timestamp()
    for path in (*lost, load, folder / kept.stored_as):
        os.utime(path, (old, old))
    os.utime(young, ((NOW - timedelta(hours=23)).timestamp(),) * 2)
    assert sweep_uploads(session, NOW, folder) == 2
    assert {p.name for p in folder.iterdir()} == {kept.stored_as, young.name, load.name}
    assert sweep_uploads(session, NOW, folder) == 0


def test_the_nightly_job_sweeps(app, session):
    lost = files_folder() / f"{'e' * 32}.jpg"
    lost.write_bytes(b"x")
    os.utime(lost, (0, 0))
    bind(app)
    purge_downloads_job(timestamp=0)
    assert not lost.exists()


# --- how much a form may bring


def _body(megabytes: int) -> bytes:
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="g.csv"\r\n\r\n'
    return head.encode() + b"1;2;3;4\n" * (131_072 * megabytes) + b"\r\n--x--\r\n"


@pytest.fixture
def small(app, session, monkeypatch):
    """A form with attachments may bring 5 MB, a load 20. The token is asked for, as in earnest: looking
    for it reads the whole form before anybody's permission is asked."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for name, value in (("photo_max_mb", 1), ("attachment_max_mb", 1), ("max_file_mb", 20)):
        row = SettingValue(name=name, value=str(value), holds_from=date(2026, 1, 1), set_at=NOW)
        session.add(row)
    session.commit()  # a refusal rolls back


@pytest.mark.parametrize("who", ["rosa", "fredy", "ana", "alma"])
def test_who_loads_nothing_posts_no_load_anywhere(app, session, sign_in, request, who):
    client = sign_in(who)
    request.getfixturevalue("small")
    for where in ("/loads/upload", "/work/next", "/login/"):
        assert client.post(where, data=_body(9), **_FORM).status_code == 413, where
    assert client.post("/loads/upload", data=_body(3), **_FORM).status_code == 400


def test_a_specialist_posts_a_load_where_loads_go_and_only_there(app, session, sign_in, request):
    eva = sign_in("eva")
    request.getfixturevalue("small")
    assert eva.post("/loads/upload", data=_body(9), **_FORM).status_code == 400
    assert eva.post("/loads/upload", data=_body(25), **_FORM).status_code == 413
    assert eva.post("/work/next", data=_body(9), **_FORM).status_code == 413


def test_a_stranger_posts_what_is_typed_and_no_file(app, session, small):
    client = app.test_client()
    assert client.post("/loads/upload", data=_body(3), **_FORM).status_code == 413
    answer = client.post("/login/", data=_body(3), **_FORM)
    assert answer.status_code == 413 and "<h1" in answer.text
