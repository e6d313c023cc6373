"""¿Se le puede contactar?: for a person and a moment, by each channel, what the gate says and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, render_template, request
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _

from app.access.log import log_access
from app.contact_rules.facts import Explanation, explain
from app.contact_rules.queries import RULES
from app.contact_rules.reason_texts import channels_of, facts_in_words
from app.contact_rules.texts import LABELS
from app.core import clock, web
from app.core.framework import RoomView
from app.core.settings import settings_on
from app.core.transaction import deed
from app.debts.looking_up import looked_up
from app.holds.texts import CHANNELS
from app.models import Debtor

#: Farther away nothing is known, and nobody asks.
_FARTHEST = timedelta(days=1100)


class ContactView(RoomView):
    """Looks a person up, and explains."""

    route_base = "/contact"
    default_view = "find"

    @expose("/", methods=["GET", "POST"])
    @has_access
    @permission_name("read")
    def find(self) -> str:
        """Look for the person: what is typed goes by POST, so that no address or log holds it."""
        typed, found = looked_up("contact")
        people = [person for person, _accounts in found]
        return render_template(
            "contact_rules/find.html", title=_("May they be contacted?"), typed=typed, people=people
        )

    @expose("/<int:debtor_id>")
    @has_access
    @permission_name("read")
    def explain(self, debtor_id: int) -> str:
        """By each channel at ``at`` (the unit's clock; now)."""
        debtor = web.session().get(Debtor, debtor_id) or abort(404)
        at = _moment()
        with deed() as session:
            log_access(session, web.agent(), clock.utcnow(), "view", "contact", debtor_id=debtor_id)
        settings = settings_on(web.session(), clock.local_day(at, web.settings()["zone"]))
        told = explain(web.session(), settings, debtor, at)
        return render_template(
            "contact_rules/explain.html",
            title=_("May %(name)s be contacted?", name=debtor.name),
            person=debtor,
            told=told,
            wall=clock.local(at, settings["zone"]),
            channels=CHANNELS,
            labels=LABELS,
            reasons=_reasons(told),
            may_open=self.appbuilder.sm.has_access("can_person", "PersonView"),
        )


def _moment() -> datetime:
    """``at`` of the address; this moment for what is none, or years away."""
    now = clock.utcnow()
    try:
        wall = datetime.fromisoformat(request.args.get("at", ""))
        at = (wall if wall.tzinfo else wall.replace(tzinfo=_zone())).astimezone(UTC)
    except (ValueError, OverflowError):
        return now
    return at if abs(at - now) <= _FARTHEST else now


def _zone() -> ZoneInfo:
    return ZoneInfo(web.settings()["zone"])


def _reasons(told: Explanation) -> list[dict[str, Any]]:
    """Each rule that refuses anything: by which channels, and its facts."""
    found = [(rule, channels_of(told, rule)) for rule in RULES]
    return [
        {
            "rule": rule,
            "label": _sentence(str(LABELS[rule])),
            "channels": [CHANNELS[channel] for channel in channels],
            "facts": facts_in_words(told, rule),
        }
        for rule, channels in found
        if channels
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
