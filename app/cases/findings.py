"""What a case to verify can be, and what can be found: the one list, for screens, services and the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

#: Kind of case (the reason of the hold that opens it) → what the person said.
KINDS = {
    "paid_claim": _l("says it is paid"),
    "hardship": _l("cannot pay"),
    "not_debtor": _l("not the holder"),
    "deceased": _l("holder deceased"),
}
#: The call that opened it was corrected: nobody had said so.
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a specialist found, for cases of ``kind``.

    It either lifts the hold, and the debt says whether the person is called again, or (``prolongs``)
    puts another one in its place: ``asks_until`` the day that the specialist chooses, else the days
    of a setting. ``effect`` says so on the screen.
    """

    kind: str
    label: Any
    effect: Any
    prolongs: bool = False
    asks_until: bool = False
    needs_note: bool = True


FINDINGS = {
    "payment_found": Finding(
        "paid_claim",
        _l("the payment was found"),
        _l("The hold is lifted; the debt says whether there is anything left to ask for."),
        needs_note=False,
    ),
    "payment_not_found": Finding(
        "paid_claim",
        _l("no payment was found"),
        _l("The hold is lifted and the person returns to the queue at once."),
        needs_note=False,
    ),
    "paid_elsewhere": Finding(
        "paid_claim",
        _l("paid on another account, or not posted yet"),
        _l("A new hold of %(days)s days, until the payment reaches its account."),
        prolongs=True,
    ),
    "plan_proposed": Finding(
        "hardship",
        _l("an agreement was proposed"),
        _l("A new hold until the day that you choose."),
        prolongs=True,
        asks_until=True,
        needs_note=False,
    ),
    "social_case": Finding(
        "hardship",
        _l("social case"),
        _l("A new hold until the day that you choose."),
        prolongs=True,
        asks_until=True,
    ),
    "can_pay": Finding(
        "hardship",
        _l("it can be collected"),
        _l("The hold is lifted and the person returns to the queue at once."),
    ),
    "is_holder": Finding(
        "not_debtor",
        _l("is the holder"),
        _l("The hold is lifted and the person returns to the queue at once."),
    ),
    "not_holder": Finding(
        "not_debtor",
        _l("is not the holder"),
        _l("A new hold on the account until the day that you choose."),
        prolongs=True,
        asks_until=True,
    ),
    "died": Finding(
        "deceased",
        _l("the death is confirmed"),
        _l("Nobody is called about this person any more."),
    ),
    "alive": Finding(
        "deceased",
        _l("the holder is alive"),
        _l("The report and the hold are lifted and the person returns to the queue at once."),
    ),
}


def findings_of(kind: str) -> dict[str, Finding]:
    """What can be found in a case of ``kind``, by code, in the order of the screen."""
    return {code: finding for code, finding in FINDINGS.items() if finding.kind == kind}


def finding_label(code: str | None) -> Any:
    """The finding in words; empty while the case is open."""
    if code == WITHDRAWN:
        return _l("the call was corrected")
    return FINDINGS[code].label if code else ""


def findings_check() -> str:
    """The condition that a finding is one of its kind's, as the table holds it."""
    pairs = ", ".join(f"('{finding.kind}', '{code}')" for code, finding in FINDINGS.items())
    return f"finding IS NULL OR finding = '{WITHDRAWN}' OR (kind, finding) IN ({pairs})"
