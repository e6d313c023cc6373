"""What a worker's phone gets of their day, and how what it sends is read. It keeps no amount, no bill and no
whole identification, because none is sent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import abort
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.contact_rules.service import Verdict
from app.contact_rules.texts import LABELS
from app.core import web
from app.core.clock import local_day
from app.core.settings import Settings
from app.core.typed import typed_key
from app.referrals.route_stops import Done, Stop, done_of, stops_of, verdicts_of
from app.referrals.visits import MOST_PHONES, TypedVisit

#: The phone's buttons, in the order in which they stand.
RESULTS: Mapping[str, Any] = {
    "holder": _l("The holder"),
    "third_party": _l("Somebody else"),
    "nobody": _l("Nobody"),
    "moved": _l("Does not live here"),
    "vacant": _l("Empty property"),
    "no_such_place": _l("It does not exist"),
}
#: What the page's script says; ``{…}`` are filled in there.
WORDS: Mapping[str, Any] = {
    "of": _l("of {n}"),
    "late": _l("late visit"),
    "refused_chip": _l("do not visit"),
    "unsent": _l("to send"),
    "not_taken": _l("not accepted"),
    "offline": _l("no connection"),
    "signed_out": _l("sign in again"),
    "trouble": _l("the server does not answer"),
    "to_send": _l("{n} to send"),
    "not_accepted": _l("{n} not accepted"),
    "all_sent": _l("everything sent"),
    "meter": _l("meter {meter}"),
    "as_of": _l("{day}, as of {hour}"),
    "left": _l("{left} to visit, {done} done"),
    "photo_ready": _l("Photo ready"),
    "no_photo": _l("That file is not a photo."),
    "no_result": _l("Choose what you found."),
    "bad_phone": _l("«{typed}» is not a telephone. Write it like 0991234567."),
    "invented_phone": _l("«{typed}» is an invented number: it reaches nobody."),
    "bad_email": _l("«{typed}» is not an e-mail address."),
    "bad_address": _l("«{typed}» is not an address that somebody could find."),
    "not_kept": _l("The visit could not be kept on this phone. Free some space and save again."),
    "unreadable": _l("The server could not read this visit. Mend it and save it again."),
    "not_allowed": _l("You may not record visits any more. Ask the administrator."),
    "leave": _l(
        "{n} visits have not been sent. If you sign out they stay on this phone and are sent when you sign in again."
    ),
    "stay": _l("Without a connection you cannot sign out: your route stays on this phone."),
    "discard": _l("Discard what was typed of {name}? It cannot be brought back."),
}
_MICRODEGREE = Decimal("0.000001")


def day_data(session: Session, settings: Settings, now: datetime, user_id: int) -> dict[str, Any]:
    """The worker's day as JSON: stops in order, each with what keeps it from being visited, and what is
    done."""
    today = local_day(now, settings["zone"])
    stops = stops_of(session, user_id, today)
    verdicts = verdicts_of(session, settings, now, stops)
    return {
        "user": user_id,
        "day": web.day(today),
        "hour": web.moment(now, "%H:%M"),
        "stops": [
            _stop_data(settings, stop, verdicts[stop.account_id], late=stop.planned_on < today)
            for stop in stops
        ],
        "done": [done_data(each) for each in done_of(session, settings, now, user_id)],
    }


def _stop_data(settings: Settings, stop: Stop, verdict: Verdict, *, late: bool) -> dict[str, Any]:
    return {
        "referral": stop.referral_id,
        "number": stop.number,
        "name": stop.name,
        "sector": stop.sector,
        "address": stop.address,
        "meter": stop.meter,
        "account": stop.account,
        "map": _map_link(settings, stop),
        "late": late,
        "refused": "" if verdict.allowed else refusal_words(verdict),
    }


def _map_link(settings: Settings, stop: Stop) -> str:
    if stop.latitude is None or stop.longitude is None:
        return ""
    link = settings["map_link"].replace("{latitude}", str(stop.latitude))
    return link.replace("{longitude}", str(stop.longitude))


def refusal_words(verdict: Verdict) -> str:
    """Why a stop is not visited now, and until when: «Paid: do not visit.»"""
    if "nothing_owed" in verdict.refused_by:
        return _("Paid: do not visit.")
    why = "; ".join(str(LABELS[rule]) for rule in verdict.refused_by)
    sentence = _("Do not visit now: %(why)s.", why=why)
    if verdict.next_allowed_at is None:
        return sentence + " " + _("Leave it for the specialist.")
    return sentence + " " + _("From %(moment)s on.", moment=web.moment(verdict.next_allowed_at))


def done_data(done: Done) -> dict[str, Any]:
    """A visit that was taken in."""
    return {
        "key": str(done.key),
        "visit": done.visit_id,
        "referral": done.referral_id,
        "name": done.name,
        "sector": done.sector,
        "address": done.address,
        "hour": web.moment(done.at, "%H:%M"),
        "result": done.result,
        "note": done.note,
        "photo": done.has_photo,
    }


def typed_visit(form: Any, now: datetime, photo_id: int | None) -> TypedVisit:
    """What a phone sent as form fields; 400 for what no page of ours sends.

    The moment is counted back from ``now`` by as long as the visit waited on the phone, so that a phone
    whose clock is wrong tells it all the same.
    """
    referral_id = typed_key(form.get("referral"))
    key, corrects = typed_uuid(form.get("key")), typed_uuid(form.get("corrects"))
    if referral_id is None or key is None or any("\0" in value for value in form.values()):
        abort(400)
    waited = _moment(form.get("sent")) - _moment(form.get("saved"))
    if abs(waited) > _LONGEST_WAIT:
        abort(400)
    latitude = _degrees(form.get("latitude"), 90)
    longitude = _degrees(form.get("longitude"), 180)
    placed = latitude is not None and longitude is not None
    return TypedVisit(
        key=key,
        referral_id=referral_id,
        at=now - waited,
        result=form.get("result", ""),
        note=form.get("note", ""),
        phones=tuple(form.getlist("phone")[:MOST_PHONES]),
        email=form.get("email", ""),
        address=form.get("address", ""),
        latitude=latitude if placed else None,
        longitude=longitude if placed else None,
        accuracy=typed_key(form.get("accuracy"), _WORST) if placed else None,
        photo_id=photo_id,
        corrects=corrects,
    )


#: No phone waited longer; how late a visit is taken in is the setting's to say.
_LONGEST_WAIT = timedelta(days=3650)
#: Metres: a position that is farther off tells nothing.
_WORST = 1_000_000


def typed_uuid(typed: str | None) -> uuid.UUID | None:
    """The key that was sent; None for anything else."""
    try:
        return uuid.UUID(typed) if typed else None
    except ValueError:
        return None


def _moment(typed: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat((typed or "").replace("Z", "+00:00"))
    except ValueError:
        abort(400)
    return moment if moment.tzinfo is not None else abort(400)


def _degrees(typed: str | None, most: int) -> Decimal | None:
    try:
        value = Decimal(typed or "")
    except InvalidOperation:
        return None
    return value.quantize(_MICRODEGREE) if value.is_finite() and abs(value) <= most else None
