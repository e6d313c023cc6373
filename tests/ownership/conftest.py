"""The fixtures of these tests."""

from tests.ownership.ground import mine, owners, portfolio, theirs  # noqa: F401
