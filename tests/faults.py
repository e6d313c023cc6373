"""Faults on purpose (`make faults`): real processes and real commits on databases of their own.

Many operators claim at once, every call is submitted twice at once, and an import is killed with -9
at random moments. Each prints one line with its figures; the exit code is not 0 when one failed.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
import uuid
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from flask import Flask

from app.calls.effects import CallResult
from app.calls.identity import check_identity
from app.calls.service import record_call
from app.core.agent import Agent
from app.core.settings import Settings
from app.core.transaction import deed
from app.extensions import db
from app.models import Claim
from app.worklist.service import claim_next, claim_person, find_claim, release_claim
from tests.conftest import NOW
from tests.fault_ground import (
    SETTINGS,
    Outcome,
    application,
    forget,
    in_processes,
    ready_database,
)
from tests.fault_kills import killed_imports

_SUBMITTERS = 6


# --- claims


def many_claims(ready: str, claims: int, processes: int) -> Outcome:
    """Operators claim, save and release at once; a ledger of its own tells who held whom when."""
    each = -(-claims // processes)
    # Whoever was called or given back is put off, so that each claim needs a person of its own.
    people = (each + 20) * processes
    with application(ready, people=people, operators=processes) as app:
        with app.app_context(), deed() as session:
            session.execute(
                sa.text("CREATE TABLE ledger (debtor_id bigint PRIMARY KEY, operator_id int)")
            )
        forget(app)
        begun = time.monotonic()
        answers = in_processes(processes, lambda n: _claimer(app, n, each))
        took = time.monotonic() - begun
        doubles = sum(a[0] for a in answers)
        saved = sum(a[1] for a in answers)
        with app.app_context():
            made = db.session.scalar(sa.text("SELECT count(*) FROM claim"))
            calls = db.session.scalar(sa.text("SELECT count(*) FROM call"))
            left_open = db.session.scalar(
                sa.text("SELECT count(*) FROM claim WHERE closed_at IS NULL")
            )
    good = doubles == 0 and made == each * processes and calls == saved and left_open == 0
    line = (
        f"claims: {made} by {processes} processes in {took:.0f} s, {doubles} doubles;"
        f" {calls} calls saved, {left_open} claims left open"
    )
    return Outcome(line, good)


def _claimer(app: Flask, number: int, count: int) -> tuple[int, int]:
    """``(doubles, saved)`` of one operator's ``count`` claims."""
    agent, doubles, saved = Agent(1000 + number, f"Operador N{number}"), 0, 0
    chance = random.Random(number)
    with app.app_context():
        for _ in range(count):
            with deed() as session:
                claim = claim_next(session, agent, SETTINGS, NOW)
                assert isinstance(claim, Claim), claim
                key, debtor_id = claim.key, claim.debtor_id
            doubles += not _enter(debtor_id, number)
            with deed() as session:
                session.execute(
                    sa.text("DELETE FROM ledger WHERE debtor_id = :d AND operator_id = :o"),
                    {"d": debtor_id, "o": number},
                )
            with deed() as session:
                if chance.random() < 0.5:
                    release_claim(
                        session, agent, Settings({}), NOW, find_claim(session, agent, key)
                    )
                else:
                    saved += record_call(session, agent, SETTINGS, NOW, key, CallResult("NC_NA"))[1]
    return doubles, saved


def _enter(debtor_id: int, number: int) -> bool:
    """Write into the ledger that this operator holds the person; False when another one does."""
    with deed() as session:
        written = session.execute(
            sa.text("INSERT INTO ledger VALUES (:d, :o) ON CONFLICT DO NOTHING"),
            {"d": debtor_id, "o": number},
        )
        return written.rowcount == 1


# --- submits


def doubled_submits(ready: str, submits: int) -> Outcome:
    """Every call is saved twice at the same moment; half of them promise."""
    each = -(-submits // _SUBMITTERS)
    with application(ready, people=each * _SUBMITTERS, operators=_SUBMITTERS) as app:
        begun = time.monotonic()
        odd = sum(in_processes(_SUBMITTERS, lambda n: _submitter(app, n, each)))
        took = time.monotonic() - begun
        with app.app_context():
            counts = db.session.execute(sa.text(_WRITTEN)).one()
    wanted = each * _SUBMITTERS
    promised = _SUBMITTERS * -(-each // 2)
    good = odd == 0 and tuple(counts) == (wanted, wanted, wanted, promised)
    line = (
        f"submits: {wanted} doubled in {took:.0f} s, {counts.calls - wanted} doubled calls"
        f" ({odd} pairs disagreed; {counts.attempts} attempts, {counts.deeds} deeds, {counts.promises} promises)"
    )
    return Outcome(line, good)


_WRITTEN = """
SELECT (SELECT count(*) FROM call) AS calls, (SELECT count(*) FROM contact_attempt) AS attempts,
       (SELECT count(*) FROM timeline_event WHERE deed = 'record_call') AS deeds,
       (SELECT count(*) FROM promise) AS promises
"""


def _submitter(app: Flask, number: int, count: int) -> int:
    """Submits ``count`` calls twice at once; returns how many pairs did not end as one call."""
    agent, odd = Agent(1000 + number, f"Operador N{number}"), 0
    for n in range(count):
        debtor_id = (number - 1) * count + n + 1
        with app.app_context(), deed() as session:
            claim = claim_person(session, agent, SETTINGS, NOW, debtor_id, "outgoing")
            key = claim.key
            if n % 2 == 0:
                check_identity(session, agent, SETTINGS, NOW, claim, account=str(debtor_id))
        odd += not _twice(app, agent, key, _result(debtor_id, promises=n % 2 == 0))
    return odd


def _result(debtor_id: int, *, promises: bool) -> CallResult:
    if not promises:
        return CallResult("NC_NA")
    return CallResult(
        "RPC_PTP_PART", amounts={debtor_id: Decimal(5)}, due_on=NOW.date() + timedelta(days=3)
    )


def _twice(app: Flask, agent: Agent, key: uuid.UUID, result: CallResult) -> bool:
    """Both submits ended with the same call and one of them made it."""
    ends: list[tuple[int, bool]] = []
    together = threading.Barrier(2)

    def submit() -> None:
        with app.app_context():
            together.wait()
            with deed() as session:
                call, is_new = record_call(session, agent, SETTINGS, NOW, key, result)
                ends.append((call.id, is_new))

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (
        len(ends) == 2 and len({call for call, _ in ends}) == 1 and sum(new for _, new in ends) == 1
    )


def main(arguments: list[str]) -> int:
    """Run the three; 0 when every bar was held."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (
        ("claims", 10_000),
        ("processes", 30),
        ("submits", 10_000),
        ("kills", 20),
        ("rows", 20_000),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    sizes = parser.parse_args(arguments)
    held = True
    with ready_database() as ready:
        faults = (
            lambda: many_claims(ready, sizes.claims, sizes.processes),
            lambda: doubled_submits(ready, sizes.submits),
            lambda: killed_imports(ready, sizes.kills, sizes.rows),
        )
        for fault in faults:
            outcome = fault()
            held = held and outcome.passed
            print(f"{'ok  ' if outcome.passed else 'FAIL'} {outcome.line}", flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
