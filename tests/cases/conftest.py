"""The fixtures of these tests."""

from tests.calls.floor import begin, debtor, in_english, portfolio, save  # noqa: F401
from tests.cases.floor import close, opened  # noqa: F401
