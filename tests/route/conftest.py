"""The fixtures of these tests."""

from tests.calls.floor import in_english  # noqa: F401
from tests.route.floor import given, portfolio, visit  # noqa: F401
