"""The link to a recording: filled in so that nothing in it leads elsewhere."""

from __future__ import annotations

import pytest

from app.quality.recording import recording_link

VALUES = {
    "call": "42",
    "extension": "*101#",
    "number": "+593991234567",
    "day": "2026-11-23",
    "time": "095500",
}


@pytest.mark.parametrize(
    ("template", "link"),
    [
        ("", None),
        ("https://pbx.example/rec/{call}", "https://pbx.example/rec/42"),
        (
            "http://pbx.example/?ext={extension}&n={number}&d={day}&t={time}",
            "http://pbx.example/?ext=%2A101%23&n=%2B593991234567&d=2026-11-23&t=095500",
        ),
        ("https://pbx.example:8443/rec", "https://pbx.example:8443/rec"),
        ("javascript:alert({call})", None),
        ("JaVaScRiPt:alert(1)//{call}", None),
        ("data:text/html,{call}", None),
        ("ftp://pbx.example/{call}", None),
        ("file:///etc/passwd", None),
        ("//pbx.example/{call}", None),
        ("/rec/{call}", None),
        ("https:///rec/{call}", None),
        ("https://{number}/rec", None),
        ("https://{call}@pbx.example/rec", None),
        ("https://pbx.example:{call}/rec", None),
        ("https://[::1/rec", None),
        ("https://pbx.example/{name}", None),
        ("https://pbx.example/{call.__class__}", None),
        ("https://pbx.example/{}", None),
    ],
)
def test_only_an_address_of_a_fixed_host_is_a_link(template, link):
    assert recording_link(template, VALUES) == link


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("../../admin", "..%2F..%2Fadmin"),
        ("..", ""),
        (".", ""),
        ('"><script>', "%22%3E%3Cscript%3E"),
        ("a&b=c#d?e", "a%26b%3Dc%23d%3Fe"),
        ("@evil.example/", "%40evil.example%2F"),
        ("{number}", "%7Bnumber%7D"),
        ("a b\r\nñ", "a%20b%0D%0A%C3%B1"),
        ("%2e%2e", "%252e%252e"),
    ],
)
def test_a_hostile_value_stays_a_value(value, quoted):
    values = VALUES | {"extension": value}
    assert recording_link("https://pbx.example/{extension}/{call}", values) == (
        f"https://pbx.example/{quoted}/42"
    )
