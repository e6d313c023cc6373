"""What a browser complains of while a test uses it."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

#: Chromium repeats here what `Watch` reads, with its kind, from the answer itself.
_ECHO = re.compile(r"Failed to load resource: ")
#: The policy's own event: not every violation is printed on the console.
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
#: A browser asks before it hands a number to the telephone, and its question takes the keyboard. Operators
#: answer it once for ever; a test that is not about dialling forgets that the button was pressed.
_NO_TELEPHONE = """
addEventListener("load", () => location.protocol === "http:" && sessionStorage.removeItem("dial-pressed"));
"""


class Watch:
    """Listens to contexts: console errors, policy violations, other hosts, files that did not come.

    ``dialled``: the numbers that pages handed to the telephone.
    """

    def __init__(self, address: str) -> None:
        self._homes = [address]
        self.faults: list[str] = []
        self.dialled: list[str] = []
        self.pages = 0

    def over(self, context: BrowserContext, *, telephone: bool, at: str = "") -> None:
        """Listen to ``context`` until it is closed; without ``telephone`` its pages dial nothing. ``at``:
        another address that is no other host."""
        self._homes += [at] if at else []
        context.add_init_script(_TELL_VIOLATIONS)
        if not telephone:
            context.add_init_script(_NO_TELEPHONE)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        text = message.text
        if message.type in ("error", "warning") and not _ECHO.match(text):
            self.faults.append(f"console {message.type}: {text} ({message.location})")

    def _request(self, request: Request) -> None:
        if request.url.startswith("tel:"):
            self.dialled.append(request.url.removeprefix("tel:"))
        elif not request.url.startswith((*(f"{home}/" for home in self._homes), "data:", "blob:")):
            self.faults.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        """A page may refuse (4xx); nothing may fail (5xx), and what a page needs must come."""
        is_page = response.request.is_navigation_request()
        self.pages += is_page
        if response.status >= (500 if is_page else 400):
            self.faults.append(f"{response.status}: {response.url}")
