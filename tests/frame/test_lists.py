"""Every list: its orders, its filters, its pages, and nonsense in its address."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.lists import COUNT_CAP, PAGE_SIZES
from app.models import AccessLog
from tests.factories import make_account, make_debtor, make_portfolio, make_promise
from tests.frame.screens import screens

NONSENSE = (
    "",
    " ",
    "abc",
    "%",
    "_",
    "\\",
    "'",
    "\x00",
    "-1",
    "0",
    "1",
    "1.5",
    "1,5",
    "1.234,50",
    "1e400",
    "1e9",
    "NaN",
    "Infinity",
    "-Infinity",
    "99999999999999999999999999999999",
    "2147483648",
    "9" * 400,
    "y",
    "n",
    "True",
    "None",
    "2026-11-24",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "24/11/2026",
    "2026-11-24T10:00",
    "áñ' OR 1=1 --",
    "<script>alert(1)</script>",
)


# --- lists


def lists(app: Flask):
    return [(view, f"{view.route_base}/list/") for view in screens(app)]


def test_every_list_and_every_record_opens(app, session, everyone):
    for view, where in lists(app):
        assert everyone.get(where).status_code == 200, where
        pk = session.scalar(sa.select(view.datamodel.obj.id).limit(1))
        assert pk is not None, where
        answer = everyone.get(f"{view.route_base}/show/{pk}")
        assert answer.status_code == (302 if type(view).__name__ == "DebtorScreen" else 200), where


def test_every_offered_order_works_both_ways(app, everyone):
    for view, where in lists(app):
        name = type(view).__name__
        assert view.order_columns, name
        for column in view.order_columns:
            for way in ("asc", "desc"):
                answer = everyone.get(f"{where}?_oc_{name}={column}&_od_{name}={way}")
                assert answer.status_code == 200, (where, column, way)


def test_names_are_ordered_without_their_accents(app, session, everyone):
    portfolio = make_portfolio(session, date(2026, 11, 23))
    for name in ("ZURITA ANA", "ÁLAVA ANA", "NARVÁEZ ANA", "OÑATE ANA"):
        make_account(session, make_debtor(session, name), portfolio)
    session.commit()
    page = everyone.get("/debtors/list/?_oc_DebtorScreen=name&_od_DebtorScreen=asc").text
    places = [page.index(n) for n in ("ÁLAVA", "NARVÁEZ", "ÑAUPARI", "OÑATE", "ZURITA")]
    assert places == sorted(places)


@pytest.mark.parametrize("value", NONSENSE)
def test_no_filter_of_any_column_fails_whatever_it_is_given(app, everyone, value):
    for view, where in lists(app):
        with app.test_request_context():
            offered = view._filters.get_search_filters()
        for column, filters in offered.items():
            query = {f"_flt_{n}_{column}": value for n in range(len(filters))}
            answer = everyone.get(where, query_string=query)
            assert answer.status_code in (200, 400), (where, query, answer.status_code)
            assert "<script>alert(1)" not in answer.text


@pytest.mark.parametrize(
    ("where", "query", "found"),
    [
        ("/debtors/list/", "_flt_0_folded=NAUPARI", True),
        ("/debtors/list/", "_flt_0_folded=ávila", True),
        ("/debtors/list/", "_flt_0_folded=%25", False),
        ("/debtors/list/", "_flt_0_is_senior=n", True),
        ("/debtors/list/", "_flt_0_is_senior=y", False),
        ("/debtors/list/", "_flt_0_is_senior=", True),
        ("/debtors/list/", "_flt_0_level=0", True),
        ("/debtors/list/", "_flt_1_level=1", False),
        ("/debtors/list/", "_flt_0_owed=120,50", True),
        ("/debtors/list/", "_flt_0_owed=120,51", False),
        ("/debtors/list/", "_flt_1_owed=120,50", True),
        ("/debtors/list/", "_flt_1_owed=120,49", False),
        ("/debtors/list/", "_flt_0_bills=1&_flt_1_bills=1", True),
        ("/debtors/list/", "_flt_0_bills=2", False),
        ("/debtors/list/", "_flt_0_days=40&_flt_1_days=50", True),
        ("/debtors/list/", "_flt_0_days=60", False),
        ("/debtors/list/", "_flt_0_last_outcome=NC_NA", True),
        ("/debtors/list/", "_flt_0_last_outcome=RPC_REFUSE", False),
        ("/debtors/list/", "_flt_0_last_outcome=RPC_REFUSE&_flt_0_last_outcome=NC_NA", True),
        ("/debtors/list/", "_flt_0_promise=pending", True),
        ("/debtors/list/", "_flt_0_promise=broken", False),
        ("/debtors/list/", "_flt_0_promise=none", False),
        ("/debtors/list/", "_flt_0_phone=y", True),
        ("/debtors/list/", "_flt_0_phone=n", False),
        ("/debtors/list/", "_flt_0_portfolio=999999", False),
        ("/debtors/list/", "_flt_0_sector=nada", False),
        ("/accounts/list/", "_flt_0_balance=120,50", True),
        ("/accounts/list/", "_flt_0_balance=120.50", True),
        ("/accounts/list/", "_flt_0_balance=120.51", False),
        ("/accounts/list/", "_flt_1_balance=120,50", True),
        ("/accounts/list/", "_flt_2_balance=120,49", False),
        ("/accounts/list/", "_flt_0_oldest_due_on=2026-10-09", True),
        ("/accounts/list/", "_flt_0_oldest_due_on=2026-10-10", False),
        ("/accounts/list/", "_flt_1_oldest_due_on=2026-10-08", False),
        ("/calls/list/", "_flt_0_started_at=2026-11-24", True),
        ("/calls/list/", "_flt_1_started_at=2026-11-24", True),
        ("/calls/list/", "_flt_1_started_at=2026-11-23", False),
        ("/promises/list/", "_flt_0_amount=50", True),
        ("/promises/list/", "_flt_0_state=pending", True),
        ("/promises/list/", "_flt_0_state=pending&_flt_0_state=kept", True),
        ("/promises/list/", "_flt_0_state=broken", False),
    ],
)
def test_filters_find_what_they_say(everyone, where, query, found):
    answer = everyone.get(f"{where}?{query}")
    assert answer.status_code == 200
    assert ("ÑAUPARI" in answer.text) is found


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page_{v}=abc", 200),
        ("psize_{v}=abc", 200),
        ("after=abc", 200),
        ("after=-1", 200),
        ("after=999999999", 200),
        ("after=99999999999999999999999", 200),
        ("after=", 200),
        ("before=abc", 200),
        ("before=9223372036854775807", 200),
        ("before=9223372036854775808", 200),
        ("after=1&before=1&last=1", 200),
        ("last=yes", 200),
        ("view=abc", 200),
        ("view=999999999", 200),
        ("q=%00", None),
        ("q=%25", 200),
        ("q='", 200),
        ("psize_{v}=999999999", 200),
        ("psize_{v}=0", 200),
        ("psize_{v}=-5", 200),
        ("_oc_{v}=nothing&_od_{v}=asc", 200),
        ("_oc_{v}=password&_od_{v}=asc", 200),
        ("_oc_{v}=id&_od_{v}=sideways", 200),
        ("_oc_{v}=&_od_{v}=", 200),
        ("_oc_Other=x&_od_Other=asc", 200),
        ("_flt_9_id=1", None),
        ("_flt_0_nothing=1", 200),
        ("_flt_0_password=a", 200),
        ("_flt_x_id=1", 200),
        ("_flt_0_=1", 200),
        ("_flt_0_roles=1", 200),
        ("_flt_0_debtor=1", 200),
        ("_flt_9_{c}=1", 400),
        ("group_by=x&edit_x=1", 200),
    ],
)
def test_bad_arguments_are_ignored_or_answered_in_one_sentence(app, everyone, query, status):
    for view, where in lists(app):
        asked = query.format(v=type(view).__name__, c=view.search_columns[0])
        answer = everyone.get(f"{where}?{asked}")
        assert answer.status_code in (status or 200, status or 400), (where, asked)
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "pk", ["0", "-1", "abc", "999999999", "99999999999999999999999", "1e3", "%00", "1;DROP"]
)
@pytest.mark.parametrize("what", ["show", "edit"])
def test_no_such_record_is_not_found(app, everyone, what, pk):
    for view in screens(app):
        if what in view.include_route_methods:
            answer = everyone.get(f"{view.route_base}/{what}/{pk}")
            assert answer.status_code in (400, 404), (view, pk)


def test_a_page_has_at_most_a_hundred_rows_and_counting_stops(app, session, everyone):
    session.execute(
        sa.text(
            "INSERT INTO debtor (person_key, name, identification, identification_kind, identification_raw)"
            " SELECT 'T:' || n, 'MUCHOS ' || n, '', 'none', '' FROM generate_series(1, :many) n"
        ),
        {"many": COUNT_CAP + 500},
    )
    session.commit()
    page = everyone.get("/debtors/list/?psize_DebtorScreen=100000&_flt_0_folded=muchos").text
    assert page.count("<strong>MUCHOS") + page.count(">MUCHOS ") == PAGE_SIZES[-1]
    assert f"{COUNT_CAP:,}".replace(",", ".") in page and f"of {COUNT_CAP + 500}" not in page


def test_a_list_of_people_leaves_a_row_in_the_access_log(session, everyone, rows):
    everyone.get("/accounts/list/?_flt_0_number_key=" + rows.account.number_key)
    everyone.get(f"/accounts/show/{rows.account.id}")
    logged = session.execute(
        sa.select(AccessLog.kind, AccessLog.what, AccessLog.rows, AccessLog.debtor_id).order_by(
            AccessLog.id
        )
    ).all()
    assert [tuple(r) for r in logged] == [
        ("search", "accounts", 1, None),
        ("view", "accounts", 1, rows.debtor.id),
    ]


def test_queries_of_a_list_do_not_grow_with_its_rows(app, session, everyone, rows, people):
    portfolio = make_portfolio(session, date(2026, 11, 23))
    counted = {}
    for many in (30, 60):
        for _n in range(many):
            account = make_account(session, make_debtor(session), portfolio)
            make_promise(session, people.ana, account, date(2026, 12, 1))
        session.commit()
        for where in ("/debtors/list/", "/accounts/list/", "/promises/list/"):
            session.expire_all()
            counted.setdefault(where, []).append(_queries(session, lambda w=where: everyone.get(w)))
    assert {where: few for where, (few, many) in counted.items() if many > few} == {}


def _queries(session: Session, act) -> int:
    seen = []
    connection = session.connection()

    def count(_conn, _cursor, statement, *_rest):
        seen.append(statement)

    sa.event.listen(connection, "before_cursor_execute", count)
    act()
    sa.event.remove(connection, "before_cursor_execute", count)
    return len(seen)
