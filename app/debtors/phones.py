"""Reads telephone cells: one or several numbers, in any form in which people of Ecuador write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import phonenumbers

from app.core.columns import fold

_MISSING = {"", "null", "none", "nan", "n/a", "#n/a", "na", "s/n", "sn", "nd", "n/d"}
_PLAIN = re.compile(r"0(9\d{8}|[2-7]\d{7})", re.ASCII)
_LAND = re.compile(r"[2-7]\d{7}", re.ASCII)
_LOCAL = re.compile(r"[2-7]\d{6}", re.ASCII)
_MOBILE = re.compile(r"9\d{8}", re.ASCII)
_COUNTRY = re.compile(r"(?:\+|00)?593(?:\(?0\)?)?")
_TOLL_FREE = re.compile(r"1[78]00\d*")
_EXTENSION = re.compile(r"\b(?:ext|int|anexo|x)\.?\s*:?\s*\d+", re.IGNORECASE)
_EXCEL_FLOAT = re.compile(r"(\d{7,13})\.0")
_HARD_SPLIT = re.compile(r"\s*[/;,|\n\r\t]\s*|\s{2,}|\s-\s|\s[yYoOeE]\s")
_GROUP = re.compile(r"\+?\d+", re.ASCII)
_RUNS = "0123456789 9876543210 912345678"
_TAIL = 7
_MOST_GROUPS, _LONGEST = 12, 120
_CHECKED = 16384


@dataclass(frozen=True, slots=True)
class Phone:
    """``warning``: a mobile that Ecuador may have issued since the library's tables were made."""

    e164: str
    is_mobile: bool
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Phones:
    """The distinct usable ``numbers`` of a cell, in their order.

    ``problems``: two_phones_in_a_cell (two or more), placeholder_phone, bad_phone, needs_prefix.
    """

    numbers: tuple[Phone, ...]
    problems: tuple[str, ...] = ()


_NOTHING = Phones(())
_PLACEHOLDER, _NEEDS_PREFIX = "placeholder_phone", "needs_prefix"


@lru_cache(_CHECKED)
def read_phones(cell: str, area_prefix: str | None) -> Phones:
    """Every number in ``cell``; ``area_prefix`` («05») completes those of seven digits. Never raises."""
    text = cell.strip()
    if _PLAIN.fullmatch(text):
        return _phones([_one(text, area_prefix)])
    if fold(text) in _MISSING or not text.strip("0 -./"):
        return _NOTHING
    pieces = _HARD_SPLIT.split(text)
    if all(map(_PLAIN.fullmatch, pieces)):
        return _phones([_one(piece, area_prefix) for piece in pieces])
    text = _EXTENSION.sub(" ", _EXCEL_FLOAT.sub(r"\1", text[:_LONGEST]).replace("\xa0", " "))
    whole = _one("".join(_GROUP.findall(text)), area_prefix) if _single(text) else None
    if whole is not None:
        return _phones([whole])
    found = [one for piece in _HARD_SPLIT.split(text) for one in _piece(piece, area_prefix)]
    return _phones(found or ["bad_phone"])


def _single(text: str) -> bool:
    return not _HARD_SPLIT.search(text) or sum(map(len, _GROUP.findall(text))) <= len(
        "00593099123456"
    )


def _phones(found: list[Phone | str | None]) -> Phones:
    """What was ``found``: a Phone, the name of a problem, or None for what nobody can read."""
    numbers = tuple(dict.fromkeys(one for one in found if isinstance(one, Phone)))
    problems = ["two_phones_in_a_cell"] if _count(found) > 1 else []
    problems += ["bad_phone" if one is None else one for one in found if not isinstance(one, Phone)]
    return Phones(numbers, tuple(dict.fromkeys(problems)))


def _count(found: list[Phone | str | None]) -> int:
    written = {
        one for one in found if isinstance(one, Phone) or one in (_PLACEHOLDER, _NEEDS_PREFIX)
    }
    return len(written)


def _piece(piece: str, area_prefix: str | None) -> list[Phone | str | None]:
    """A piece between hard separators: one number, or the fewest that its groups of digits make."""
    groups = _GROUP.findall(piece)
    if not groups:
        return []
    whole = _one("".join(groups), area_prefix)
    if whole is not None or len(groups) == 1:
        return [whole]
    return list(_partition(tuple(groups[:_MOST_GROUPS]), area_prefix) or [None])


def _partition(groups: tuple[str, ...], area_prefix: str | None) -> tuple[Phone | str, ...] | None:
    """The fewest readable numbers that use every group, or None."""
    best: dict[int, tuple[Phone | str, ...]] = {0: ()}
    for end in range(1, len(groups) + 1):
        for start in range(end):
            one = _one("".join(groups[start:end]), area_prefix) if start in best else None
            if one is not None and (end not in best or len(best[start]) + 1 < len(best[end])):
                best[end] = (*best[start], one)
    return best.get(len(groups))


def _one(digits: str, area_prefix: str | None) -> Phone | str | None:
    """``digits`` (maybe with a leading +) as a Phone, a problem's name, or None."""
    if digits.startswith("+") and not digits.startswith("+593"):
        return _foreign(digits)
    national = (
        _COUNTRY.sub("", digits, count=1) if _has_country(digits) else digits.removeprefix("0")
    )
    if _is_placeholder(national):
        return _PLACEHOLDER
    if _TOLL_FREE.fullmatch(national):
        return None
    if _MOBILE.fullmatch(national):
        return Phone("+593" + national, True, not _is_valid(national))
    if _LAND.fullmatch(national):
        return Phone("+593" + national, False) if _is_valid(national) else None
    return _local(digits, area_prefix) if _LOCAL.fullmatch(digits) else None


def _has_country(digits: str) -> bool:
    found = _COUNTRY.match(digits)
    return found is not None and len(digits) - found.end() in (8, 9)


def _local(digits: str, area_prefix: str | None) -> Phone | str | None:
    if not area_prefix:
        return _NEEDS_PREFIX
    national = area_prefix.strip().removeprefix("0") + digits
    return Phone("+593" + national, False) if _is_valid(national) else None


def _foreign(digits: str) -> Phone | None:
    try:
        number = phonenumbers.parse(digits)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), mobile)


def _is_placeholder(national: str) -> bool:
    """Repeats and runs that clerks type to get past a mandatory cell: 0999999999, 0987654321, 1234567."""
    if len(national) < _TAIL:
        return len(national) > 2 and len(set(national)) == 1
    return national.endswith(national[-1] * _TAIL) or national in _RUNS


def _pattern() -> re.Pattern[str]:
    """The library's own rules for Ecuador; its is_valid_number asks the same, fifty times slower."""
    rules: Any = phonenumbers.PhoneMetadata.metadata_for_region("EC")
    kinds = (rules.fixed_line, rules.mobile, rules.voip)
    return re.compile("|".join(f"(?:{kind.national_number_pattern})" for kind in kinds), re.ASCII)


_VALID = _pattern()


def _is_valid(national: str) -> bool:
    return _VALID.fullmatch(national) is not None


def show_phone(e164: str) -> str:
    """As people of Ecuador write it: «099 512 3344», «05 263 1180»; a foreign one as «+57 …»."""
    if e164.startswith("+593"):
        national = "0" + e164[4:]
        area = 3 if national.startswith("09") else 2
        return f"{national[:area]} {national[area : area + 3]} {national[area + 3 :]}"
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
