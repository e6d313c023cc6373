"""Filters by the outcome of a contact, whatever version of the catalogue it was saved with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.calls.catalogues import current_outcomes
from app.calls.models import Call, Outcome
from app.core import web
from app.core.filters import CodeIs


class OutcomeIs(CodeIs):
    """The contact ended so."""

    def narrow(self, _model: Any, value: str) -> Any:
        return Call.outcome_id.in_(select(Outcome.id).where(Outcome.code == value))


def outcome_choices() -> Iterable[tuple[Any, Any]]:
    """The current outcomes by label."""
    choices = [(o.code, o.shown) for o in current_outcomes(web.session())]
    return sorted(choices, key=lambda choice: choice[1])
