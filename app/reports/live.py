"""A page that keeps itself up to date: the browser asks again, and is sent only what has changed.

`frontend/src/js/live.js` is the other half; `reports/_live.html` ties the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, make_response, request

from app.core import web

#: Seconds from one question to the next.
EVERY = 30
#: Only an answer that is the fragment, or that nothing changed, carries it: a login page does not.
_AT = "Telecobro-At"


def live_context(version: str, now: datetime) -> dict[str, Any]:
    """What the frame of a live page needs beside its own figures."""
    return {"version": version, "now": now, "every": EVERY}


def live_answer(version: str, now: datetime, fragment: Callable[[], str]) -> Response:
    """304 when the page that asks shows ``version`` already, else ``fragment``; with the time at which
    it was true, for the page to say."""
    if request.if_none_match.contains(version):
        answer = Response(status=304)
    else:
        answer = make_response(fragment())
    answer.set_etag(version)
    answer.headers[_AT] = web.moment(now, "%H:%M:%S")
    return answer
