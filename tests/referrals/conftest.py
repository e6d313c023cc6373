"""The fixtures of these tests."""

from tests.calls.floor import begin, debtor, in_english, portfolio, save  # noqa: F401
from tests.referrals.floor import approve, assign, file_all, neighbour, propose  # noqa: F401
