"""Every setting of the unit, by what it is about: its type, range, default, help and kind of date.

"confirm" in domain.md became a setting with the default given there, or the strictest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l

from app.core.errors import RuleBroken
from app.core.money import plain_decimal, read_decimal


@dataclass(frozen=True, slots=True)
class Setting:
    """``kind`` is int, Decimal, time, str or 'zone'; ``low``/``high`` bound numbers and times, and
    ``pattern`` (a whole match) texts. What happened on past days is told by a ``dated`` one: it can
    only change from today on."""

    name: str
    kind: Any
    default: Any
    help: Any
    low: Any = None
    high: Any = None
    dated: bool = False
    pattern: str | None = None

    def parse(self, text: str) -> Any:
        """What a person typed, typed; RuleBroken in one sentence when it does not fit."""
        try:
            value = _TYPED[self.kind](text.strip())
        except (ValueError, InvalidOperation, KeyError):
            raise self._invalid(text) from None
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            raise self._invalid(text)
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            raise RuleBroken(
                _l(
                    "«%(what)s» must be between %(low)s and %(high)s.",
                    what=self.help,
                    low=self.shown(self.low),
                    high=self.shown(self.high),
                ),
                "value",
            )
        return value

    def stored(self, text: str) -> Any:
        """The value of a row of the history."""
        return _STORED[self.kind](text)

    def write(self, value: Any) -> str:
        """How a row of the history keeps ``value``."""
        return value.isoformat("minutes") if self.kind is time else str(value)

    def shown(self, value: Any) -> str:
        """``value`` as people read and type it."""
        return plain_decimal(value) if self.kind is Decimal else self.write(value)

    def _invalid(self, text: str) -> RuleBroken:
        return RuleBroken(
            _l("«%(value)s» is not a valid value for «%(what)s».", value=text, what=self.help),
            "value",
        )


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(text)
    return text


_TYPED: Mapping[Any, Callable[[str], Any]] = {
    int: int,
    Decimal: read_decimal,
    time: time.fromisoformat,
    str: str,
    "zone": _zone,
}
_STORED = _TYPED | {Decimal: Decimal, "zone": str}  # type: ignore[operator]

_UNIT = (
    Setting(
        "company",
        str,
        "Empresa Pública Municipal de Agua",
        _l("Name said in the scripts and printed on reports"),
        pattern=r".{1,120}",
    ),
    Setting(
        "zone",
        "zone",
        "America/Guayaquil",
        _l("Time zone of the unit"),
        dated=True,
    ),
    Setting(
        "daily_goal",
        int,
        90,
        _l("Calls a day expected of an operator"),
        1,
        500,
        dated=True,
    ),
    Setting(
        "dial_link",
        str,
        "tel:{number}",
        _l("Address that dials a number: tel:{number} or sip:{number}@…"),
        pattern=r"(tel|sips?|callto):\S*\{number\}\S*",
    ),
)
_CONTACT = (
    Setting(
        "contact_from",
        time,
        time(7, 0),
        _l("First minute of the day for contacting"),
        time(0, 0),
        time(23, 59),
        dated=True,
    ),
    Setting(
        "contact_until",
        time,
        time(20, 0),
        _l("From this minute on nobody is contacted"),
        time(0, 0),
        time(23, 59),
        dated=True,
    ),
    Setting(
        "attempts_per_day",
        int,
        3,
        _l("Attempts a day per person, all accounts together"),
        1,
        20,
        dated=True,
    ),
    Setting(
        "contacts_per_day",
        int,
        1,
        _l("Answered contacts a day per person"),
        1,
        10,
        dated=True,
    ),
    Setting(
        "stale_after_days",
        int,
        7,
        _l("Days after which a portfolio is too old to collect on"),
        1,
        60,
        dated=True,
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
        "callback_alarm_minutes",
        int,
        60,
        _l("Minutes after its hour from which a callback without a call is reported as late"),
        5,
        1440,
    ),
)
_PROMISES = (
    Setting(
        "promise_max_days",
        int,
        15,
        _l("Latest day of a promise, counted from today"),
        1,
        60,
    ),
    Setting(
        "promise_grace_days",
        int,
        3,
        _l("Business days of grace after the promised day"),
        0,
        15,
        dated=True,
    ),
    Setting(
        "promise_threshold_percent",
        Decimal,
        Decimal("95"),
        _l("Share of the amount that counts as kept"),
        Decimal("1"),
        Decimal("100"),
        dated=True,
    ),
    Setting(
        "recovery_days",
        int,
        30,
        _l("Days before a payment in which a contact is credited with it"),
        1,
        180,
        dated=True,
    ),
)
_QUEUE = (
    Setting(
        "claim_minutes",
        int,
        20,
        _l("Minutes after which an abandoned claim returns"),
        2,
        240,
    ),
    Setting(
        "attend_minutes",
        int,
        180,
        _l("Minutes after which an incoming call or a visit that was left open returns"),
        10,
        720,
    ),
    Setting(
        "retry_minutes",
        int,
        90,
        _l("Minutes until a person who did not answer is offered again"),
        0,
        1440,
    ),
    Setting(
        "weight_callback",
        int,
        100,
        _l("Weight in the queue: asked to be called at this hour"),
        0,
        1000,
    ),
    Setting(
        "weight_broken_promise",
        int,
        60,
        _l("Weight in the queue: broke a promise"),
        0,
        1000,
    ),
    Setting(
        "weight_never_called",
        int,
        25,
        _l("Weight in the queue: nobody has called yet"),
        0,
        1000,
    ),
    Setting(
        "weight_amount",
        int,
        30,
        _l("Weight in the queue: a large debt"),
        0,
        1000,
    ),
    Setting(
        "weight_age",
        int,
        20,
        _l("Weight in the queue: an old debt"),
        0,
        1000,
    ),
    Setting(
        "weight_answers",
        int,
        15,
        _l("Weight in the queue: has a telephone that answers"),
        0,
        1000,
    ),
)
_HOLDS = (
    Setting(
        "hold_paid_claim_days",
        int,
        7,
        _l("Days on hold when the person says that it is paid"),
        1,
        60,
    ),
    Setting(
        "hold_review_days",
        int,
        15,
        _l("Days on hold for hardship and not the holder"),
        1,
        90,
    ),
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
)
_INTAKE = (
    Setting(
        "max_file_mb",
        int,
        512,
        _l("Largest file that may be loaded, in megabytes"),
        1,
        4096,
    ),
    Setting(
        "area_prefix",
        str,
        "05",
        _l("Cantonal prefix of telephones written with seven digits"),
        pattern=r"0[2-7]",
    ),
)
#: What the screen calls each group, in its order.
GROUPS: tuple[tuple[Any, tuple[Setting, ...]], ...] = (
    (_l("The unit"), _UNIT),
    (_l("Contacting people"), _CONTACT),
    (_l("Promises and what is recovered"), _PROMISES),
    (_l("The queue of calls"), _QUEUE),
    (_l("Holds"), _HOLDS),
    (_l("Loading files"), _INTAKE),
)
SETTINGS: Mapping[str, Setting] = {s.name: s for _label, group in GROUPS for s in group}
