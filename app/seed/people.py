"""Invents people: names, identifications with right check digits, and ways to reach them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from app.core.columns import fold
from app.seed import words

#: Of a hundred: people with a cédula, with a RUC of their own, companies; the rest have no ID.
_KINDS = ("cedula", "ruc_natural", "ruc_company", "none")
_KIND_WEIGHTS = (88, 3, 4, 5)
#: Scatters consecutive people over the serial numbers: prime to the sizes, so nobody meets another.
_SCATTER, _CITIZENS, _COMPANIES = 1_234_577, 6_000_000, 1_000_000
#: First digits of the mobile operators' numbers, after the country's.
_PREFIXES = ("99", "98", "99", "98", "979", "967", "959", "939")
_SENIOR_SHARE, _MOBILE_DIGITS = 0.12, 9


@dataclass(slots=True)
class Phone:
    """A telephone, E.164. ``state`` changes as calls say."""

    value: str
    is_mobile: bool
    origin: str = "BASE"
    id: int = 0
    state: str = "unverified"
    state_at: object = None
    retired_reason: str | None = None


@dataclass(slots=True)
class Person:
    """A debtor before it has a row; ``serial`` counts from 0 over the whole demonstration."""

    serial: int
    kind: str
    identification: str
    name: str
    is_senior: bool
    email: str
    phones: list[Phone] = field(default_factory=list)
    id: int = 0
    level: int = 0
    deceased_at: object = None


def invent_person(rng: Random, serial: int) -> Person:
    """The ``serial``-th person, the same for the same generator."""
    kind = rng.choices(_KINDS, _KIND_WEIGHTS)[0]
    identification = _identification(rng, kind, serial)
    is_company = kind == "ruc_company"
    name = _company(rng) if is_company else _name(rng)
    return Person(
        serial=serial,
        kind=kind,
        identification=identification,
        name=name,
        is_senior=not is_company and rng.random() < _SENIOR_SHARE,
        email=_email(rng, name, serial) if rng.random() < 0.3 else "",
        phones=_phones(rng),
    )


def _name(rng: Random) -> str:
    given = rng.sample(words.WOMEN if rng.random() < 0.52 else words.MEN, 2)
    return f"{rng.choice(words.SURNAMES)} {rng.choice(words.SURNAMES)} {' '.join(given)}"


def _company(rng: Random) -> str:
    return f"{rng.choice(words.TRADES)} {rng.choice(words.TRADE_NAMES)} {rng.choice(words.FORMS)}"


def _email(rng: Random, name: str, serial: int) -> str:
    first, *_, last = fold(name).replace(".", "").replace("ñ", "n").split()
    return f"{last}.{first}{serial}@{rng.choice(words.MAIL_HOSTS)}"


def _phones(rng: Random) -> list[Phone]:
    """None, a mobile, a landline or several; a few learnt by the unit."""
    draw = rng.random()
    count = 0 if draw < 0.04 else 1 if draw < 0.66 else 2 if draw < 0.94 else 3
    found = [_landline(rng) if rng.random() < 0.18 else _mobile(rng) for _ in range(count)]
    phones = list({phone.value: phone for phone in found}.values())
    if len(phones) > 1 and rng.random() < 0.25:
        phones[-1].origin = "GESTION"
    return phones


def _mobile(rng: Random) -> Phone:
    number = rng.choice(_PREFIXES)
    while len(number) < _MOBILE_DIGITS:
        number += str(rng.randrange(10))
    return Phone(f"+593{number}", True)


def _landline(rng: Random) -> Phone:
    return Phone(f"+59352{rng.randrange(300_000, 999_998)}", False)


def _identification(rng: Random, kind: str, serial: int) -> str:
    if kind == "none":
        return ""
    province = 13 if rng.random() < 0.85 else rng.randint(1, 24)
    if kind == "ruc_company":
        return company_ruc(province, (serial + 1) * _SCATTER % _COMPANIES)
    number = cedula(province, (serial + 1) * _SCATTER % _CITIZENS)
    return number + "001" if kind == "ruc_natural" else number


def cedula(province: int, serial: int) -> str:
    """The cédula of ``serial`` (below 6 000 000: the third digit is under 6) with its check digit.

    Modulus 10 over alternate doubling, as the civil registry defines it.
    """
    body = f"{province:02d}{serial:07d}"
    total = sum(_folded(int(d) * 2) for d in body[::2]) + sum(int(d) for d in body[1::2])
    return f"{body}{-total % 10}"


def _folded(doubled: int) -> int:
    return doubled - 9 if doubled > 9 else doubled


def company_ruc(province: int, serial: int) -> str:
    """The RUC of a private company (third digit 9), modulus 11 over 4 3 2 7 6 5 4 3 2.

    ``serial`` is below 1 000 000. Where the digit would be 10 the next province issues it.
    """
    while True:
        body = f"{province:02d}9{serial:06d}"
        check = (
            -sum(int(d) * w for d, w in zip(body, (4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
        )
        if check < 10:
            return f"{body}{check}001"
        province = province % 24 + 1
