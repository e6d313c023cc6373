"""The fixtures of these tests."""

from tests.quality.floor import (  # noqa: F401
    at_ten,
    called,
    client,
    draw,
    eva,
    in_english,
    person,
    review,
    score,
)
