"""Typed settings: each has a type, a range, a default, a help text and a dated history.

A rule reads its setting here and nowhere else. "confirm" in domain.md became a setting with the
default given there, or the strictest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.agent import Agent
from app.core.errors import RuleBroken
from app.core.models import SettingValue
from app.core.timeline import note_deed


@dataclass(frozen=True, slots=True)
class Setting:
    """``kind`` is int, Decimal, time, str or 'zone'; ``low``/``high`` bound numbers and times."""

    name: str
    kind: Any
    default: Any
    help: Any
    low: Any = None
    high: Any = None

    def parse(self, text: str) -> Any:
        """The typed value of ``text``; RuleBroken in one sentence when it does not fit."""
        try:
            value = _PARSERS[self.kind](text.strip())
        except (ValueError, InvalidOperation, KeyError):
            raise RuleBroken(
                _l("«%(value)s» is not a valid value for %(name)s.", value=text, name=self.name)
            ) from None
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            raise RuleBroken(
                _l(
                    "%(name)s must be between %(low)s and %(high)s.",
                    name=self.name,
                    low=str(self.low),
                    high=str(self.high),
                )
            )
        return value


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(text)
    return text


_PARSERS: Mapping[Any, Any] = {
    int: int,
    Decimal: Decimal,
    time: time.fromisoformat,
    str: str,
    "zone": _zone,
}

_ALL = (
    Setting(
        "company",
        str,
        "Empresa Pública Municipal de Agua",
        _l("Name said in the scripts and printed on reports"),
    ),
    Setting("zone", "zone", "America/Guayaquil", _l("Time zone of the unit")),
    Setting(
        "contact_from",
        time,
        time(7, 0),
        _l("First minute of the day for contacting"),
        time(0, 0),
        time(23, 59),
    ),
    Setting(
        "contact_until",
        time,
        time(20, 0),
        _l("From this minute on nobody is contacted"),
        time(0, 0),
        time(23, 59),
    ),
    Setting(
        "attempts_per_day", int, 3, _l("Attempts a day per person, all accounts together"), 1, 20
    ),
    Setting("contacts_per_day", int, 1, _l("Answered contacts a day per person"), 1, 10),
    Setting(
        "stale_after_days",
        int,
        7,
        _l("Days after which a portfolio is too old to collect on"),
        1,
        60,
    ),
    Setting("promise_max_days", int, 15, _l("Latest day of a promise, counted from today"), 1, 60),
    Setting(
        "promise_grace_days", int, 3, _l("Business days of grace after the promised day"), 0, 15
    ),
    Setting(
        "promise_threshold_percent",
        Decimal,
        Decimal("95"),
        _l("Share of the amount that counts as kept"),
        Decimal("1"),
        Decimal("100"),
    ),
    Setting(
        "hold_paid_claim_days",
        int,
        7,
        _l("Days on hold when the person says that it is paid"),
        1,
        60,
    ),
    Setting("hold_review_days", int, 15, _l("Days on hold for hardship and not the holder"), 1, 90),
    Setting(
        "hold_request_days",
        int,
        15,
        _l("Days on hold for a complaint, agreement or referral that waits for its area"),
        1,
        90,
    ),
    Setting(
        "hold_optout_days",
        int,
        365,
        _l("Days that a request not to be contacted by a channel lasts"),
        30,
        3650,
    ),
    Setting("claim_minutes", int, 20, _l("Minutes after which an abandoned claim returns"), 2, 240),
    Setting(
        "attend_minutes",
        int,
        180,
        _l("Minutes after which an incoming call or a visit that was left open returns"),
        10,
        720,
    ),
    Setting(
        "callback_max_days",
        int,
        30,
        _l("Latest day on which a person may ask to be called back, counted from today"),
        1,
        180,
    ),
    Setting(
        "retry_minutes",
        int,
        90,
        _l("Minutes until a person who did not answer is offered again"),
        0,
        1440,
    ),
    Setting("daily_goal", int, 90, _l("Calls a day expected of an operator"), 1, 500),
    Setting(
        "area_prefix", str, "05", _l("Cantonal prefix of telephones written with seven digits")
    ),
    Setting(
        "dial_link",
        str,
        "tel:{number}",
        _l("Address that dials a number: tel:{number} or sip:{number}@…"),
    ),
    Setting(
        "recovery_days",
        int,
        30,
        _l("Days before a payment in which a contact is credited with it"),
        1,
        180,
    ),
    Setting(
        "weight_callback",
        int,
        100,
        _l("Weight in the queue: asked to be called at this hour"),
        0,
        1000,
    ),
    Setting("weight_broken_promise", int, 60, _l("Weight in the queue: broke a promise"), 0, 1000),
    Setting(
        "weight_never_called", int, 25, _l("Weight in the queue: nobody has called yet"), 0, 1000
    ),
    Setting("weight_amount", int, 30, _l("Weight in the queue: a large debt"), 0, 1000),
    Setting("weight_age", int, 20, _l("Weight in the queue: an old debt"), 0, 1000),
    Setting(
        "weight_answers", int, 15, _l("Weight in the queue: has a telephone that answers"), 0, 1000
    ),
)
SETTINGS: Mapping[str, Setting] = {setting.name: setting for setting in _ALL}


class Settings(Mapping[str, Any]):
    """The values that hold on a day; ``settings["zone"]`` is typed as its setting says."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name: s.default for name, s in SETTINGS.items()} | dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self):
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def settings_on(session: Session, day: date) -> Settings:
    """Every setting as it holds on ``day``: the newest value whose date has come, else the default."""
    rows = session.execute(
        select(SettingValue.name, SettingValue.value)
        .distinct(SettingValue.name)
        .where(SettingValue.holds_from <= day)
        .order_by(SettingValue.name, SettingValue.holds_from.desc(), SettingValue.id.desc())
    )
    return Settings({n: SETTINGS[n].parse(v) for n, v in rows if n in SETTINGS})


def change_setting(
    session: Session, agent: Agent, now: datetime, name: str, text: str, holds_from: date
) -> None:
    """Let ``name`` be ``text`` from ``holds_from`` on. Refuses an unknown name or a value out of range."""
    if name not in SETTINGS:
        raise RuleBroken(_l("There is no setting called %(name)s.", name=name))
    SETTINGS[name].parse(text)
    before = settings_on(session, holds_from)[name]
    row = SettingValue(
        name=name, value=text.strip(), holds_from=holds_from, set_at=now, set_by_id=agent.user_id
    )
    session.add(row)
    session.flush()
    note_deed(
        session,
        agent,
        now,
        "change_setting",
        "setting_value",
        row.id,
        before={"name": name, "value": before},
        after={"name": name, "value": row.value, "holds_from": holds_from},
    )
