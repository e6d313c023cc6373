"""The fixtures of these tests."""

from tests.holds.floor import account, at_ten, debtor, eva, place  # noqa: F401
