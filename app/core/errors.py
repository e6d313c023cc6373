"""The one way for a rule to say no."""

from __future__ import annotations

from typing import Any


class RuleBroken(Exception):
    """A rule refuses a deed, in one sentence that says what is wrong and what to do.

    ``sentence`` is a (lazy) translated text; ``field`` names the form field that it is about.
    The screen shows it and keeps what was typed; nothing of the deed is written.
    """

    def __init__(self, sentence: Any, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field

    def __str__(self) -> str:
        return str(self.sentence)
