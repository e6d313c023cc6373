"""Reads an Ecuadorian identification as a billing system exports it; nobody is dropped for a bad one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stdnum.ec import ruc

from app.core.columns import fold

FINAL_CONSUMER = "9999999999999"
_MISSING = {"", "null", "none", "nan", "n/a", "#n/a", "na", "s/n", "sn", "nd", "n/d"}
_SEPARATORS = re.compile(r"[\s.\-_/'’`]+")
_EXCEL_FLOAT = re.compile(r"(\d+)\.0")
_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,20}")
#: So few digits that two passports written so may well be two people.
_FEWEST_SURE_DIGITS = 4
_PROVINCES = {f"{n:02d}" for n in range(1, 25)} | {"30", "50"}
_DOUBLED = {str(n): n * 2 - (9 if n > 4 else 0) for n in range(10)}
_CHECKED = 4096
_USUAL = (10, 13)


@dataclass(frozen=True, slots=True)
class Identification:
    """What an identification cell says.

    ``number`` is the clean number with the lost zero proposed; ``kind`` one of cedula, ruc_natural,
    ruc_company, passport, final_consumer, none, unknown. ``reliable``: two rows with this number are
    one person. ``problems`` are names from lost_leading_zero, bad_check_digit, no_identification,
    company_check_digit (a warning), final_consumer, bad_identification.
    """

    number: str
    kind: str
    reliable: bool
    problems: tuple[str, ...] = ()


_NONE = Identification("", "none", False, ("no_identification",))


@lru_cache(_CHECKED)
def read_identification(raw: str, declared_kind: str = "") -> Identification:
    """``raw`` as a cédula, RUC or passport. ``declared_kind`` is the file's own word («CEDULA», «RUC»,
    «PASAPORTE», any case), which decides only whether digits may be a passport. Never raises.
    """
    text = raw.strip()
    if len(text) in _USUAL and text.isascii() and text.isdigit():
        number = text
    elif fold(text) in _MISSING:
        return _NONE
    else:
        whole = _EXCEL_FLOAT.fullmatch(text)
        number = _SEPARATORS.sub("", whole[1] if whole else text).upper()
    if not number.strip("0"):
        return _NONE
    if fold(declared_kind.strip()).startswith("pas"):
        return _passport(number)
    if number.isascii() and number.isdigit():
        return _digits(number)
    return _passport(number)


def _passport(number: str) -> Identification:
    if not number.isascii() or not _PASSPORT.fullmatch(number) or len(set(number)) == 1:
        return _nonsense(number)
    digits = sum(c.isdigit() for c in number)
    return Identification(number, "passport", digits >= _FEWEST_SURE_DIGITS)


def _nonsense(number: str, *before: str) -> Identification:
    return Identification(number, "unknown", False, (*before, "bad_identification"))


def _digits(number: str) -> Identification:
    if number == FINAL_CONSUMER:
        return Identification(number, "final_consumer", False, ("final_consumer",))
    if len(set(number)) == 1:
        return _nonsense(number)
    if len(number) in (9, 12):
        return _with_zero("0" + number)
    if len(number) == 10:
        return _cedula(number)
    return _ruc(number) if len(number) == 13 else _nonsense(number)


def _with_zero(number: str) -> Identification:
    """The zero is a proposal: only a check digit that holds makes it one person."""
    found = _cedula(number) if len(number) == 10 else _ruc(number)
    return Identification(
        number,
        found.kind,
        found.reliable and not found.problems,
        ("lost_leading_zero", *found.problems),
    )


def _cedula(number: str) -> Identification:
    if is_cedula(number):
        return Identification(number, "cedula", True)
    return Identification(number, "unknown", False, ("bad_check_digit",))


def is_cedula(number: str) -> bool:
    """Whether ten digits are a cédula: as `stdnum.ec.ci` (a test holds them equal), repeats refused."""
    if number[:2] not in _PROVINCES or number[2] > "6" or len(set(number)) == 1:
        return False
    doubled, others = map(_DOUBLED.__getitem__, number[0::2]), map(int, number[1::2])
    return (sum(doubled) + sum(others)) % 10 == 0


def _ruc(number: str) -> Identification:
    """Thirteen digits: the third one says person (0–5), public body or person (6), company (9)."""
    if number[:2] not in _PROVINCES or number[2] in "78" or number.endswith("000"):
        return _nonsense(number)
    if number[2] < "6":
        if is_cedula(number[:10]):
            return Identification(number, "ruc_natural", True)
        return Identification(number, "unknown", False, ("bad_check_digit",))
    if number[2] == "6" and is_cedula(number[:10]) and not _is_public(number):
        return Identification(number, "ruc_natural", True)
    warnings = () if ruc.is_valid(number) else ("company_check_digit",)
    return Identification(number, "ruc_company", True, warnings)


def _is_public(number: str) -> bool:
    """A public body's RUC ends in 0001, 0002…; a person's tenth digit is the cédula's own."""
    return number[9] == "0" and ruc.is_valid(number) and number[10:] != "000"


def mask_identification(number: str) -> str:
    """The first two digits, the rest dots: what an operator may see before the check."""
    return number[:2] + "•" * max(len(number) - 2, 0)
