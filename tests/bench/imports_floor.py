"""The floor of an import: the same rows into the same tables, by hand: csv, COPY, set-based SQL.

It checks what anybody would check (the cédula's digit, the shape of a telephone) and nothing else: no
layouts, no problems by name, no totals, no closing, no history, no undo.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg

from app.debtors.identification import is_cedula

_PHONE = re.compile(r"0(9\d{8}|[2-7]\d{7})", re.ASCII)
_AS_OF = "2026-11-20"

_STAGE = """
CREATE TEMPORARY TABLE hand (
    key text, number text, person text, identification text, kind text, name text, phone text, phone2 text,
    email text, service text, category text, state text, sector text, address text, bills integer,
    balance numeric(12, 2), agreed numeric(12, 2), disputed numeric(12, 2), hash bytea) ON COMMIT DROP
"""

_MERGE = (
    "ANALYZE hand",
    """
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
SELECT h.* FROM hand h LEFT JOIN account a ON a.portfolio_id = %(portfolio)s AND a.number_key = h.key
 WHERE a.row_hash IS DISTINCT FROM h.hash
""",
    "ANALYZE moved",
    """
INSERT INTO debtor (person_key, identification, identification_kind, identification_raw, name)
SELECT DISTINCT ON (person) person, identification, kind, identification, name FROM moved ORDER BY person
ON CONFLICT (person_key) DO UPDATE
   SET identification = EXCLUDED.identification, name = EXCLUDED.name
 WHERE (debtor.identification, debtor.name) IS DISTINCT FROM (EXCLUDED.identification, EXCLUDED.name)
""",
    """
INSERT INTO account (portfolio_id, debtor_id, number, number_key, service, category, connection_status,
       sector, address, balance, bills_count, agreed_balance, disputed_balance, balance_as_of, load_id,
       row_hash)
SELECT %(portfolio)s, d.id, m.number, m.key, m.service, m.category, m.state, m.sector, m.address,
       m.balance, m.bills, m.agreed, m.disputed, %(as_of)s, %(load)s, m.hash
  FROM moved m JOIN debtor d ON d.person_key = m.person
ON CONFLICT (portfolio_id, number_key) DO UPDATE
   SET debtor_id = EXCLUDED.debtor_id, service = EXCLUDED.service, category = EXCLUDED.category,
       connection_status = EXCLUDED.connection_status, sector = EXCLUDED.sector,
       address = EXCLUDED.address, balance = EXCLUDED.balance, bills_count = EXCLUDED.bills_count,
       agreed_balance = EXCLUDED.agreed_balance, disputed_balance = EXCLUDED.disputed_balance,
       balance_as_of = EXCLUDED.balance_as_of, load_id = EXCLUDED.load_id, row_hash = EXCLUDED.row_hash
""",
    """
INSERT INTO bill (account_id, number, bills_count, balance)
SELECT a.id, 'AGRUPADA', m.bills, m.balance
  FROM moved m JOIN account a ON a.portfolio_id = %(portfolio)s AND a.number_key = m.key
ON CONFLICT (account_id, number) DO UPDATE
   SET bills_count = EXCLUDED.bills_count, balance = EXCLUDED.balance
""",
    """
INSERT INTO contact_point (debtor_id, kind, value, is_mobile, origin, added_at)
SELECT d.id, c.kind, c.value, c.value LIKE '+5939%%', 'BASE', %(now)s
  FROM moved m JOIN debtor d ON d.person_key = m.person
 CROSS JOIN LATERAL (VALUES ('phone', m.phone), ('phone', m.phone2), ('email', m.email)) c (kind, value)
 WHERE c.value <> ''
ON CONFLICT (debtor_id, kind, value) DO NOTHING
""",
)


def import_by_hand(
    url: str, path: Path, portfolio: int, load: int, now: datetime, told: Callable[[int], None]
) -> None:
    """Import a file of `tests.bench.imports` into the tables behind ``url``, in one transaction.
    ``told`` hears the number of the server's process."""
    values = {"portfolio": portfolio, "load": load, "as_of": _AS_OF, "now": now}
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        told(connection.info.backend_pid)
        cursor.execute(_STAGE)
        with cursor.copy("COPY hand FROM STDIN") as copy:
            for row in _rows(path):
                copy.write_row(row)
        for step in _MERGE:
            cursor.execute(step, values)


def _rows(path: Path) -> Iterator[tuple[object, ...]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=";")
        next(reader)
        for row in reader:
            (
                service,
                number,
                name,
                kind,
                raw,
                phones,
                email,
                _contract,
                _meter,
                category,
                state,
            ) = row[:11]
            bills, balance, agreed, disputed, _cycle, sector, address = row[11:]
            key, known = number.lstrip("0"), len(raw) == 10 and is_cedula(raw)
            person = f"ID:{raw}" if known else f"CTA:{key}"
            found = [f"+593{p[1:]}" for p in phones.split(" - ") if _PHONE.fullmatch(p)]
            first, second, *_ = [*found, "", ""]
            digest = hashlib.blake2b(";".join(row).encode(), digest_size=16).digest()
            yield (key, number, person, raw, kind.lower(), name, first, second, email, service, category, state,
                   sector, address, int(bills), balance.replace(",", "."), agreed.replace(",", "."),
                   disputed.replace(",", "."), digest)  # fmt: skip
