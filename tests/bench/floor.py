"""The floor: the best SQL for the same work, by hand, behind a bare Flask route."""

from __future__ import annotations

import os
import re
import uuid

import psycopg
from flask import Flask, request

app = Flask(__name__)
_URL = re.sub(r"^postgresql\+psycopg", "postgresql", os.environ.get("DATABASE_URL", ""))
_connection: psycopg.Connection | None = None


def _db() -> psycopg.Connection:
    global _connection
    if _connection is None:
        _connection = psycopg.connect(_URL, autocommit=True)
    return _connection


def _rows(sql: str, *values: object) -> str:
    return str(_db().execute(sql, values).fetchall())


@app.get("/empty")
def empty() -> str:
    return "<p>ok</p>"


#: What a page of people shows, for the people ``q``.
_PEOPLE = """
SELECT q.*, a.*, c.*, p.*
  FROM ({which}) q
 CROSS JOIN LATERAL (SELECT count(*), sum(a.balance), sum(a.bills_count), min(a.oldest_due_on)
                       FROM account a WHERE a.debtor_id = q.id AND a.closed_on IS NULL) a
  LEFT JOIN LATERAL (SELECT c.started_at, u.label FROM call c JOIN outcome u ON u.id = c.outcome_id
                      WHERE c.debtor_id = q.id ORDER BY c.started_at DESC LIMIT 1) c ON TRUE
  LEFT JOIN LATERAL (SELECT p.state, p.due_on FROM promise p
                      WHERE p.debtor_id = q.id ORDER BY p.id DESC LIMIT 1) p ON TRUE
"""


@app.get("/list")
def people() -> str:
    """A page of people after the one whose key is ``after``."""
    return _rows(
        _PEOPLE.format(
            which="SELECT id, name, identification, folded FROM debtor WHERE (folded, id) >"
            " (SELECT folded, id FROM debtor WHERE id = %s) ORDER BY folded, id LIMIT 25"
        ),
        request.args["after"],
    )


@app.get("/complaints")
def complaints() -> str:
    """A page of complaints, the one due first at the top; with ``area`` those that wait there."""
    area = request.args.get("area")
    return _rows(
        "SELECT q.*, d.name, a.number, a.sector, k.name, r.name FROM complaint q JOIN debtor d ON d.id = q.debtor_id"
        " JOIN account a ON a.id = q.account_id JOIN complaint_category k ON k.id = q.category_id"
        " LEFT JOIN area r ON r.id = q.area_id"
        + (" WHERE q.state IN ('received', 'routed') AND q.area_id = %s" if area else "")
        + " ORDER BY q.due_on, q.id LIMIT 25",
        *([area] if area else []),
    )


@app.get("/referrals")
def referrals() -> str:
    """A page of referrals, the newest first."""
    return _rows(
        "SELECT r.*, d.name, a.number, a.sector, u.first_name FROM referral r JOIN debtor d ON d.id = r.debtor_id"
        " JOIN account a ON a.id = r.account_id LEFT JOIN ab_user u ON u.id = r.assigned_to_id"
        " ORDER BY r.proposed_at DESC, r.id DESC LIMIT 25"
    )


@app.get("/waiting")
def waiting() -> str:
    """What waits at the desk, by sector and state."""
    return _rows(
        "SELECT a.sector, r.state, count(*), min(r.proposed_at) FROM referral r JOIN account a ON a.id = r.account_id"
        " WHERE r.state IN ('proposed', 'approved', 'assigned', 'visited') GROUP BY 1, 2"
    )


@app.get("/name")
def by_name() -> str:
    return _rows(
        "SELECT id, name, identification FROM debtor WHERE name_search @@ to_tsquery('simple', %s)"
        " ORDER BY folded, id LIMIT 20",
        request.args["q"],
    )


@app.get("/account")
def by_account() -> str:
    return _rows(
        "SELECT d.id, d.name FROM account a JOIN debtor d ON d.id = a.debtor_id WHERE a.number_key = %s",
        request.args["q"],
    )


@app.get("/person/<int:person>")
def person(person: int) -> str:
    out = _rows("SELECT * FROM debtor WHERE id = %s", person)
    out += _rows(
        "SELECT a.*, (SELECT sum(amount) FROM payment y WHERE y.account_id = a.id AND y.paid_on > a.balance_as_of)"
        " FROM account a WHERE debtor_id = %s",
        person,
    )
    for table in ("contact_point", "promise", "hold"):
        out += _rows(f"SELECT * FROM {table} WHERE debtor_id = %s", person)  # noqa: S608
    out += _rows(
        "SELECT b.* FROM bill b JOIN account a ON a.id = b.account_id WHERE a.debtor_id = %s",
        person,
    )
    return out + _rows(
        "SELECT c.*, u.label FROM call c JOIN outcome u ON u.id = c.outcome_id WHERE debtor_id = %s"
        " ORDER BY started_at DESC LIMIT 40",
        person,
    )


@app.get("/report")
def report() -> str:
    """The figures of a day: contacts, people, promises kept in the month, payments and whose they are."""
    start, end, first, since = (request.args[n] for n in ("from", "to", "first", "since"))
    day = start[:10]
    out = _rows(
        "SELECT operator_id, outcome_id, extract(hour FROM started_at), count(*), sum(owed),"
        " count(p.id), sum(p.amount) FROM call c LEFT JOIN promise p ON p.call_id = c.id"
        " WHERE started_at >= %s AND started_at < %s GROUP BY 1, 2, 3",
        start,
        end,
    )
    out += _rows(
        "SELECT outcome_id, count(*) FROM (SELECT DISTINCT ON (c.debtor_id) c.outcome_id FROM call c"
        " JOIN outcome u ON u.id = c.outcome_id WHERE started_at >= %s AND started_at < %s"
        " ORDER BY c.debtor_id, u.weight DESC, started_at DESC) best GROUP BY 1",
        start,
        end,
    )
    out += _rows(
        "SELECT made_by_id, state, count(*), sum(amount), sum(least(paid, amount)) FROM promise"
        " WHERE check_on BETWEEN %s AND %s GROUP BY 1, 2",
        first,
        day,
    )
    return out + _rows(
        "SELECT c.operator_id, count(*), sum(y.amount) FROM payment y JOIN account a ON a.id = y.account_id"
        " LEFT JOIN LATERAL (SELECT operator_id FROM call c JOIN outcome u ON u.id = c.outcome_id"
        " WHERE c.debtor_id = a.debtor_id AND started_at >= %s AND started_at < %s AND u.effective"
        " ORDER BY started_at DESC LIMIT 1) c ON TRUE WHERE y.paid_on = %s GROUP BY 1",
        since,
        end,
        day,
    )


@app.get("/series")
def series() -> str:
    """Contacts and promises of the thirty days before."""
    return _rows(
        "SELECT d, (SELECT count(*) FROM call WHERE started_at >= d AND started_at < d + interval '1 day'),"
        " (SELECT count(*) FROM promise WHERE made_at >= d AND made_at < d + interval '1 day')"
        " FROM generate_series(%s::timestamptz, %s::timestamptz, interval '1 day') d",
        request.args["since"],
        request.args["from"],
    )


@app.get("/today")
def today() -> str:
    """What a board asks of the day that goes on: counts by operator and hour, promises, payments."""
    start = request.args["from"]
    return (
        _rows(
            "SELECT operator_id, extract(hour FROM started_at), count(*), count(*) FILTER (WHERE u.answered)"
            " FROM call c JOIN outcome u ON u.id = c.outcome_id WHERE started_at >= %s GROUP BY 1, 2",
            start,
        )
        + _rows("SELECT count(*), sum(amount) FROM promise WHERE made_at >= %s", start)
        + _rows("SELECT count(*), sum(amount) FROM payment WHERE paid_on = %s", start[:10])
        + _rows("SELECT count(*) FROM callback WHERE done_at IS NULL AND due_at < now()")
    )


@app.get("/due")
def due() -> str:
    """The first three of each day's callbacks and pending promises, and how many there are."""
    first, last = request.args["from"], request.args["until"]
    ranked = (
        "SELECT r.*, d.name FROM (SELECT e.*, row_number() OVER (PARTITION BY day ORDER BY id) n,"
        " count(*) OVER (PARTITION BY day) FROM ({events}) e) r JOIN debtor d ON d.id = r.debtor_id"
        " WHERE n <= 3"
    )
    promises = (
        "SELECT id, debtor_id, due_on AS day, amount FROM promise"
        " WHERE state = 'pending' AND due_on BETWEEN %s AND %s"
    )
    callbacks = (
        "SELECT id, debtor_id, due_at::date AS day, due_at FROM callback"
        " WHERE done_at IS NULL AND due_at >= %s AND due_at < %s::date + 1"
    )
    return "".join(_rows(ranked.format(events=e), first, last) for e in (promises, callbacks))


@app.get("/save/<int:person>")
def save(person: int) -> str:
    with _db().transaction():
        call = (
            _db()
            .execute(
                "INSERT INTO call (submit_key, debtor_id, account_id, operator_id, outcome_id, direction,"
                " started_at, ended_at, verified, receipt, note, owed, bills_count)"
                " SELECT %s, a.debtor_id, a.id, (SELECT min(id) FROM ab_user), (SELECT min(id) FROM outcome),"
                " 'outgoing', now(), now(), true, '', '', a.balance, a.bills_count"
                " FROM account a WHERE a.debtor_id = %s LIMIT 1 RETURNING id, account_id",
                (uuid.uuid4(), person),
            )
            .fetchone()
        )
        assert call
        _db().execute(
            "UPDATE promise SET state = 'replaced' WHERE account_id = %s AND state = 'pending'",
            (call[1],),
        )
        _db().execute(
            "INSERT INTO promise (debtor_id, account_id, call_id, amount, due_on, check_on,"
            " threshold_percent, made_on, made_at, made_by_id, state, paid)"
            " VALUES (%s, %s, %s, 1, current_date, current_date, 95, current_date, now(),"
            " (SELECT min(id) FROM ab_user), 'pending', 0)",
            (person, call[1], call[0]),
        )
        _db().execute("UPDATE worklist_item SET not_before = now() WHERE debtor_id = %s", (person,))
    return "ok"
