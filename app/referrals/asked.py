"""What the desk's forms send: which referrals, for whom, for which day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app.core.errors import RuleBroken
from app.core.typed import LARGEST_SMALL_KEY, typed_key
from app.referrals.models import KINDS
from app.referrals.reading import ids_by_sector
from app.referrals.steps import Skipped

#: A reason for which cases were left is told with so many of their numbers.
_MOST_NUMBERS = 5
_LONGEST_SECTOR = 120


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was ticked on the desk: whole sectors, single referrals, the kinds that the page showed, and the
    newest referral that it did."""

    sectors: tuple[str, ...]
    ids: tuple[int, ...]
    kinds: tuple[str, ...]
    last_id: int

    def sectors_of(self, session: Session, state: str) -> dict[str, list[int]]:
        """The ids of the whole sectors, by sector; what came since the page was made is not in them."""
        return ids_by_sector(session, state, self.sectors, self.last_id, self.kinds)

    def all_ids(self, session: Session, state: str) -> list[int]:
        """All of them; RuleBroken for none."""
        whole = self.sectors_of(session, state).values()
        ids = sorted({*self.ids, *(each for ids in whole for each in ids)})
        if not ids:
            raise RuleBroken(_l("Tick at least one sector or one case."))
        return ids


def chosen(kinds: tuple[str, ...]) -> Chosen:
    """What the form's boxes say, of ``kinds``."""
    form = request.form
    return Chosen(
        tuple(sector[:_LONGEST_SECTOR] for sector in form.getlist("sector")),
        tuple(key for key in map(typed_key, form.getlist("id")) if key),
        kinds,
        typed_key(form.get("last")) or 0,
    )


def asked_kinds() -> tuple[str, ...]:
    """The kind that the desk is narrowed to; all of them for what is none."""
    kind = request.values.get("kind", "")
    return (kind,) if kind in KINDS else KINDS


def typed_day(name: str = "planned_on") -> date:
    """The day that was typed; RuleBroken for what is none."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise RuleBroken(_l("Choose the day of the visit."), name) from None


def typed_worker() -> int:
    """The worker that was chosen; 0, who is nobody, for none."""
    return typed_key(request.form.get("user_id"), LARGEST_SMALL_KEY) or 0


def left_words(skipped: Sequence[Skipped]) -> list[Any]:
    """«2 cases were left as they were (D-000001, D-000002): nothing is owed», a sentence a reason."""
    return [
        ngettext(
            "%(num)d case was left as it was (%(numbers)s): %(why)s",
            "%(num)d cases were left as they were (%(numbers)s): %(why)s",
            len(numbers),
            numbers=_named(numbers),
            why=why,
        )
        for why, numbers in _by_why(skipped).items()
    ]


def stay_words(skipped: Sequence[Skipped]) -> list[Any]:
    """The same of a plan that nobody has carried out."""
    return [
        ngettext(
            "%(num)d case will stay as it is (%(numbers)s): %(why)s",
            "%(num)d cases will stay as they are (%(numbers)s): %(why)s",
            len(numbers),
            numbers=_named(numbers),
            why=why,
        )
        for why, numbers in _by_why(skipped).items()
    ]


def _by_why(skipped: Sequence[Skipped]) -> dict[str, list[str]]:
    by_why: dict[str, list[str]] = {}
    for each in skipped:
        by_why.setdefault(str(each.why), []).append(each.number)
    return by_why


def _named(numbers: Sequence[str]) -> str:
    named = ", ".join(numbers[:_MOST_NUMBERS])
    if len(numbers) > _MOST_NUMBERS:
        named = _("%(some)s and others", some=named)
    return named
