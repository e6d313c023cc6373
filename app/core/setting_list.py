"""Every setting of the unit, by what it is about.

"confirm" in domain.md became a setting with the default given there, or the strictest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.setting import Setting
from app.core.setting_texts import LEGAL_BASIS

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
        dated=True,
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
_AGREEMENTS = (
    Setting(
        "agreement_down_percent",
        Decimal,
        Decimal("20"),
        _l("Smallest down payment, as a share of the capital"),
        Decimal("0"),
        Decimal("90"),
        dated=True,
    ),
    Setting(
        "agreement_max_months",
        int,
        24,
        _l("Longest term, in monthly instalments"),
        1,
        120,
        dated=True,
    ),
    Setting(
        "agreement_down_days",
        int,
        8,
        _l("Latest day of the down payment, counted from the request"),
        0,
        60,
        dated=True,
    ),
    Setting(
        "agreement_first_days",
        int,
        45,
        _l("Latest day of the first instalment, counted from the down payment"),
        1,
        120,
        dated=True,
    ),
    Setting(
        "agreement_grace_days",
        int,
        8,
        _l("Days after a missed instalment in which it can still be paid"),
        0,
        60,
        dated=True,
    ),
    Setting(
        "agreement_rate_percent",
        Decimal,
        Decimal("0"),
        _l("Yearly interest on what is put off; 0 while interest comes from billing"),
        Decimal("0"),
        Decimal("50"),
        dated=True,
    ),
    Setting(
        "agreement_guarantee_salaries",
        int,
        50,
        _l("A capital above so many basic salaries asks for a guarantor or a guarantee"),
        0,
        1000,
        dated=True,
    ),
    LEGAL_BASIS,
    Setting(
        "basic_salary",
        Decimal,
        Decimal("482"),
        _l("Unified basic salary (SBU) of the year, in USD"),
        Decimal("1"),
        Decimal("10000"),
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
        "weight_broken_agreement",
        int,
        60,
        _l("Weight in the queue: broke an agreement"),
        0,
        1000,
    ),
    Setting(
        "weight_late_instalment",
        int,
        50,
        _l("Weight in the queue: an instalment is late"),
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
    Setting(
        "case_payments_days",
        int,
        30,
        _l("Days before a call whose payments a case looks at"),
        1,
        365,
    ),
    Setting(
        "case_elsewhere_days", int, 15, _l("Days on hold of a case that was paid elsewhere"), 1, 90
    ),
    Setting("case_longest_days", int, 90, _l("Longest hold, in days, that a case leaves"), 1, 90),
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
    (_l("Agreements"), _AGREEMENTS),
    (_l("The queue of calls"), _QUEUE),
    (_l("Holds"), _HOLDS),
    (_l("Loading files"), _INTAKE),
)
SETTINGS: Mapping[str, Setting] = {s.name: s for _label, group in GROUPS for s in group}
