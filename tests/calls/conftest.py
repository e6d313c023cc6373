"""The fixtures of these tests."""

from tests.calls.floor import begin, debtor, in_english, portfolio, save  # noqa: F401
