"""By which facts a rule of the gate refuses, each in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.contact_rules.facts import Explanation, Facts
from app.contact_rules.models import ContactAttempt
from app.core.catalogues import SCOPE_WORDS
from app.core.money import money
from app.core.web import day, long_day, moment
from app.holds.texts import CHANNELS, REASONS, SCOPES
from app.models import Account, Hold

_KINDS = {
    "call": ("phone",),
    "sms": ("phone",),
    "whatsapp": ("phone",),
    "email": ("email",),
    "visit": ("address",),
}
_STATES = {
    "unverified": _l("not verified"),
    "verified": _l("verified"),
    "retired": _l("retired"),
}


def facts_in_words(told: Explanation, rule: str) -> list[str]:
    """Why ``rule`` refuses by some channel: the settings, attempts, holds, … that it counted."""
    return list(_TOLD[rule](told))


def channels_of(told: Explanation, rule: str) -> list[str]:
    """The channels by which the rule refuses, about some account."""
    about = [told.person, *told.accounts.values()]
    return [c for c in CHANNELS if any(rule in by[c].refused_by for by in about if c in by)]


def _hours(told: Explanation) -> Iterable[str]:
    settings = told.settings
    yield _(
        "People are contacted from %(first)s to %(last)s; the moment is %(at)s.",
        first=f"{settings['contact_from']:%H:%M}",
        last=f"{settings['contact_until']:%H:%M}",
        at=moment(told.at, "%H:%M"),
    )


def _weekend(told: Explanation) -> Iterable[str]:
    yield _("It is %(day)s: from Monday to Friday only.", day=long_day(told.facts.day))


def _holiday(told: Explanation) -> Iterable[str]:
    kept = told.facts.holiday
    if kept is not None:
        yield _(
            "%(day)s: %(name)s", day=day(kept.day), name=f"{kept.name} ({SCOPE_WORDS[kept.scope]})"
        )


def _attempts(told: Explanation) -> Iterable[str]:
    made = _of_day(told.facts)
    yield _(
        "%(n)s of the %(most)s attempts of a day are made:",
        n=len(made),
        most=told.settings["attempts_per_day"],
    )
    yield from (_attempt(told.facts, one) for one in made)


def _contacts(told: Explanation) -> Iterable[str]:
    made = [one for one in _of_day(told.facts) if one.answered]
    yield _(
        "%(n)s of the %(most)s contacts of a day are made:",
        n=len(made),
        most=told.settings["contacts_per_day"],
    )
    yield from (_attempt(told.facts, one) for one in made)


def _week(told: Explanation) -> Iterable[str]:
    attempts, settings = told.facts.attempts, told.settings
    answered = [one for one in attempts if one.answered]
    caps = (
        (
            _l("%(n)s of the %(most)s attempts of seven days are made."),
            attempts,
            "attempts_per_week",
        ),
        (
            _l("%(n)s of the %(most)s contacts of seven days are made."),
            answered,
            "contacts_per_week",
        ),
    )
    for sentence, made, cap in caps:
        if settings[cap]:
            yield str(sentence) % {"n": len(made), "most": settings[cap]}
    yield from (_attempt(told.facts, one) for one in attempts)


def _of_day(facts: Facts) -> list[ContactAttempt]:
    return [one for one in facts.attempts if one.at >= facts.day_start]


def _attempt(facts: Facts, one: ContactAttempt) -> str:
    became = {True: _("answered"), False: _("not answered"), None: _("not yet told")}[one.answered]
    number = facts.numbers.get(one.contact_point_id or 0, "")
    return " · ".join(
        part for part in (moment(one.at), str(CHANNELS[one.channel]), number, became) if part
    )


def _nothing_owed(told: Explanation) -> Iterable[str]:
    if not told.accounts:
        yield _("No account of this person is open.")
    for account in _refused(told, "nothing_owed"):
        owed = told.facts.owed[account.id]
        yield _(
            "Account %(number)s: %(owed)s are owed, by the load of %(day)s and the payments since (%(paid)s).",
            number=account.number,
            owed=money(owed.owed),
            day=day(owed.as_of),
            paid=money(owed.paid_since),
        )


def _stale(told: Explanation) -> Iterable[str]:
    if not told.accounts:
        yield _("No account of this person is open, so nothing says how old its balance is.")
    for account in _refused(told, "stale"):
        yield _(
            "Account %(number)s: %(portfolio)s is known up to %(day)s, more than %(most)s days ago.",
            number=account.number,
            portfolio=account.portfolio.name,
            day=day(told.facts.owed[account.id].as_of),
            most=told.settings["stale_after_days"],
        )


def _promise(told: Explanation) -> Iterable[str]:
    for account in _refused(told, "promise"):
        one = told.facts.promises[account.id]
        yield _(
            "Account %(number)s: %(amount)s promised for %(day)s, judged after %(until)s.",
            number=account.number,
            amount=money(one.amount),
            day=day(one.due_on),
            until=day(one.check_on),
        )


def _agreement(told: Explanation) -> Iterable[str]:
    for account in _refused(told, "agreement"):
        one, owed = told.facts.agreements.get(account.id), told.facts.owed[account.id]
        yield (
            _(
                "Account %(number)s: agreement %(agreement)s covers %(amount)s of what is owed.",
                number=account.number,
                agreement=one,
                amount=money(owed.covered),
            )
            if one
            else _(
                "Account %(number)s: the file says that %(amount)s are agreed elsewhere.",
                number=account.number,
                amount=money(owed.agreed),
            )
        )


def _enforcement(told: Explanation) -> Iterable[str]:
    for account in _refused(told, "enforcement"):
        yield _(
            "Account %(number)s: in enforcement since %(day)s.",
            number=account.number,
            day=day(account.enforced_at),
        )


def _hold(told: Explanation) -> Iterable[str]:
    for one in told.facts.holds:
        if one.scope in ("person", "account", "bill"):
            yield _held(told.facts, one)
    for account in _refused(told, "hold"):
        if account.in_complaint:
            yield _(
                "Account %(number)s: the file says that it is under complaint.",
                number=account.number,
            )


def _opt_out(told: Explanation) -> Iterable[str]:
    return (_held(told.facts, one) for one in told.facts.holds if one.scope == "channel")


def _held(facts: Facts, one: Hold) -> str:
    account = next((a.number for a in facts.accounts if a.id == one.account_id), "")
    what = account or str(CHANNELS.get(one.channel or "", SCOPES[one.scope]))
    said = _(
        "%(what)s: %(reason)s, from %(first)s to %(last)s",
        what=what,
        reason=str(REASONS[one.reason]),
        first=day(one.starts_on),
        last=day(one.ends_on),
    )
    return f"{said}: {one.note}" if one.note else said


def _deceased(told: Explanation) -> Iterable[str]:
    yield _("Reported on %(day)s.", day=day(told.facts.debtor.deceased_reported_at))


def _no_contact_point(told: Explanation) -> Iterable[str]:
    kinds = {k for channel in channels_of(told, "no_contact_point") for k in _KINDS[channel]}
    held = {one.contact_point_id: one for one in told.facts.holds if one.scope == "number"}
    points = [point for point in told.facts.points if point.kind in kinds]
    if not points:
        yield _("None is known.")
    for point in points:
        hold = held.get(point.id)
        state = _held(told.facts, hold) if hold else str(_STATES[point.state])
        mobile = "" if point.is_mobile or point.kind != "phone" else _("no mobile")
        yield " · ".join(part for part in (point.value, state, mobile) if part)


def _refused(told: Explanation, rule: str) -> list[Account]:
    """The accounts about which the rule refuses by some channel."""
    return [
        account
        for account in told.facts.accounts
        if any(rule in verdict.refused_by for verdict in told.accounts[account.id].values())
    ]


_TOLD: Mapping[str, Callable[[Explanation], Iterable[str]]] = {
    "hours": _hours,
    "weekend": _weekend,
    "holiday": _holiday,
    "attempts": _attempts,
    "contacts": _contacts,
    "week": _week,
    "nothing_owed": _nothing_owed,
    "stale": _stale,
    "promise": _promise,
    "agreement": _agreement,
    "enforcement": _enforcement,
    "hold": _hold,
    "opt_out": _opt_out,
    "deceased": _deceased,
    "no_contact_point": _no_contact_point,
}
