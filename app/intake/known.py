"""Which rows of a file are already loaded: told by their digest, before anything in them is read.

An account keeps the digests of its rows, sorted and joined (``account.row_hash``). All those of a
portfolio lie here as one sorted block of bytes: 40 MB for a million rows, whatever Python does.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import compress
from typing import Any

from sqlalchemy.orm import Session

#: Bytes of a row's digest, and of its beginning by which it is found.
DIGEST_SIZE, _HEAD = 16, 8

_ALL = """
SELECT COALESCE(string_agg(digest, ''), ''), COALESCE(string_agg(substr(digest, 1, 8), ''), ''),
       COALESCE(string_agg(int8send(id), ''), ''),
       COALESCE(string_agg(CASE WHEN flawed THEN '\\x01'::bytea ELSE '\\x00' END, ''), '')
  FROM (SELECT a.id, a.flawed, substr(a.row_hash, n, 16) AS digest
          FROM account a, generate_series(1, length(a.row_hash), 16) n
         WHERE a.portfolio_id = %s AND a.closed_on IS NULL AND length(a.row_hash) %% 16 = 0
         ORDER BY digest) d
"""


class KnownRows:
    """The digests of a portfolio's open accounts, each of which may be met once a reading."""

    def __init__(self, digests: bytes, heads: bytes, accounts: bytes, flawed: bytes) -> None:
        """``heads`` and ``accounts`` are 8 bytes each, big-endian, in the digests' order."""
        self._digests, self._flawed = digests, flawed
        self._heads, self._accounts = _integers("Q", heads), _integers("q", accounts)
        self._met = bytearray(len(flawed))
        #: Rows that were met and passed over.
        self.passed = 0

    def meet(self, digest: bytes) -> int | None:
        """The place of a row that is known and was not met before, which is now; None otherwise."""
        head = int.from_bytes(digest[:_HEAD], "big")
        heads, place = self._heads, bisect_left(self._heads, head)
        while place < len(heads) and heads[place] == head:
            at = place * DIGEST_SIZE
            if not self._met[place] and self._digests[at : at + DIGEST_SIZE] == digest:
                self._met[place] = 1
                return place
            place += 1
        return None

    def is_flawed(self, place: int) -> bool:
        """Whether its account had problems, which have to be told again."""
        return self._flawed[place] == 1

    def met_accounts(self) -> Iterator[int]:
        """The account of each row that was met."""
        return compress(self._accounts, self._met)

    def meet_again(self, accounts: Iterable[int]) -> None:
        """For a second reading: only the rows of ``accounts`` that were met can be met again."""
        wanted = set(accounts)
        self._met = bytearray(
            not (met and account in wanted)
            for met, account in zip(self._met, self._accounts, strict=True)
        )


def _integers(kind: str, big_endian: bytes) -> array[int]:
    found = array(kind, big_endian)
    if sys.byteorder == "little":
        found.byteswap()
    return found


def known_rows(session: Session, portfolio_id: int) -> KnownRows:
    """The rows of the portfolio's open accounts."""
    raw: Any = session.connection().connection.driver_connection
    with raw.cursor(binary=True) as cursor:
        return KnownRows(*cursor.execute(_ALL, (portfolio_id,)).fetchone())
