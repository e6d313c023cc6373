"""200 000 open promises are judged against 300 000 payments: ours beside the best single SQL by hand.

``python -m tests.bench.promises`` runs it alone; ``--promises`` and ``--payments`` make it smaller. Both
store the same states over the same rows and leave a row of the timeline for each; ours also
weighs the levels of those whose promises broke, and tells its caller which ones moved.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import create_app
from app.core.agent import SYSTEM
from app.core.transaction import deed
from app.extensions import db
from app.promises.service import check_promises, judge_promises
from tests.conftest import PASSWORD, make_database
from tests.factories import make_load, make_portfolio

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
_AS_OF = date(2026, 11, 1)
#: Half of the promises' grace is over on it.
_DAY = date(2026, 11, 24)
_BAR = 3
PROMISES, PAYMENTS = 200_000, 300_000
#: The best of so many, each over the same rows: what is measured is undone.
_TIMES = 3

_FILL = (
    "INSERT INTO debtor (person_key, identification, identification_kind, identification_raw, name)"
    " SELECT 'N:' || n, '', 'none', '', 'PERSONA ' || n FROM generate_series(1, :promises) n",
    "INSERT INTO account (portfolio_id, debtor_id, number, number_key, balance, bills_count, balance_as_of,"
    "       load_id, row_hash)"
    " SELECT :portfolio, id, id, id, 500, 1, :as_of, :first, '' FROM debtor",
    "INSERT INTO promise (debtor_id, account_id, amount, due_on, check_on, threshold_percent, made_on,"
    "       made_at, made_by_id, state)"
    " SELECT a.debtor_id, a.id, 40, DATE '2026-11-18' + n, DATE '2026-11-21' + n, 95,"
    "        DATE '2026-11-05', :now, (SELECT min(id) FROM ab_user), 'pending'"
    "   FROM account a, LATERAL (SELECT CAST(a.id % 7 AS int) AS n) days",
    # In no order of account, as payments come; one in a hundred is taken back.
    "INSERT INTO payment (portfolio_id, account_id, reference, paid_on, amount, is_reversal, channel,"
    "       load_id, recorded_at)"
    " SELECT :portfolio, a.id, y.n, DATE '2026-11-05' + CAST(y.n % 20 AS int), 5 + y.n % 50, FALSE, '',"
    "        :first, :now"
    "   FROM generate_series(1, :payments) y (n)"
    "   JOIN account a ON a.number = CAST(1 + CAST(y.n AS bigint) * 7919 % :promises AS text)",
    "INSERT INTO payment (portfolio_id, account_id, reference, paid_on, amount, is_reversal, channel,"
    "       load_id, recorded_at)"
    " SELECT portfolio_id, account_id, reference, paid_on + 1, -amount, TRUE, '', load_id, recorded_at"
    "   FROM payment WHERE id % 100 = 0",
)

#: The same states and the same rows of the timeline, by who knows that every promise is open and that
#: nobody else writes.
_FLOOR = """
WITH came AS (
    SELECT p.id, SUM(y.amount) AS paid
      FROM promise p
      JOIN payment y ON y.account_id = p.account_id
      LEFT JOIN payment o ON y.is_reversal AND NOT o.is_reversal AND o.portfolio_id = y.portfolio_id
                         AND o.reference = y.reference
     WHERE p.state = 'pending' AND y.paid_on <= :day
       AND COALESCE(o.paid_on, y.paid_on) BETWEEN p.made_on AND p.check_on
     GROUP BY p.id
), judged AS (
    SELECT p.id, COALESCE(c.paid, 0) AS paid,
           CASE WHEN c.paid * 100 >= p.amount * p.threshold_percent THEN 'kept'
                WHEN p.check_on >= :day THEN 'pending'
                WHEN c.paid > 0 THEN 'partial' ELSE 'broken' END AS state
      FROM promise p LEFT JOIN came c ON c.id = p.id
     WHERE p.state = 'pending'
), stored AS (
    UPDATE promise p SET state = j.state, paid = j.paid, judged_at = :now
      FROM judged j
     WHERE p.id = j.id AND (p.state, p.paid) IS DISTINCT FROM (j.state, j.paid)
    RETURNING p.id, p.debtor_id, p.account_id, p.state, p.paid
)
INSERT INTO timeline_event (at, agent_name, deed, debtor_id, account_id, subject, subject_id, before, after)
SELECT :now, 'system', 'judge_promise', debtor_id, account_id, 'promise', id, '{"state": "pending"}',
       jsonb_build_object('state', state, 'paid', CAST(paid AS text))
  FROM stored WHERE state <> 'pending'
"""


def measure_promises(promises: int, payments: int) -> Iterator[str]:
    """Lines to print: everything at once, a small load, the check; in a database of their own."""
    with tempfile.TemporaryDirectory(prefix="telecobro-promises-") as var:
        os.environ |= {"DATABASE_URL": make_database("telecobro_bench_promises")}
        os.environ |= {"TELECOBRO_VAR": var, "TELECOBRO_CLOCK": NOW.isoformat()}
        app = create_app()
        app.test_cli_runner().invoke(args=["setup"], catch_exceptions=False)
        with app.app_context():
            manager = app.extensions["appbuilder"].sm
            operator = manager.find_role("operador")
            manager.add_user("ana", "Ana", "Prueba", "ana@example.com", operator, PASSWORD)
            _fill(promises, payments)
            yield f"{promises} open promises against {payments} payments"
            yield from _lines()
            db.session.remove()
            db.engine.dispose()


def _fill(promises: int, payments: int) -> None:
    with deed() as session:
        portfolio = make_portfolio(session, _AS_OF)
        first, _second = (make_load(session, portfolio, _AS_OF, "payments") for _ in range(2))
        values = {"now": NOW, "promises": promises, "payments": payments, "as_of": _AS_OF}
        for statement in _FILL:
            session.execute(
                sa.text(statement), values | {"portfolio": portfolio.id, "first": first.id}
            )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def _lines() -> Iterator[str]:
    floor, least = _timed(_by_hand)
    ours, moved = _timed(lambda: _judged(None))
    assert least <= moved, "both judge the same"
    yield f"floor {floor:7.2f} s   ours {ours:7.2f} s   ratio {ours / floor:.2f} (bar {_BAR}, {_met(ours / floor)})"
    with deed() as session:
        judge_promises(session, SYSTEM, NOW, _DAY)
        load_id = _small_load(session)
    few, touched = _timed(lambda: _judged(load_id))
    yield f"a load that touches {touched} promises {few:7.3f} s"
    with deed() as session:
        judge_promises(session, SYSTEM, NOW, _DAY, load_id)
    again, none = _timed(lambda: _judged(None))
    yield f"a run that finds {none} to store {again:7.3f} s"
    check, wrong = _timed(lambda: len(check_promises(db.session(), _DAY)))
    yield f"check of all, which finds {wrong} {check:7.3f} s"


def _by_hand() -> int:
    values = {"day": _DAY, "now": NOW}
    return db.session().connection().execute(sa.text(_FLOOR), values).rowcount


def _judged(load_id: int | None) -> int:
    return len(judge_promises(db.session(), SYSTEM, NOW, _DAY, load_id))


def _small_load(session: Session) -> int:
    """The second load of payments brings one in a thousand of the people what they promised."""
    load_id = session.scalar(
        sa.text(
            "INSERT INTO payment (portfolio_id, account_id, reference, paid_on, amount, load_id, recorded_at,"
            "       is_reversal, channel)"
            " SELECT portfolio_id, id, 'S' || id, :day, 40, (SELECT max(id) FROM load), :now, FALSE, ''"
            "   FROM account WHERE id % 1000 = 0 RETURNING load_id"
        ),
        {"day": _DAY, "now": NOW},
    )
    assert load_id
    return load_id


def _timed(act: Callable[[], int]) -> tuple[float, int]:
    """The least of a few times, in seconds, and what ``act`` counted; it is rolled back."""
    took, count = [], 0
    for _ in range(_TIMES):
        began = time.perf_counter()
        count = act()
        took.append(time.perf_counter() - began)
        db.session.rollback()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM promise, timeline_event, payment"))
    return min(took), count


def _met(ratio: float) -> str:
    return "met" if ratio <= _BAR else "missed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--promises", type=int, default=PROMISES)
    parser.add_argument("--payments", type=int, default=PAYMENTS)
    given = parser.parse_args()
    for line in measure_promises(given.promises, given.payments):
        print(line, flush=True)


if __name__ == "__main__":
    main()
