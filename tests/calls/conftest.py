"""The fixtures of these tests."""

from tests.calls.agreed import account, agreed, bills, owes, wanted  # noqa: F401
from tests.calls.floor import begin, debtor, in_english, portfolio, save  # noqa: F401
