"""The fixtures of these tests."""

from tests.intake.floor import in_english, load, rewritten  # noqa: F401
