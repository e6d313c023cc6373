"""Every registered framework view stands on our base and shows none of the framework's traps."""

from __future__ import annotations

import threading
from datetime import date
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask, g
from flask_appbuilder import BaseView, ModelView
from flask_appbuilder.babel.views import LocaleView
from flask_appbuilder.models.sqla.filters import FilterRelation
from flask_appbuilder.security.sqla.models import Role
from flask_appbuilder.security.views import AuthDBView, ResetMyPasswordView, ResetPasswordView
from flask_appbuilder.urltools import get_filter_args
from flask_appbuilder.views import UtilView
from sqlalchemy.orm import Session
from wtforms.fields import SelectFieldBase

from app.access.personal import PersonalScreen
from app.calls.outcomes import FIELDS
from app.core.framework import (
    COUNT_CAP,
    MAX_OFFSET,
    PAGE_SIZES,
    CatalogueScreen,
    RecordScreen,
    RoomView,
    SafeInterface,
)
from app.models import AccessLog, Call, Debtor, Holiday, Outcome, Script, TimelineEvent
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio, make_promise
from tests.walking import FreshClient, fresh_client

#: What each catalogue's form is filled with, and what makes a second one collide.
CATALOGUES = {
    "HolidayScreen": {"day": "2031-05-13", "name": "Feriado de prueba", "scope": "local"},
    "NonpaymentReasonScreen": {"label": "Motivo de prueba", "position": "77", "is_active": "y"},
    "ScriptScreen": {"name": "Guion de prueba", "reason": "amount", "opening": "Saludo de prueba"},
    "PaymentMeansScreen": {
        "name": "Medio de prueba",
        "instructions": "Dígale de prueba",
        "posting_delay_days": "3",
        "position": "78",
        "is_active": "y",
    },
    "RoleScreen": {"name": "rol-de-prueba"},
    "UserScreen": {
        "first_name": "Prueba",
        "last_name": "Pérez",
        "username": "prueba",
        "email": "prueba@example.com",
        "active": "y",
        "password": "OTra-clave-segura-99",
        "conf_password": "OTra-clave-segura-99",
    },
}
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


def screens(app: Flask, kind: type = RecordScreen) -> list:
    return [view for view in app.appbuilder.baseviews if isinstance(view, kind)]


@pytest.fixture
def rows(session: Session, people) -> SimpleNamespace:
    """A row in every list."""
    portfolio = make_portfolio(session, date(2026, 11, 23))
    debtor = make_debtor(session, "ÑAUPARI ÁVILA JOSÉ")
    account = make_account(session, debtor, portfolio, "120.50")
    promise = make_promise(session, people.ana, account, date(2026, 12, 1))
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == "NC_NA")).one()
    call = Call(
        submit_key="0a6d9f0e-6b2f-4a0e-9c43-0d6b6e1b9f12",
        debtor_id=debtor.id,
        account_id=account.id,
        operator_id=people.ana.user_id,
        outcome=outcome,
        direction="outgoing",
        started_at=NOW,
        ended_at=NOW,
    )
    session.add_all([call, Holiday(day=date(2031, 1, 1), name="Año nuevo")])
    session.commit()
    return SimpleNamespace(debtor=debtor, account=account, promise=promise, call=call)


@pytest.fixture
def everyone(app: Flask, session: Session, rows) -> FreshClient:
    """Adela with every role: she reaches every screen."""
    session.execute(
        sa.text(
            "INSERT INTO ab_user_role (user_id, role_id) SELECT u.id, r.id FROM ab_user u, ab_role r"
            " WHERE u.username = 'adela' AND NOT EXISTS"
            " (SELECT FROM ab_user_role x WHERE x.user_id = u.id AND x.role_id = r.id)"
        )
    )
    session.commit()
    return fresh_client(app, "adela")


# --- what stands under every view


def test_every_view_stands_on_a_base_of_ours(app: Flask):
    ours = (
        RecordScreen,
        RoomView,
        UtilView,
        LocaleView,
        AuthDBView,
        ResetPasswordView,
        ResetMyPasswordView,
    )
    strangers = [type(v).__name__ for v in app.appbuilder.baseviews if not isinstance(v, ours)]
    assert strangers == []
    for view in app.appbuilder.baseviews:
        if isinstance(view, ModelView):
            assert isinstance(view, RecordScreen) and isinstance(view.datamodel, SafeInterface), (
                view
            )
    assert len(screens(app)) >= 10


@pytest.mark.parametrize("name", ["list_columns", "show_columns", "search_columns", "base_order"])
def test_every_screen_says_itself_what_it_shows(app: Flask, name):
    for view in screens(app):
        assert any(
            name in vars(c) for c in type(view).__mro__ if c.__module__.startswith("app.")
        ), view


def test_no_relation_can_be_searched_and_no_filter_is_the_frameworks(app: Flask):
    for view in screens(app):
        with app.test_request_context():
            offered = view._filters.get_search_filters()
        assert set(offered) == set(view.search_columns)
        for column, filters in offered.items():
            assert not view.datamodel.is_relation(column), (view, column)
            for each in filters:
                assert not isinstance(each, FilterRelation)
                assert type(each).__module__ == "app.core.filters", (view, column, each)


def test_no_form_loads_a_table_into_a_foreign_key_select(app: Flask, session: Session):
    for view in screens(app):
        for kind in ("add", "edit"):
            with app.test_request_context():
                form = getattr(view, f"{kind}_form")()
            if kind not in view.include_route_methods:
                assert list(form._fields) in ([], ["csrf_token"]), (view, kind)
            for name, field in form._fields.items():
                if isinstance(field, SelectFieldBase):
                    assert not view.datamodel.is_relation_many_to_one(name), (view, name)
            for name in form._fields:
                column = name if view.datamodel.is_fk(name) else None
                assert column is None, f"{view}: {name} is a raw foreign key"


def test_catalogues_over_people_have_no_delete_and_records_change_nothing(app: Flask):
    for view in screens(app):
        if not isinstance(view, CatalogueScreen):
            assert set(view.include_route_methods) == {"list", "show"}, view
    assert "delete" not in app.appbuilder.sm.user_view.include_route_methods


def test_screens_over_people_write_the_access_log(app: Flask):
    about_people = {v for v in screens(app) if "debtor" in _columns(v) or v.datamodel.obj is Debtor}
    assert {type(v).__name__ for v in about_people} >= {
        "DebtorScreen",
        "AccountScreen",
        "CallScreen",
        "PromiseScreen",
    }
    assert all(isinstance(v, PersonalScreen) for v in about_people)


def _columns(view: RecordScreen) -> set[str]:
    return {*view.list_columns, *view.show_columns}


def test_a_screen_without_its_columns_or_with_a_relation_in_search_does_not_start():
    class Bare(RecordScreen):
        datamodel = SafeInterface(Script)

    class Related(RecordScreen):
        datamodel = SafeInterface(Call)
        list_columns = show_columns = ["id"]
        search_columns = ["outcome"]
        base_order = ("id", "asc")

    with pytest.raises(TypeError, match="must set"):
        Bare()
    with pytest.raises(TypeError, match="relations"):
        Related()


# --- two requests at once


def test_two_interleaved_requests_do_not_share_their_filters(app: Flask):
    view = next(v for v in screens(app) if type(v).__name__ == "DebtorScreen")
    met, found = threading.Barrier(2, timeout=10), {}

    def ask(name: str) -> None:
        with app.test_request_context(f"/debtors/list/?_flt_0_folded={name}"):
            get_filter_args(view._filters)
            met.wait()
            found[name] = view._filters.values
            met.wait()

    threads = [threading.Thread(target=ask, args=(n,)) for n in ("loor", "vera")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"loor": [["loor"]], "vera": [["vera"]]}


def test_filters_of_one_request_are_gone_in_the_next(app: Flask):
    view = screens(app)[0]
    column = view.search_columns[0]
    with app.test_request_context(f"/?_flt_0_{column}=x"):
        get_filter_args(view._filters)
        assert view._filters.values == [["x"]]
    with app.test_request_context("/"):
        assert view._filters.values == [] and "list_filters" in g


# --- lists


def _lists(app: Flask):
    return [(view, f"{view.route_base}/list/") for view in screens(app)]


def test_every_list_and_every_record_opens(app, session, everyone):
    for view, where in _lists(app):
        assert everyone.get(where).status_code == 200, where
        pk = session.scalar(sa.select(view.datamodel.obj.id).limit(1))
        assert pk is not None, where
        answer = everyone.get(f"{view.route_base}/show/{pk}")
        assert answer.status_code == (302 if type(view).__name__ == "DebtorScreen" else 200), where


def test_every_offered_order_works_both_ways(app, everyone):
    for view, where in _lists(app):
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
    for view, where in _lists(app):
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
        ("/promises/list/", "_flt_0_state=pend", True),
        ("/promises/list/", "_flt_0_state=brok", False),
    ],
)
def test_filters_find_what_they_say(everyone, where, query, found):
    answer = everyone.get(f"{where}?{query}")
    assert answer.status_code == 200
    assert ("ÑAUPARI" in answer.text) is found


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page_{v}=abc", 400),
        ("page_{v}=-1", 400),
        ("page_{v}=999999999", 400),
        ("page_{v}=99999999999999999999999", 400),
        ("psize_{v}=abc", 400),
        ("psize_{v}=999999999", 200),
        ("psize_{v}=0", 200),
        ("psize_{v}=-5", 200),
        ("page_Other=abc", 200),
        ("page_{v}=", 400),
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
    for view, where in _lists(app):
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
    assert str(COUNT_CAP + 500) not in page
    last = MAX_OFFSET // PAGE_SIZES[-1]
    deep = "/debtors/list/?psize_DebtorScreen=100&page_DebtorScreen="
    assert everyone.get(f"{deep}{last}").status_code == 200
    assert everyone.get(f"{deep}{last + 1}").status_code == 400


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
    for many in (1, 30):
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


# --- catalogues


def _filled(session: Session, view: CatalogueScreen) -> dict:
    data = dict(CATALOGUES[type(view).__name__])
    if type(view).__name__ == "UserScreen":
        data["roles"] = str(session.scalar(sa.select(Role.id).where(Role.name == "campo")))
    return data


def _deeds(session: Session) -> list[TimelineEvent]:
    return list(session.scalars(sa.select(TimelineEvent).order_by(TimelineEvent.id)))


def test_every_catalogue_that_adds_is_tried_here(app: Flask):
    adding = {
        type(v).__name__ for v in screens(app, CatalogueScreen) if "add" in v.include_route_methods
    }
    assert adding == set(CATALOGUES)


@pytest.fixture(params=CATALOGUES)
def catalogue(request, app: Flask):
    return next(v for v in screens(app) if type(v).__name__ == request.param)


def _newest(session: Session, view):
    return session.scalars(
        sa.select(view.datamodel.obj).order_by(view.datamodel.obj.id.desc())
    ).first()


def test_adding_editing_and_deleting_each_leave_their_row(
    app, session, everyone, catalogue, people
):
    table = catalogue.datamodel.obj.__tablename__
    base = catalogue.route_base
    data = _filled(session, catalogue)
    assert everyone.post(f"{base}/add", data=data).status_code == 302
    item = _newest(session, catalogue)
    pk, first = item.id, next(iter(data))
    deed = _deeds(session)[-1]
    assert (deed.deed, deed.subject, deed.subject_id) == (f"add_{table}", table, pk)
    assert (deed.agent_id, deed.before) == (people.adela.user_id, None)
    assert deed.after[first] == data[first] and "password" not in deed.after
    changed = data | {first: "2031-05-14" if first == "day" else f"{data[first]} cambiado"}
    assert everyone.post(f"{base}/edit/{pk}", data=changed).status_code == 302
    deed = _deeds(session)[-1]
    assert (deed.deed, deed.before[first], deed.after[first]) == (
        f"edit_{table}",
        data[first],
        changed[first],
    )
    if "delete" in catalogue.include_route_methods:
        assert everyone.post(f"{base}/delete/{pk}").status_code == 302
        deed = _deeds(session)[-1]
        assert (deed.deed, deed.before[first], deed.after) == (
            f"delete_{table}",
            changed[first],
            None,
        )
        assert session.get(catalogue.datamodel.obj, pk) is None


def test_what_was_typed_is_kept_when_it_is_refused_and_nothing_is_written(
    session, everyone, catalogue
):
    data = _filled(session, catalogue)
    assert everyone.post(f"{catalogue.route_base}/add", data=data).status_code == 302
    count = sa.select(sa.func.count()).select_from(catalogue.datamodel.obj)
    rows, deeds = session.scalar(count), len(_deeds(session))
    answer = everyone.post(f"{catalogue.route_base}/add", data=data)
    assert answer.status_code == 200
    _keeps(answer.text, data)
    assert "alert-bad" in answer.text
    assert (session.scalar(count), len(_deeds(session))) == (rows, deeds)


def test_an_edit_into_another_ones_name_is_refused_and_keeps_what_was_typed(
    session, everyone, catalogue
):
    base, data = catalogue.route_base, _filled(session, catalogue)
    assert everyone.post(f"{base}/add", data=data).status_code == 302
    other = {
        "day": "2031-05-20",
        "label": "Otro",
        "name": "Otro",
        "reason": "age",
        "username": "otro",
        "email": "otro@example.com",
        "first_name": "Otro",
    }
    second = data | {
        k: v for k, v in other.items() if k in data and not (k == "name" and "day" in data)
    }
    assert everyone.post(f"{base}/add", data=second).status_code == 302, "a second one"
    pk, deeds = _newest(session, catalogue).id, len(_deeds(session))
    answer = everyone.post(f"{base}/edit/{pk}", data=data)
    assert answer.status_code == 200
    _keeps(answer.text, data)
    assert len(_deeds(session)) == deeds


def _keeps(page: str, data: dict) -> None:
    for name, value in data.items():
        if name not in ("password", "conf_password", "is_active", "active", "roles"):
            assert value in page, name


@pytest.mark.parametrize("value", ["99999999999", "-99999999999", "x", "1.5", ""])
def test_a_number_that_does_not_fit_keeps_what_was_typed(session, everyone, value):
    data = CATALOGUES["PaymentMeansScreen"] | {"position": value}
    answer = everyone.post("/payment-means/add", data=data)
    assert answer.status_code in (200, 302)
    if answer.status_code == 200:
        _keeps(answer.text, {k: v for k, v in data.items() if k != "position"})


def test_a_text_that_is_too_long_keeps_the_rest(session, everyone):
    data = CATALOGUES["PaymentMeansScreen"] | {"name": "L" * 5000}
    answer = everyone.post("/payment-means/add", data=data)
    assert answer.status_code == 200
    assert "Dígale de prueba" in answer.text


def test_a_text_that_no_keyboard_types_is_refused(session, everyone):
    data = CATALOGUES["PaymentMeansScreen"] | {"name": "Nulo \x00 aquí"}
    assert everyone.post("/payment-means/add", data=data).status_code == 400


def test_a_box_may_be_unticked_and_a_text_left_empty(session, everyone):
    data = {
        k: v
        for k, v in CATALOGUES["PaymentMeansScreen"].items()
        if k not in ("is_active", "instructions")
    }
    assert everyone.post("/payment-means/add", data=data).status_code == 302
    row = session.execute(
        sa.text("SELECT is_active, instructions FROM payment_means ORDER BY id DESC")
    ).first()
    assert tuple(row) == (False, "")


def test_the_script_of_all_other_reasons_can_be_edited(session, everyone):
    script = session.scalars(sa.select(Script).where(Script.reason == "")).one()
    data = {
        "name": script.name,
        "reason": "",
        "opening": "Buenos días",
        "verified": "",
        "third_party": "",
    }
    assert everyone.post(f"/scripts/edit/{script.id}", data=data).status_code == 302
    session.refresh(script)
    assert (script.opening, script.verified) == ("Buenos días", "")


def test_a_get_to_delete_deletes_nothing(app, session, everyone):
    for view in screens(app, CatalogueScreen):
        if "delete" not in view.include_route_methods:
            continue
        model = view.datamodel.obj
        pk = session.scalar(sa.select(model.id).limit(1))
        for where in (
            f"{view.route_base}/delete/{pk}",
            f"{view.route_base}/delete/{pk}?_method=POST",
        ):
            everyone.get(where)
            everyone.open(where, method="HEAD")
            assert session.scalar(sa.select(model.id).where(model.id == pk)) == pk, where


def test_what_others_use_is_not_deleted(session, everyone, rows):
    rows.call.nonpayment_reason_id = session.scalar(
        sa.text("SELECT min(id) FROM nonpayment_reason")
    )
    session.commit()
    pk, deeds = rows.call.nonpayment_reason_id, len(_deeds(session))
    everyone.post(f"/nonpayment-reasons/delete/{pk}")
    assert (
        session.scalar(sa.text("SELECT id FROM nonpayment_reason WHERE id = :pk"), {"pk": pk}) == pk
    )
    assert len(_deeds(session)) == deeds


def test_values_in_the_address_or_beside_the_form_change_nothing(session, everyone):
    script = session.scalars(sa.select(Script).where(Script.reason == "callback")).one()
    pk, before = script.id, script.verified
    page = everyone.get(f"/scripts/edit/{pk}?_flt_0_name=x&reason=hacked&verified=hacked&id=1").text
    assert "hacked" not in page.replace("?_flt_0_name=x&amp;reason=hacked", "")
    data = {
        "name": script.name,
        "reason": "callback",
        "opening": "Hola",
        "verified": before,
        "third_party": "",
        "id": "99",
    }
    everyone.post(
        f"/scripts/edit/{pk}?reason=hacked&_flt_0_reason=hacked&verified=hacked", data=data
    )
    after = session.scalars(sa.select(Script).where(Script.id == pk)).one()
    assert (after.reason, after.opening, after.verified) == ("callback", "Hola", before)
    assert session.get(Script, 99) is None


def test_a_record_screen_cannot_be_written_by_any_address(session, everyone, rows):
    for where in ("/debtors", "/accounts", "/calls", "/promises"):
        for verb in (
            "add",
            f"edit/{rows.call.id}",
            f"delete/{rows.call.id}",
            "action_post",
            f"action/x/{rows.call.id}",
        ):
            for method in ("GET", "POST"):
                assert everyone.open(f"{where}/{verb}", method=method).status_code in (404, 405), (
                    where,
                    verb,
                )


# --- outcomes


def _outcome_form(outcome: Outcome, **values) -> dict:
    flags = ("answered", "effective", "retires_number", "final")
    data = {
        "label": outcome.label,
        "label_en": outcome.label_en,
        "weight": outcome.weight,
        "position": outcome.position,
        "asks": "\n".join(outcome.asks),
    }
    return data | {f: "y" for f in flags if getattr(outcome, f)} | values


def _current(session: Session, code: str) -> Outcome:
    return session.scalars(
        sa.select(Outcome).where(Outcome.code == code, Outcome.replaced_at.is_(None))
    ).one()


def test_an_edited_outcome_is_a_new_version_and_calls_keep_theirs(session, everyone, rows):
    old = _current(session, "NC_NA")
    old_id, version, label = old.id, old.version, old.label
    data = _outcome_form(old, label="No responde", weight=33)
    assert everyone.post(f"/outcomes/edit/{old_id}", data=data).status_code == 302
    new = _current(session, "NC_NA")
    assert (new.label, new.weight, new.version) == ("No responde", 33, version + 1)
    assert new.id != old_id
    session.expire_all()
    kept = session.get(Outcome, old_id)
    assert (kept.label, kept.version) == (label, version) and kept.replaced_at is not None
    assert session.get(Call, rows.call.id).outcome_id == old_id
    assert (new.attempt, new.by_system, new.code) == (kept.attempt, kept.by_system, kept.code)
    deed = _deeds(session)[-1]
    assert deed.deed == "edit_outcome"
    assert (deed.before["label"], "No responde" in str(deed.after)) == (label, True)
    listed = everyone.get("/outcomes/list/?psize_OutcomeScreen=100").text
    assert "No responde" in listed and ">No contesta<" not in listed


def test_an_outcome_saved_unchanged_makes_no_version(session, everyone):
    old = _current(session, "RPC_CALLBACK")
    everyone.post(f"/outcomes/edit/{old.id}", data=_outcome_form(old))
    assert _current(session, "RPC_CALLBACK").id == old.id


def test_an_old_version_can_no_longer_be_edited(session, everyone):
    old = _current(session, "NC_NA")
    pk = old.id
    everyone.post(f"/outcomes/edit/{pk}", data=_outcome_form(old, weight=34))
    assert everyone.get(f"/outcomes/edit/{pk}").status_code == 404
    assert everyone.post(f"/outcomes/edit/{pk}", data={"label": "x"}).status_code == 404


def test_an_outcome_that_asks_for_an_unknown_field_is_refused_and_keeps_what_was_typed(
    session, everyone
):
    old = _current(session, "NC_NA")
    answer = everyone.post(
        f"/outcomes/edit/{old.id}", data=_outcome_form(old, label="Otro", asks="promise\nnada")
    )
    assert answer.status_code == 200
    assert 'value="Otro"' in answer.text and "nada" in answer.text and FIELDS[0] in answer.text
    assert _current(session, "NC_NA").id == old.id
    assert _current(session, "NC_NA").label != "Otro"


def test_the_base_knows_every_view_that_the_framework_would_register(app: Flask):
    """No door of the framework is left open beside those that we chose."""
    doors = {type(v).__name__ for v in app.appbuilder.baseviews if isinstance(v, BaseView)}
    assert doors.isdisjoint(
        {
            "SecurityApi",
            "OpenApi",
            "SwaggerView",
            "MenuApi",
            "PermissionModelView",
            "RegisterUserModelView",
        }
    )
    assert not [r for r in app.url_map.iter_rules() if str(r).startswith(("/api", "/swagger"))]
