"""What a person of the unit types as a contact: a phone, an e-mail or an address."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.columns import fold
from app.core.errors import RuleBroken
from app.debtors.emails import is_placeholder, read_email
from app.debtors.phones import read_phones

#: As long as its column.
LONGEST = 250
_SHORTEST_ADDRESS = 5
_NO_ADDRESS = {"sin direccion", "no tiene", "ninguna", "ninguno", "desconocida", "no registra"}


def read_contact(typed: str, area_prefix: str, kind: str = "") -> tuple[str, str, bool]:
    """``(kind, value, is_mobile)``: a phone in E.164, an e-mail in lower case, an address as typed.

    ``kind`` says that it is an address; otherwise an @ makes an e-mail. RuleBroken for anything that
    reaches nobody. ``area_prefix`` («05») completes phones of seven digits.
    """
    typed = " ".join(typed.split())
    if len(typed) > LONGEST:
        raise _refused(_l("A contact has at most %(most)s characters.", most=LONGEST))
    if kind == "address":
        return "address", _address(typed), False
    if "@" in typed:
        return "email", _email(typed), False
    return "phone", *_phone(typed, area_prefix)


def _email(typed: str) -> str:
    if is_placeholder(typed.lower()):
        raise _refused(_l("«%(typed)s» is an invented e-mail: it reaches nobody.", typed=typed))
    email = read_email(typed)
    if not email.address:
        raise _refused(_l("«%(typed)s» is not an e-mail address.", typed=typed))
    return email.address


def _phone(typed: str, area_prefix: str) -> tuple[str, bool]:
    phones = read_phones(typed, area_prefix)
    if len(phones.numbers) == 1:
        return phones.numbers[0].e164, phones.numbers[0].is_mobile
    if "placeholder_phone" in phones.problems and not phones.numbers:
        raise _refused(_l("«%(typed)s» is an invented number: it reaches nobody.", typed=typed))
    raise _refused(_l("«%(typed)s» is not a telephone. Write it like 0991234567.", typed=typed))


def _address(typed: str) -> str:
    letters = sum(c.isalpha() for c in typed)
    if len(typed) < _SHORTEST_ADDRESS or letters < 3 or fold(typed).strip(".") in _NO_ADDRESS:
        raise _refused(_l("«%(typed)s» is not an address that somebody could find.", typed=typed))
    return typed


def _refused(sentence: Any) -> RuleBroken:
    return RuleBroken(sentence, "contact")
