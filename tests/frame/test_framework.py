"""Every registered framework view stands on our base and shows none of the framework's traps."""

from __future__ import annotations

import threading

import pytest
from flask import Flask, g
from flask_appbuilder import BaseView, ModelView
from flask_appbuilder.babel.views import LocaleView
from flask_appbuilder.models.sqla.filters import FilterRelation
from flask_appbuilder.security.views import AuthDBView, ResetMyPasswordView, ResetPasswordView
from flask_appbuilder.urltools import get_filter_args
from flask_appbuilder.views import UtilView
from sqlalchemy.orm import Session
from wtforms.fields import SelectFieldBase

from app.access.personal import PersonalScreen
from app.core.filters import TypedFilter
from app.core.framework import (
    CatalogueScreen,
    RecordScreen,
    RoomView,
    SafeInterface,
)
from app.models import Call, Debtor, Script
from tests.frame.screens import screens

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
        assert set(offered) == {*view.search_columns, *view.facets}
        for column, filters in offered.items():
            assert column in view.facets or not view.datamodel.is_relation(column), (view, column)
            for each in filters:
                assert not isinstance(each, FilterRelation)
                assert isinstance(each, TypedFilter), (view, column, each)


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
            ours = getattr(view, f"{kind}_form_extra_fields") or {}
            for name in form._fields:
                column = name if view.datamodel.is_fk(name) and name not in ours else None
                assert column is None, f"{view}: {name} is a raw foreign key"


def test_catalogues_over_people_have_no_delete_and_records_change_nothing(app: Flask):
    for view in screens(app):
        if not isinstance(view, CatalogueScreen):
            changed = set(view.include_route_methods) - {"list", "show", "download"}
            assert changed == {"save_view", "delete_view"}, view
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
