"""Values that stand nowhere else, and a client that looks for them in all that comes back."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote

import sqlalchemy as sa
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from app.models import (
    Claim,
)
from tests.walking import FreshClient

IDENTIFICATION, LAST_FOUR = "17QXWZJKVY", "JKVY"


NUMBER = "8800112233"
PHONE = "+593991234561"
#: Amounts as they are stored; every way of writing them is looked for.
AMOUNTS = (
    "77431.09",
    "61234.57",
    "16196.52",
    "3333.21",
    "4517.83",
    "73914.26",
    "74097.88",
    "6789.45",
)
DAYS = (
    date(2025, 3, 17),
    date(2025, 4, 18),
    date(2026, 10, 13),
    date(2026, 11, 19),
    date(2027, 2, 11),
)
WORDS = (
    IDENTIFICATION,
    "QXWZ",
    LAST_FOUR,
    NUMBER,
    NUMBER[2:],
    "PLANILLA-QX",
    "REF-QX",
    "NOTA-QX",
    "RETENCION-QX",
    "CALLE-QX",
    "SECTOR-QX",
    "CANAL-QX",
    "RECIBO-QX",
    "7654321",
    "7.654.321",
)


def all_canaries() -> set[str]:
    found = set(WORDS)
    for amount in AMOUNTS:
        whole, cents = amount.split(".")
        for grouped in (whole, f"{int(whole):,}", f"{int(whole):,}".replace(",", ".")):
            found |= {f"{grouped}.{cents}", f"{grouped},{cents}"}
    for day in DAYS:
        found |= {day.isoformat(), f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}"}
    return found


CANARIES = all_canaries()
#: What the open statement must show: the search finds what is there.
SHOWN = {"77.431,09", "61.234,57", "16.196,52", "17/03/2025", "18/04/2025", NUMBER, "PLANILLA-QX-1"}


@dataclass
class Watcher:
    """An operator's client that keeps everything that came back, and every address it was sent to."""

    app: Flask
    client: FreshClient
    seen: list[tuple[str, str]] = field(default_factory=list)

    def get(self, where: str, **kwargs):
        return self._keep(where, self.client.get(where, buffered=True, **kwargs))

    def post(self, where: str, data: dict | None = None, **kwargs):
        return self._keep(where, self.client.post(where, data=data or {}, buffered=True, **kwargs))

    def open(self, where: str, method: str):
        return self.get(where) if method == "GET" else self.post(where)

    def _keep(self, where: str, answer):
        headers = "\n".join(f"{k}: {unquote(v)}" for k, v in answer.headers if k != "Set-Cookie")
        what = f"{where} → {answer.status_code}"
        self.seen += [
            (what, where),
            (what, headers),
            (what, readable(answer)),
            (what, self._cookie()),
        ]
        return answer

    def _cookie(self) -> str:
        """The session's cookie is signed, not secret: what is flashed can be read there."""
        cookie = self.client.get_cookie("session")
        if cookie is None:
            return ""
        serializer = self.app.session_interface.get_signing_serializer(self.app)
        return str(serializer.loads(cookie.value))

    def leaks(self) -> list[tuple[str, set[str]]]:
        return [(what, canaries_in(text)) for what, text in self.seen if canaries_in(text)]


#: A nonce or a token of a form is random: four letters of a canary may well stand in one.
_TOKEN = re.compile(r"(?<![\w.-])(?=[\w.-]*[A-Z])(?=[\w.-]*[a-z])(?=[\w.-]*\d)[\w.-]{20,}")


def canaries_in(text: str) -> set[str]:
    plain = _TOKEN.sub("", text).lower()
    return {canary for canary in CANARIES if canary.lower() in plain}


def readable(answer) -> str:
    if answer.mimetype.endswith("spreadsheetml.sheet"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
        rows = [str(r) for n in book.sheet_names for r in book.get_sheet_by_name(n).to_python()]
        return "\n".join(rows)
    return answer.get_data(as_text=True)


def last_claim(session: Session) -> Claim:
    return session.scalars(sa.select(Claim).order_by(Claim.id.desc()).limit(1)).one()


def key_of(session: Session) -> dict[str, str]:
    return {"key": str(last_claim(session).key)}


def open_person(watcher: Watcher, session: Session, case, way: str) -> dict[str, str]:
    """Bring the person on the call screen; the claim's key as a form sends it."""
    if way == "queue":
        watcher.post("/work/next")
    else:
        watcher.post("/work/attend", {"person": case.debtor.id, "direction": way})
    assert last_claim(session).debtor_id == case.debtor.id
    page = watcher.get("/work/")
    assert "CANARIO TRUENO PEDRO" in page.text and "Resultado" in page.text
    return key_of(session)


WAYS = ("queue", "outgoing", "incoming", "counter", "other")
