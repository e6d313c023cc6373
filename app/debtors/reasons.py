"""Why a phone, an e-mail or an address is used no more: the one list, for screens and services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class RetireReason:
    """``label`` as people read it; ``kinds`` of contact for which it may be chosen by hand."""

    label: Any
    kinds: tuple[str, ...] = ()


#: Stored in ``contact_point.retired_reason`` by its key. Those without kinds are not offered: an
#: outcome gave them (its code), or an earlier release did.
RETIRE_REASONS = {
    "wrong_person": RetireReason(_l("belongs to somebody else"), ("phone", "email")),
    "out_of_service": RetireReason(_l("does not exist or is out of service"), ("phone",)),
    "bounced": RetireReason(_l("the e-mail bounced"), ("email",)),
    "moved": RetireReason(_l("no longer lives there"), ("address",)),
    "wrong_address": RetireReason(_l("wrong address"), ("address",)),
    "changed": RetireReason(_l("the person changed it"), ("phone", "email")),
    "asked": RetireReason(_l("the person asks not to use it"), ("phone", "email", "address")),
    "BAD_WRONG": RetireReason(_l("wrong number")),
    "BAD_DEAD": RetireReason(_l("number that does not exist")),
    "operator": RetireReason(_l("retired by hand")),
}


def reasons_for(kind: str) -> dict[str, Any]:
    """``{code: label}`` of what may be chosen for a ``kind`` of contact, in the order of the list."""
    return {code: r.label for code, r in RETIRE_REASONS.items() if kind in r.kinds}


def reason_label(code: str | None) -> Any:
    """The reason in words; an outcome that the unit made itself gives its own code."""
    known = RETIRE_REASONS.get(code or "")
    return known.label if known else code or ""
