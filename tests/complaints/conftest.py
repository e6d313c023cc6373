"""The fixtures of these tests."""

from tests.calls.floor import begin, in_english, portfolio, save  # noqa: F401
from tests.complaints.floor import (  # noqa: F401
    account,
    answer,
    areas,
    bills,
    categories,
    complain,
    debtor,
    of_area,
)
