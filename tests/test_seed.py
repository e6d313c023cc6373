"""The demonstration keeps the rules that it shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import phonenumbers
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from stdnum.ec import ci, ruc

from app.agreements.judging import check_agreements
from app.agreements.models import Agreement
from app.agreements.texts import STATES
from app.core.business_days import calendar
from app.core.clock import local
from app.core.errors import RuleBroken
from app.core.settings import Settings, settings_on
from app.debts.queries import OWED
from app.promises.queries import JUDGED
from app.seed.people import cedula, company_ruc
from app.seed.service import seed_demonstration
from app.seed.users import demo_users, seed_users

UNTIL = date(2026, 11, 24)
#: 10:00 in Guayaquil.
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ACCOUNTS = 300
#: What the demonstration must not leave empty.
TABLES = (
    "debtor",
    "contact_point",
    "account",
    "bill",
    "balance_history",
    "payment",
    "load",
    "call",
    "contact_attempt",
    "identity_check",
    "promise",
    "hold",
    "complaint",
    "complaint_bill",
    "complaint_entry",
    "referral",
    "visit",
    "quality_review",
    "quality_mark",
    "callback",
    "access_log",
    "timeline_event",
    "worklist_item",
)


@pytest.fixture
def seeded(session: Session) -> Session:
    seed_demonstration(session, ACCOUNTS, UNTIL, NOW)
    return session


@pytest.fixture
def settings(session: Session) -> Settings:
    return settings_on(session, UNTIL)


def rows(session: Session, sql: str, **values) -> list:
    return session.execute(sa.text(sql), values).all()


def count(session: Session, sql: str, **values) -> int:
    return session.scalar(sa.text(f"SELECT count(*) FROM {sql}"), values)


def test_no_screen_is_empty(seeded: Session):
    assert [table for table in TABLES if not count(seeded, table)] == []
    assert count(seeded, "account") == ACCOUNTS
    states = {state for (state,) in rows(seeded, "SELECT DISTINCT state FROM promise")}
    assert states >= {"pending", "kept", "partial", "broken"}
    agreed = {state for (state,) in rows(seeded, "SELECT DISTINCT state FROM agreement")}
    assert agreed == set(STATES) and count(seeded, "agreement WHERE late > 0") > 0
    assert count(seeded, "account WHERE closed_on IS NOT NULL") > 0
    assert count(seeded, "account WHERE in_complaint") > 0
    assert count(seeded, "account WHERE agreed_balance > 0") > 0


def test_agreements_are_what_their_payments_make_of_them(seeded: Session):
    assert check_agreements(seeded, UNTIL) == []
    for agreement in seeded.scalars(sa.select(Agreement)):
        assert sum(bill.amount for bill in agreement.bills) == agreement.capital
        assert agreement.instalments[-1].cumulative == agreement.total
    told = rows(seeded, "SELECT DISTINCT deed FROM timeline_event WHERE subject = 'agreement'")
    verbs = ("draft", "request", "approve", "refuse", "cancel", "judge")
    assert {deed for (deed,) in told} == {f"{verb}_agreement" for verb in verbs}
    orphans = "agreement g JOIN hold h ON h.call_id = g.call_id WHERE g.state <> 'draft'"
    assert count(seeded, orphans) == 0


def test_a_database_with_accounts_is_refused_and_left_as_it_was(seeded: Session):
    with pytest.raises(RuleBroken):
        seed_demonstration(seeded, ACCOUNTS, UNTIL, NOW)
    assert count(seeded, "account") == ACCOUNTS


def test_without_operators_there_is_nobody_to_have_called(session: Session):
    session.execute(sa.text("UPDATE ab_user SET active = FALSE"))
    with pytest.raises(RuleBroken):
        seed_demonstration(session, ACCOUNTS, UNTIL, NOW)


def test_nobody_paid_more_than_was_owed(seeded: Session):
    assert count(seeded, f"({OWED}) o WHERE owed < 0 OR balance <= 0") == 0
    assert count(seeded, f"({OWED}) o WHERE paid_since > 0") > 0
    assert count(seeded, "bill WHERE balance < 0") == 0


def test_bills_and_histories_add_up_to_the_balance(seeded: Session):
    assert (
        count(
            seeded,
            "account a WHERE balance <> (SELECT COALESCE(SUM(b.balance), 0) FROM bill b WHERE b.account_id = a.id)",
        )
        == 0
    )
    assert (
        count(
            seeded,
            "account a WHERE balance <> (SELECT h.balance FROM balance_history h WHERE h.account_id = a.id"
            " ORDER BY h.as_of DESC LIMIT 1)",
        )
        == 0
    )


def test_a_load_counts_what_it_left(seeded: Session):
    newest = rows(
        seeded,
        "SELECT l.accounts, l.bills, l.amount, l.new + l.changed + l.unchanged,"
        " (SELECT count(*) FROM account a WHERE a.portfolio_id = p.id AND a.closed_on IS NULL),"
        " (SELECT SUM(a.bills_count) FROM account a WHERE a.portfolio_id = p.id),"
        " (SELECT SUM(a.balance) FROM account a WHERE a.portfolio_id = p.id)"
        " FROM portfolio p JOIN load l ON l.portfolio_id = p.id AND l.as_of = p.as_of AND l.kind = 'portfolio'",
    )
    assert len(newest) == 2
    for accounts, bills, amount, fates, open_accounts, open_bills, balance in newest:
        assert (accounts, bills, amount, fates) == (
            open_accounts,
            open_bills,
            balance,
            open_accounts,
        )


def test_the_second_load_is_the_first_plus_the_new_bills_less_the_payments(seeded: Session):
    [(mismatched,)] = rows(
        seeded,
        "SELECT count(*) FROM account a JOIN portfolio p ON p.id = a.portfolio_id"
        " JOIN load l ON l.portfolio_id = p.id AND l.kind = 'portfolio' AND l.as_of < p.as_of"
        " JOIN balance_history h ON h.account_id = a.id AND h.load_id = l.id"
        " WHERE a.balance <> h.balance"
        "   + (SELECT COALESCE(SUM(b.amount + b.interest), 0) FROM bill b WHERE b.account_id = a.id AND b.due_on > l.as_of)"
        "   - (SELECT COALESCE(SUM(y.amount), 0) FROM payment y WHERE y.account_id = a.id AND y.paid_on <= p.as_of)",
    )
    assert mismatched == 0


def test_every_call_was_lawful(seeded: Session, settings: Settings):
    days = calendar(seeded)
    unlawful = [
        started
        for started, ended in rows(seeded, "SELECT started_at, ended_at FROM call")
        if not days.is_business_day(local(started, settings["zone"]).date())
        or not time(7, 0) <= local(started, settings["zone"]).time()
        or not local(ended, settings["zone"]).time() < time(20, 0)
        or ended > NOW
    ]
    assert unlawful == []


@pytest.mark.parametrize(
    ("rule", "which"), [("attempts_per_day", "TRUE"), ("contacts_per_day", "answered")]
)
def test_caps_a_day_are_kept(seeded: Session, settings: Settings, rule: str, which: str):
    most = seeded.scalar(
        sa.text(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM contact_attempt"
            f" WHERE {which} GROUP BY debtor_id, (at AT TIME ZONE 'America/Guayaquil')::date) d"
        )
    )
    assert 1 <= most <= settings[rule]


def test_an_answer_ends_the_persons_day(seeded: Session):
    assert (
        count(
            seeded,
            "contact_attempt a JOIN contact_attempt b ON b.debtor_id = a.debtor_id AND b.at > a.at"
            " AND (b.at AT TIME ZONE 'America/Guayaquil')::date = (a.at AT TIME ZONE 'America/Guayaquil')::date"
            " WHERE a.answered",
        )
        == 0
    )


def test_an_operator_talks_to_one_person_at_a_time(seeded: Session):
    assert (
        count(
            seeded,
            "(SELECT started_at, lag(ended_at) OVER (PARTITION BY operator_id ORDER BY started_at) AS before FROM call) c"
            " WHERE before > started_at",
        )
        == 0
    )


def test_right_parties_and_only_they_were_verified_by_a_check(seeded: Session):
    assert (
        count(
            seeded, "call c JOIN outcome o ON o.id = c.outcome_id WHERE c.verified <> o.right_party"
        )
        == 0
    )
    assert (
        count(
            seeded,
            "call c WHERE c.verified <> EXISTS (SELECT FROM identity_check k"
            " WHERE k.claim_key = c.submit_key AND k.passed AND k.at BETWEEN c.started_at AND c.ended_at)",
        )
        == 0
    )


def test_an_outgoing_call_is_an_attempt_and_an_incoming_one_is_not(seeded: Session):
    assert count(seeded, "call WHERE direction = 'incoming'") > 0
    assert (
        count(
            seeded,
            "call c WHERE (direction = 'outgoing') <> EXISTS (SELECT FROM contact_attempt t WHERE t.claim_key = c.submit_key)",
        )
        == 0
    )


def test_nobody_was_called_while_a_promise_was_pending(seeded: Session):
    assert (
        count(
            seeded,
            "promise p JOIN call c ON c.debtor_id = p.debtor_id AND c.direction = 'outgoing'"
            " WHERE p.state <> 'replaced' AND (c.started_at AT TIME ZONE 'America/Guayaquil')::date > p.made_on"
            " AND (c.started_at AT TIME ZONE 'America/Guayaquil')::date <= p.check_on",
        )
        == 0
    )


def test_states_of_promises_are_what_the_payments_say(seeded: Session):
    judged = rows(
        seeded,
        f"SELECT state, paid, now_state, now_paid FROM ({JUDGED.format(which='TRUE')}) j",
        day=UNTIL,
    )
    assert judged
    assert [row for row in judged if row[:2] != row[2:]] == []


def test_promises_keep_their_own_rules(seeded: Session, settings: Settings):
    days = calendar(seeded)
    for made, due, check, amount, owed in rows(
        seeded,
        "SELECT p.made_on, p.due_on, p.check_on, p.amount, c.owed FROM promise p JOIN call c ON c.id = p.call_id",
    ):
        assert 0 <= (due - made).days <= settings["promise_max_days"]
        assert check == days.add(due, settings["promise_grace_days"])
        assert Decimal(0) < amount <= owed


def test_every_operator_has_somebody_to_call_back_today(seeded: Session):
    due = dict(
        rows(
            seeded,
            "SELECT operator_id, count(*) FROM callback WHERE done_at IS NULL AND operator_id IS NOT NULL"
            " AND (due_at AT TIME ZONE 'America/Guayaquil')::date = :day GROUP BY operator_id",
            day=UNTIL,
        )
    )
    operators = rows(
        seeded,
        "SELECT u.id FROM ab_user u JOIN ab_user_role r ON r.user_id = u.id"
        " JOIN ab_role n ON n.id = r.role_id WHERE n.name = 'operador'",
    )
    assert set(due) == {operator for (operator,) in operators}


def test_this_morning_was_worked_but_not_everything(seeded: Session):
    today = count(seeded, "call WHERE started_at >= '2026-11-24T05:00Z'")
    assert 0 < today < count(seeded, "worklist_item") / 2


@pytest.mark.parametrize(
    ("until", "now"),
    [
        (UNTIL, datetime(2026, 11, 24, 12, 5, tzinfo=UTC)),
        (date(2026, 11, 22), datetime(2026, 11, 22, 15, 0, tzinfo=UTC)),
    ],
    ids=["before ten past seven", "a Sunday"],
)
def test_nobody_is_called_on_the_last_day_when_it_is_early_or_a_day_of_rest(
    session: Session, until: date, now: datetime
):
    written = seed_demonstration(session, ACCOUNTS, until, now)
    assert written["call"] > 0
    assert (
        count(
            session, "call WHERE started_at >= CAST(:day AS date) + interval '5 hours'", day=until
        )
        == 0
    )
    assert count(session, "load WHERE applied_at > :now", now=now) == 0
    assert count(session, "payment WHERE recorded_at > :now", now=now) == 0


_STORY = """
SELECT d.person_key, d.name, a.number, a.balance, c.submit_key, c.started_at, c.note, o.code, p.amount,
       p.due_on, p.state
  FROM debtor d JOIN account a ON a.debtor_id = d.id
  LEFT JOIN call c ON c.account_id = a.id LEFT JOIN outcome o ON o.id = c.outcome_id
  LEFT JOIN promise p ON p.call_id = c.id
 ORDER BY d.person_key, a.number, c.started_at, p.due_on
"""


def test_the_same_size_and_day_tell_the_same_story(session: Session):
    def told(accounts: int) -> list:
        with session.begin_nested() as savepoint:
            seed_demonstration(session, accounts, UNTIL, NOW)
            story = rows(session, _STORY)
            savepoint.rollback()
        return story

    first = told(60)
    assert first == told(60)
    assert first != told(61)[: len(first)]


def test_more_calls_an_account_when_asked(session: Session):
    written = seed_demonstration(session, ACCOUNTS, UNTIL, NOW, calls_per_account=4)
    assert ACCOUNTS * 4 * 0.9 < written["call"] < ACCOUNTS * 4 * 1.1


def test_ids_go_on_after_the_last_one_written(seeded: Session):
    for table in ("debtor", "contact_point", "account", "call", "promise"):
        [(next_id, last)] = rows(
            seeded, f"SELECT nextval('{table}_id_seq'), (SELECT max(id) FROM {table})"
        )
        assert next_id > last


def test_identifications_and_telephones_are_real_in_form(seeded: Session):
    for kind, number in rows(
        seeded, "SELECT identification_kind, identification FROM debtor WHERE identification <> ''"
    ):
        assert (ci if kind == "cedula" else ruc).is_valid(number), (kind, number)
    assert count(seeded, "debtor WHERE identification = '' AND person_key LIKE 'CTA:%'") > 0
    for (number,) in rows(seeded, "SELECT value FROM contact_point WHERE kind = 'phone'"):
        assert phonenumbers.is_valid_number(phonenumbers.parse(number)), number


def test_check_digits():
    assert ci.is_valid(cedula(13, 1_234_567))
    assert all(ruc.is_valid(company_ruc(13, serial)) for serial in range(40))


def test_demonstration_users_are_created_once_and_may_sign_in(app, session: Session):
    manager = app.appbuilder.sm
    created = [user.username for user in seed_users(manager)]
    assert created == ["carmen"]  # the suite has the others
    assert seed_users(manager) == []
    carmen = next(user for user in demo_users() if user.username == "carmen")
    assert manager.auth_user_db(carmen.username, carmen.password) is not None
    assert {user.role for user in demo_users()} == {
        "operador",
        "especialista",
        "campo",
        "area",
        "administrador",
        "auditor",
    }
