"""How often each outcome comes, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from random import Random

from app.calls.models import Outcome

#: Of about a hundred outgoing calls.
_WEIGHTS = {
    "NC_NA": 32.0,
    "NC_BUSY": 6.0,
    "NC_OFF": 8.0,
    "NC_VM": 9.0,
    "TPC_MESSAGE": 8.0,
    "TPC_OCCUPANT": 1.0,
    "TPC_DECEASED": 0.2,
    "UNV_CONTACT": 4.0,
    "BAD_WRONG": 2.5,
    "BAD_DEAD": 2.0,
    "RPC_PTP_FULL": 9.0,
    "RPC_PTP_PART": 5.0,
    "RPC_PLAN_REQ": 3.0,
    "RPC_PAID_CLAIM": 3.0,
    "RPC_DISPUTE": 2.5,
    "RPC_CALLBACK": 4.0,
    "RPC_HARDSHIP": 1.5,
    "RPC_REFUSE": 2.5,
    "RPC_NOT_DEBTOR": 0.5,
    "RPC_HANGUP": 1.0,
    "RPC_OPTOUT": 0.2,
}
#: outcome: reason of its hold, the setting of its days, its scope.
HOLDS = {
    "RPC_PAID_CLAIM": ("paid_claim", "hold_paid_claim_days", "person"),
    "RPC_HARDSHIP": ("hardship", "hold_review_days", "person"),
    "RPC_NOT_DEBTOR": ("not_debtor", "hold_review_days", "account"),
    "TPC_DECEASED": ("deceased", "hold_review_days", "person"),
    "RPC_PLAN_REQ": ("agreement", "hold_request_days", "account"),
    "RPC_OPTOUT": ("optout", "hold_optout_days", "channel"),
}


class Draw:
    """Draws outcomes of the catalogue by their weights; those that it lacks never come."""

    def __init__(self, catalogue: Iterable[Outcome]) -> None:
        known = [o for o in catalogue if o.code in _WEIGHTS]
        self._all = _weighed(known)
        self._answered = _weighed([o for o in known if o.right_party])

    def any(self, rng: Random) -> Outcome:
        """What may come of a call."""
        return rng.choices(self._all[0], cum_weights=self._all[1])[0]

    def with_holder(self, rng: Random) -> Outcome:
        """What may come of a call that the holder waits for."""
        return rng.choices(self._answered[0], cum_weights=self._answered[1])[0]


def _weighed(outcomes: list[Outcome]) -> tuple[list[Outcome], list[float]]:
    return outcomes, list(accumulate(_WEIGHTS[o.code] for o in outcomes))
