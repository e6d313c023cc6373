"""Numbers and spans of time in words, for the screens of the reports."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.money import whole
from app.debtors.repeated import COUNT_CAP

_HOUR, _DAY = 60, 24 * 60


def lasting(span: timedelta) -> str:
    """``5 h 14 min``, ``14 min``; whole days from two on; less than a minute is none."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes >= 2 * _DAY:
        return ngettext("%(num)d day", "%(num)d days", minutes // _DAY)
    hours, minutes = divmod(minutes, _HOUR)
    return _("%(h)s h %(m)s min", h=hours, m=minutes) if hours else _("%(m)s min", m=minutes)


def of_calls(part: int, of_all: int) -> str:
    """``412 of 1,084 calls``."""
    return ngettext(
        "%(part)s of %(all)s call",
        "%(part)s of %(all)s calls",
        of_all,
        part=whole(part),
        all=whole(of_all),
    )


def promises(number: int) -> str:
    """``1 promise``, ``12 promises``."""
    return ngettext("%(count)s promise", "%(count)s promises", number, count=whole(number))


def of_holders(part: int, of_all: int) -> str:
    """``14 of 31 holders``."""
    return ngettext(
        "%(part)s of %(all)s holder",
        "%(part)s of %(all)s holders",
        of_all,
        part=whole(part),
        all=whole(of_all),
    )


def persons(number: int) -> str:
    """``1 person``, ``1,203 persons``."""
    return ngettext("%(count)s person", "%(count)s persons", number, count=whole(number))


def operators(number: int) -> str:
    """``1 operator``, ``30 operators``."""
    return ngettext("%(count)s operator", "%(count)s operators", number, count=whole(number))


def payments(number: int) -> str:
    """``1 payment``, ``61 payments``."""
    return ngettext("%(count)s payment", "%(count)s payments", number, count=whole(number))


def of_payments(part: int, of_all: int) -> str:
    """``60 of 61 payments, after a contact``."""
    return ngettext(
        "%(part)s of %(all)s payment, after a contact",
        "%(part)s of %(all)s payments, after a contact",
        of_all,
        part=whole(part),
        all=whole(of_all),
    )


def callbacks(number: int) -> str:
    """``1 person to call back``, ``12 persons to call back``."""
    return ngettext(
        "%(count)s person to call back",
        "%(count)s persons to call back",
        number,
        count=whole(number),
    )


def agreements(number: int) -> str:
    """``1 agreement to be decided``, ``3 agreements to be decided``."""
    return ngettext(
        "%(count)s agreement to be decided",
        "%(count)s agreements to be decided",
        number,
        count=whole(number),
    )


def cases(number: int) -> str:
    """``1 case to verify``, ``12 cases to verify``."""
    return ngettext(
        "%(count)s case to verify", "%(count)s cases to verify", number, count=whole(number)
    )


def complaints(number: int) -> str:
    """``1 complaint near its day``, ``3 complaints near their day``."""
    return ngettext(
        "%(count)s complaint near its day or past it",
        "%(count)s complaints near their day or past it",
        number,
        count=whole(number),
    )


def referrals(number: int) -> str:
    """``1 referral to be decided``, ``12 referrals to be decided``."""
    return ngettext(
        "%(count)s referral to be decided",
        "%(count)s referrals to be decided",
        number,
        count=whole(number),
    )


def pairs(number: int) -> str:
    """``3 pairs of people who may be one``, counted up to the cap of every list."""
    if number > COUNT_CAP:
        return _("More than %(count)s pairs of people who may be one", count=whole(COUNT_CAP))
    return ngettext(
        "%(count)s pair of people who may be one",
        "%(count)s pairs of people who may be one",
        number,
        count=whole(number),
    )


def due_in(span: timedelta) -> str:
    """``in 5 h 14 min``."""
    return _("in %(time)s", time=lasting(span))


def late_by(span: timedelta) -> str:
    """``12 min late``."""
    return _("%(time)s late", time=lasting(span))
