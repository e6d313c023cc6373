"""The address of a call's recording, filled in from the unit's template so that nothing in it can lead
elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from app.core.setting import PLACEHOLDER


def recording_link(template: str, values: Mapping[str, str]) -> str | None:
    """``template`` (setting recording_link) with each ``{name}`` replaced by its value of ``values``.

    None when there is no template, when it is no http(s) address of a fixed host (a value in the place of
    the host would choose where one is sent), or when it names what ``values`` does not have. Values
    are quoted whole, slashes too; one of points alone, which would climb a path, is left out.
    """
    if not _is_web_address(template):
        return None
    names = set(PLACEHOLDER.findall(template))
    if not names <= values.keys():
        return None
    return PLACEHOLDER.sub(lambda found: _quoted(values[found[1]]), template)


def _is_web_address(template: str) -> bool:
    try:
        parts = urlsplit(template)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and not PLACEHOLDER.search(parts.netloc)
        )
    except ValueError:
        return False


def _quoted(value: str) -> str:
    return quote(value, safe="") if value.strip(".") else ""
