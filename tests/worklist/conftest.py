"""The fixtures of these tests."""

from tests.worklist.floor import in_english, owes, portfolio  # noqa: F401
