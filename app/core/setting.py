"""What a setting is: its type, range, default and help, and how its value is typed, kept and shown."""

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

#: What a text leaves to be filled in: ``{name}``.
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BRIEF = 120


@dataclass(frozen=True, slots=True)
class Setting:
    """``kind`` is int, Decimal, time, str or 'zone'; ``low``/``high`` bound numbers and times, and
    ``pattern`` (a whole match) texts. What happened on past days is told by a ``dated`` one: it can
    only change from today on. A text of several ``lines`` may name ``placeholders``, each as
    ``{name}``, and no other."""

    name: str
    kind: Any
    default: Any
    help: Any
    low: Any = None
    high: Any = None
    dated: bool = False
    pattern: str | None = None
    lines: bool = False
    placeholders: tuple[str, ...] = ()

    def parse(self, text: str) -> Any:
        """What a person typed, typed; RuleBroken in one sentence when it does not fit."""
        try:
            value = _TYPED[self.kind](text.strip().replace("\r\n", "\n"))
        except (ValueError, InvalidOperation, KeyError):
            raise self._invalid(text) from None
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            raise self._invalid(text)
        if self.placeholders:
            self._check_placeholders(value)
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

    def brief(self, value: Any) -> str:
        """`shown`, cut where a sentence or a list has no place for a whole text."""
        shown = self.shown(value)
        return shown if len(shown) <= _BRIEF else f"{shown[:_BRIEF].rstrip()}…"

    def _check_placeholders(self, text: str) -> None:
        unknown = [name for name in PLACEHOLDER.findall(text) if name not in self.placeholders]
        if unknown:
            raise RuleBroken(
                _l(
                    "The text names {%(name)s}, which nothing fills in. Known: %(known)s.",
                    name=unknown[0],
                    known=", ".join(f"{{{name}}}" for name in self.placeholders),
                ),
                "value",
            )

    def _invalid(self, text: str) -> RuleBroken:
        value = text if len(text) <= _BRIEF else f"{text[:_BRIEF]}…"
        return RuleBroken(
            _l("«%(value)s» is not a valid value for «%(what)s».", value=value, what=self.help),
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
