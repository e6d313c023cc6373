"""What the simulator shows: the terms that are asked for beside others, and why they are refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from app.agreements.offers import Offer
from app.agreements.service import Wanted, terms_of
from app.agreements.terms import Proposal, compare, propose
from app.core.business_days import calendar
from app.core.errors import RuleBroken
from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Simulation:
    """``chosen``: the terms that were asked for, None when they are ``refused``. ``compared``: the same
    debt over several terms, shortest first, the chosen one among them."""

    chosen: Proposal | None = None
    compared: list[Proposal] = field(default_factory=list)
    refused: RuleBroken | None = None


def simulate(
    session: Session, settings: Settings, offer: Offer, wanted: Wanted, today: date
) -> Simulation:
    """What ``wanted`` comes to as of ``today``; nothing is stored."""
    try:
        terms, days = terms_of(offer, wanted, today), calendar(session)
        chosen = propose(settings, days, terms)
        return Simulation(chosen, compare(settings, days, terms))
    except RuleBroken as refused:
        return Simulation(refused=refused)
