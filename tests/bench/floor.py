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


@app.get("/list")
def first_page() -> str:
    return _rows("SELECT id, name, identification, level FROM debtor ORDER BY folded, id LIMIT 25")


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
    return _rows(
        "SELECT operator_id, outcome_id, extract(hour FROM started_at), count(*), sum(owed) FROM call"
        " WHERE started_at >= %s AND started_at < %s GROUP BY 1, 2, 3",
        request.args["from"],
        request.args["to"],
    )


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
