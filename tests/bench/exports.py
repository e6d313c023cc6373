"""A day's workbook of many calls, beside xlsxwriter writing the same cells and nothing else.

Each runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
import xlsxwriter

from app import create_app
from app.extensions import db
from app.reports.service import write_daily_workbook
from tests.bench.memory import megabytes_at_most, megabytes_now

CALLS = 100_000
#: A Sunday without calls of its own, outside every series that the pages show.
DAY = datetime(2026, 8, 2, 13, 0, tzinfo=UTC)
#: The bar: times xlsxwriter alone, and MB.
TIMES, MEGABYTES = 1.3, 80

_COPY = """
INSERT INTO call (submit_key, debtor_id, account_id, operator_id, outcome_id, direction, started_at,
                  ended_at, contact_point_id, verified, receipt, note, owed, bills_count)
SELECT gen_random_uuid(), debtor_id, account_id, operator_id, outcome_id, direction,
       CAST(:day AS timestamptz) + n * interval '0.3 second',
       CAST(:day AS timestamptz) + n * interval '0.3 second', contact_point_id, verified, '', note,
       owed, bills_count
  FROM (SELECT c.*, row_number() OVER (ORDER BY id) AS n FROM call c ORDER BY id LIMIT :calls) c
 WHERE NOT EXISTS (SELECT FROM call made WHERE made.started_at >= CAST(:day AS timestamptz)
                      AND made.started_at < CAST(:day AS timestamptz) + interval '1 day')
"""


def exports() -> list[str]:
    """The printed lines; the day of many calls is made first, once a database."""
    with db.engine.begin() as connection:
        connection.execute(sa.text(_COPY), {"day": DAY, "calls": CALLS})
    ours, floor = (_apart(what) for what in ("ours", "floor"))
    ratio, memory = ours[0] / floor[0], ours[1]
    met = "met" if ratio <= TIMES and memory <= MEGABYTES else "missed"
    return [
        f"XLSX of {CALLS} calls: ours {ours[0]:.1f} s, {memory:.0f} MB above the loaded application"
        f" ({ours[2]:.0f} MB in all); xlsxwriter alone {floor[0]:.1f} s; ratio {ratio:.2f}"
        f" (bar {TIMES}, {MEGABYTES} MB: {met})"
    ]


def _apart(what: str) -> list[float]:
    """Seconds of CPU, MB that the work added, MB in all, of ``what`` in a process of its own."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tests.bench.exports", what],
        check=True,
        capture_output=True,
        text=True,
    )
    return [float(figure) for figure in done.stdout.split()[-3:]]


def _ours(target: Path) -> None:
    write_daily_workbook(db.session(), DAY.date(), target, datetime.now(UTC))


def _floor(target: Path) -> None:
    """The same sheet of calls from a list in pages: strings, numbers and a format where ours have one."""
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        text, money = (
            book.add_format({"quote_prefix": True}),
            book.add_format({"num_format": "0.00"}),
        )
        day = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        sheet = book.add_worksheet()
        words = (
            "0012345678",
            "1304410022",
            "ZAMBRANO CEDEÑO MARCO ANTONIO",
            "No contesta",
            "nadie",
        )
        for row in range(CALLS):
            sheet.write_number(row, 0, row)
            sheet.write_datetime(row, 1, DAY.replace(tzinfo=None), day)
            for column in (2, 3, 4, 7, 8, 9, 10, 13, 15):
                sheet.write_string(row, column, words[column % len(words)], text)
            for column in (5, 16, 17):
                sheet.write_number(row, column, row)
            sheet.write_number(row, 6, row / 100, money)
            for column in (11, 12, 14):
                sheet.write_string(row, column, "—", text)


def main(what: str) -> None:
    run: Callable[[Path], None] = {"ours": _ours, "floor": _floor}[what]
    with tempfile.TemporaryDirectory() as folder, create_app().app_context():
        loaded, began = megabytes_now(), time.process_time()
        run(Path(folder) / "book.xlsx")
        most = megabytes_at_most()
        print(time.process_time() - began, max(most - loaded, 0), most)


if __name__ == "__main__":
    main(sys.argv[1])
