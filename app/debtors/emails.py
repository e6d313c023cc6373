"""Reads e-mail cells: one or several addresses, checked without asking the network."""

from __future__ import annotations

import re
from dataclasses import dataclass

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from app.core.columns import fold

_MISSING = {"", "null", "none", "nan", "n/a", "#n/a", "na", "s/n", "sn", "nd", "n/d", "0", "-"}
_SPLIT = re.compile(r"[;,/|\s]+")
#: So plain that the library could only agree (a test holds them equal).
_PLAIN = re.compile(
    r"[a-z0-9]{1,20}(?:[._-][a-z0-9]{1,20}){0,2}@(?:[a-z0-9]{1,30}\.){1,3}([a-z]{2,10})"
)
#: What clerks type to get past a mandatory cell, whatever follows the @ (separators aside).
_NOBODY = re.compile(
    r"(?:no|sin)(?:e?mail|correos?|tienen?(?:e?mail|correo)?|posee(?:correo)?|aplica|existe|registra"
    r"|dispone|hay|reply)|ningun[oa]?|correonoexiste|notienecorreoelectronico"
)
_NO_SEPARATORS = str.maketrans("", "", "._-")
#: The same only when the domain repeats it: na@na.com, xxx@xx.com, correo@correo.com.
_REPEATED = re.compile(r"na|no|sn|nd|nn|abc|correo|e?mail|test|prueba|usuario|cliente|null|(.)\1*")


@dataclass(frozen=True, slots=True)
class Email:
    """``address`` in lower case, "" when there is none; ``problems`` may hold bad_email."""

    address: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Emails:
    """The distinct ``addresses`` of one cell, in their order; ``problems`` may hold bad_email."""

    addresses: tuple[str, ...]
    problems: tuple[str, ...] = ()


def read_emails(cell: str) -> Emails:
    """Every address in ``cell`` (separated by space ; , / or |). Never raises."""
    text = cell.strip().lower()
    if _is_plain(text) and not is_placeholder(text):
        return Emails((text,))
    if fold(text) in _MISSING:
        return Emails(())
    found = [read_email(part) for part in _SPLIT.split(text) if part]
    addresses = tuple(dict.fromkeys(email.address for email in found if email.address))
    bad = not found or any(email.problems for email in found)
    return Emails(addresses, ("bad_email",) if bad else ())


def read_email(raw: str) -> Email:
    """``raw`` as one address, or as the problem bad_email (also a placeholder); nothing at all is no
    problem."""
    text = raw.strip().lower()
    if is_placeholder(text):
        return Email("", ("bad_email",))
    if _is_plain(text):
        return Email(text)
    if fold(text) in _MISSING:
        return Email("")
    try:
        return Email(validate_email(text, check_deliverability=False).normalized.lower())
    except EmailNotValidError:
        return Email("", ("bad_email",))


def is_placeholder(address: str) -> bool:
    """Whether ``address`` (in lower case) reaches nobody: noemail@…, sincorreo@…, na@na.com."""
    local, at, domain = address.partition("@")
    name = local.translate(_NO_SEPARATORS)
    if not at or _NOBODY.fullmatch(name):
        return bool(at)
    first = domain.partition(".")[0]
    return bool(
        _REPEATED.fullmatch(name)
        and _REPEATED.fullmatch(first)
        and (name == first or name[0] == first[0] and len({*name, *first}) == 1)
    )


def _is_plain(text: str) -> bool:
    plain = _PLAIN.fullmatch(text)
    return plain is not None and plain[1] not in SPECIAL_USE_DOMAIN_NAMES
