"""Settings of promises, of what is recovered, and of agreements."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l

from app.core.setting import Setting
from app.core.setting_texts import LEGAL_BASIS

PROMISES = (
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

AGREEMENTS = (
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
