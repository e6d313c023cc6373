"""Amounts and dates as utilities write them. Never by locale: `parse_decimal('12.50', 'es_EC')` is 1250."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

MISSING = frozenset({"", "NULL", "N/A", "NA", "NONE", "NAN", "-", "—", "S/N", "#N/A"})
LONGEST_MISSING = max(map(len, MISSING))
#: How nearly every amount comes.
_PLAIN = {decimal: re.compile(rf"\d{{1,9}}\{decimal}\d\d", re.ASCII) for decimal in ",."}
_CURRENCY = re.compile(r"USD|US\$|\$")
_GROUPING = re.compile(r"[.,' ]")
#: By decimal separator: whole part (plain, or in groups of three by one mark) and cents.
_AMOUNTS = {
    decimal: re.compile(
        rf"(\d+|\d{{1,3}}(?:\{other}\d{{3}})+|\d{{1,3}}(?:'\d{{3}})+|\d{{1,3}}(?: \d{{3}})+)?(?:\{decimal}(\d*))?",
        re.ASCII,
    )
    for decimal, other in ((",", "."), (".", ","))
}
#: For guessing the separator of a whole column.
_BLANKS = re.compile(r"USD|US\$|\$|\s")
_NUMBER = re.compile(r"[+-]?[\d.,']+", re.ASCII)
_GROUP = 3
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)
_MONTHS = {
    m: n
    for n, names in enumerate(
        (
            "ene jan",
            "feb",
            "mar",
            "abr apr",
            "may",
            "jun",
            "jul",
            "ago aug",
            "sep set",
            "oct",
            "nov",
            "dic dec",
        ),
        1,
    )
    for m in names.split()
}
_TIME = r"(?:[T ]+[\d:.]+ *(?:[ap]\.? ?m\.?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_YEAR = r"((?:19|20|21)\d\d|\d\d)"
_FLAGS = re.ASCII | re.IGNORECASE
_YMD = re.compile(rf"((?:19|20|21)\d\d)[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", _FLAGS)
_DMY = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.]{_YEAR}{_TIME}", _FLAGS)
_DMONY = re.compile(rf"(\d{{1,2}})[-/. ]([a-z]{{3}})[a-z]*[-/. ]{_YEAR}{_TIME}", _FLAGS)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
#: Without separators. A day, a month and a year in this order are never a year, a month and a day.
_COMPACT = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(\d\d)", re.ASCII)
_COMPACT_DMY = re.compile(r"(\d{1,2})(\d\d)((?:19|20)\d\d)", re.ASCII)
_SHORT_YMD = re.compile(rf"(\d\d)[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", _FLAGS)
_DAYS_KEPT = 4096


def is_missing(text: str) -> bool:
    """Empty, ``null``, ``N/A`` and the like."""
    plain = text.strip()
    return plain in MISSING or (len(plain) <= LONGEST_MISSING and plain.upper() in MISSING)


def parse_amount(text: str, decimal: str) -> Decimal:
    """``text`` as USD; ``decimal`` (``,`` or ``.``) is the column's decimal separator, the other one,
    a space or an apostrophe groups thousands by three.

    Understands ``$``, ``USD``, ``(12,50)`` and ``12,50-``. ValueError for anything else: an amount is
    never guessed.
    """
    if _PLAIN[decimal].fullmatch(text):
        return Decimal(text.replace(",", "."))
    plain = text.strip().replace("\u00a0", " ").replace("\u2212", "-").upper()
    plain, negative = _unsigned(_CURRENCY.sub(" ", plain).strip())
    match = _AMOUNTS[decimal].fullmatch(plain)
    if not match or not (match[1] or match[2]):
        raise ValueError(text)
    value = Decimal(
        f"{_GROUPING.sub('', match[1] or '0')}.{match[2] or '0'}"
        if match[2]
        else _GROUPING.sub("", match[1])
    )
    return -value if negative else value


def _unsigned(plain: str) -> tuple[str, bool]:
    """Without its one sign, and whether it was negative."""
    if plain.startswith("(") and plain.endswith(")"):
        return plain[1:-1].strip(), True
    if plain.endswith("-"):
        return plain[:-1].strip(), True
    if plain.startswith(("-", "+")):
        return plain[1:].strip(), plain[0] == "-"
    return plain, False


def detect_decimal(values: Iterable[str]) -> str:
    """The decimal separator of a column, from its values together: ``,`` or ``.``.

    A separator that stands before something other than three digits, or after the other one, is the
    decimal one; the column's majority decides.
    """
    votes = {",": 0, ".": 0}
    for value in values:
        plain = _BLANKS.sub("", value.strip().upper()).strip("()+-")
        last = max(plain.rfind(","), plain.rfind("."))
        if last < 0 or not _NUMBER.fullmatch(plain):
            continue
        sign, other = plain[last], "." if plain[last] == "," else ","
        tail = len(plain) - last - 1
        whole = plain[:last].lstrip("+-")
        alone = plain.count(sign) == 1 and (tail != 3 or no_thousands(whole))
        if other in whole or alone:
            votes[sign] += 2
        elif plain.count(sign) > 1:
            votes[other] += 2
        else:
            votes[other] += 1
    return "." if votes["."] > votes[","] else ","


def no_thousands(whole: str) -> bool:
    """Whether what stands before three digits cannot be thousands of them: 1234.560, 0.560."""
    return len(whole) > _GROUP or whole.startswith("0")


@lru_cache(_DAYS_KEPT)
def parse_date(text: str, *, month_first: bool = False, year_first: bool = False) -> date:
    """Day first unless told otherwise; also ISO with or without a time, ``30-nov-26``, Excel serials, eight
    digits. ``year_first`` is of years of two digits (``26-11-30``); four are told by themselves.

    A year of two digits is of this century. ValueError for anything else.
    """
    plain = text.strip()
    if year_first and (match := _SHORT_YMD.fullmatch(plain)):
        return date(_century(int(match[1])), int(match[2]), int(match[3]))
    if match := _YMD.fullmatch(plain) or _COMPACT.fullmatch(plain):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DMY.fullmatch(plain) or _COMPACT_DMY.fullmatch(plain):
        first, second, year = map(int, match.groups())
        day, month = (second, first) if month_first else (first, second)
        return date(_century(year), month, day)
    if (match := _DMONY.fullmatch(plain)) and match[2].lower() in _MONTHS:
        return date(_century(int(match[3])), _MONTHS[match[2].lower()], int(match[1]))
    if (match := _SERIAL.fullmatch(plain)) and int(match[1]) in _SERIALS:
        return _EXCEL_EPOCH + timedelta(days=int(match[1]))
    raise ValueError(text)


def _century(year: int) -> int:
    return year + 2000 if year < 100 else year
