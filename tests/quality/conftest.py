"""The fixtures of these tests."""

from tests.quality.floor import called, draw, in_english, person, review, score  # noqa: F401
