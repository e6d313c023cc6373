"""Settings of what leaves the phone: holds, referrals, complaints; of quality, and of files."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.setting import Setting
from app.core.setting_texts import FIELD_SCRIPT

HOLDS = (
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
        _l("Days on hold of a call that asked for an agreement and waits for its terms"),
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
    Setting(
        "hold_longest_days",
        int,
        365,
        _l("Longest hold, in days from today, that a specialist places or extends"),
        1,
        730,
    ),
)

REFERRALS = (
    Setting(
        "referral_attempt_days",
        int,
        5,
        _l(
            "Different days with attempts and no answer after which a case is proposed to the field"
        ),
        1,
        60,
        dated=True,
    ),
    Setting(
        "referral_days",
        int,
        30,
        _l("Days for which the field keeps a case away from the phone"),
        1,
        180,
    ),
    Setting(
        "visit_late_days",
        int,
        7,
        _l("Days after which a visit kept on a phone is no longer taken in"),
        1,
        60,
    ),
    Setting(
        "map_link",
        str,
        "https://www.google.com/maps/search/?api=1&query={latitude},{longitude}",
        _l("Address of the map that a visit opens: with {latitude} and {longitude}"),
        pattern=r"(https://|geo:)\S*\{latitude\}\S*\{longitude\}\S*",
        placeholders=("latitude", "longitude"),
    ),
    FIELD_SCRIPT,
)

COMPLAINTS = (
    Setting(
        "complaint_hold_days",
        int,
        180,
        _l("Longest that a disputed bill stays on hold while nobody answers, in days"),
        30,
        730,
    ),
    Setting(
        "complaint_reopen_days",
        int,
        60,
        _l("Days after its answer in which a complaint can be reopened"),
        1,
        730,
    ),
)

QUALITY = (
    Setting(
        "recording_link",
        str,
        "",
        _l(
            "Address of a call's recording: may name {call}, {extension}, {number}, {day} and {time}; empty when there is none"
        ),
        pattern=r"(https?://\S+)?",
        placeholders=("call", "extension", "number", "day", "time"),
    ),
    Setting(
        "quality_goal",
        int,
        85,
        _l("Score from which a call's attention is good, out of 100"),
        1,
        100,
        dated=True,
    ),
)

FILES = (
    Setting(
        "photo_max_mb",
        int,
        12,
        _l("Largest photo that a visit may bring, in megabytes"),
        1,
        50,
    ),
    Setting(
        "attachment_max_mb",
        int,
        10,
        _l("Largest file that may be attached, in megabytes"),
        1,
        50,
    ),
)

INTAKE = (
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
