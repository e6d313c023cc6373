"""Every registered list walked page by page, both ways, in every order and under every filter: no row is
lost or doubled, whatever repeats or is missing in the column that orders."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.models import Call, Debtor, NonpaymentReason, Outcome, PaymentMeans
from tests.conftest import NOW
from tests.factories import make_account, make_debtor, make_portfolio, make_promise
from tests.frame.screens import screens

_SIZE = "3"


@pytest.fixture
def crowd(session: Session, rows, people) -> None:
    """Rows that share the values that order them, and rows without any."""
    portfolio = make_portfolio(session, date(2026, 11, 20))
    outcome = session.scalars(sa.select(Outcome).where(Outcome.code == "NC_NA")).one()
    for n in range(11):
        name = ("ÑAUPARI ANA", "NAUPARI ANA", "ÁLAVA LUIS", "ZURITA EVA")[n % 4]
        debtor = make_debtor(session, name, identification="" if n % 3 else f"17{n:08}")
        account = make_account(
            session,
            debtor,
            portfolio,
            ("10.00", "20.00")[n % 2],
            oldest_due_on=None if n % 3 == 0 else date(2026, 1, 1 + n % 2),
            sector="" if n % 2 else "Centro",
            closed_on=portfolio.as_of if n % 5 == 0 else None,
        )
        due_on = date(2026, 12, 1) + timedelta(days=n % 2)
        make_promise(session, people.ana, account, due_on)
        call = Call(
            submit_key=f"0a6d9f0e-6b2f-4a0e-9c43-0d6b6e1b9f{n + 20}",
            debtor_id=debtor.id,
            account_id=account.id,
            operator_id=people.luis.user_id,
            outcome=outcome,
            direction="incoming",
            started_at=NOW,
            ended_at=NOW,
        )
        session.add(call)
    session.commit()


def lists(app: Flask) -> list[Any]:
    return screens(app)


def _walk(view: Any, pairs: list[tuple[str, str]], *, back: bool) -> tuple[list[int], list[Any]]:
    """The ids and cells of all pages, from the first on, or from the last back."""
    size = f"psize_{type(view).__name__}"
    start = [*pairs, (size, _SIZE)] + ([("last", "1")] if back else [])
    ids: list[int] = []
    cells: list[Any] = []
    page = view.page(view.asked(MultiDict(start)))
    for _turn in range(500):
        found = [item.id for item in page.items]
        ids = found + ids if back else ids + found
        cells = page.cells + cells if back else cells + page.cells
        if not (page.has_previous if back else page.has_next):
            return ids, cells
        # A first page reached backwards is shown whole: what of it is known already does not count.
        page = view.page(
            view.asked(MultiDict(page.previous_pairs() if back else page.next_pairs()))
        )
        if back and not page.has_previous:
            new = [i for i in page.items if i.id not in ids]
            return [i.id for i in new] + ids, page.cells[: len(new)] + cells
    raise AssertionError("it never ends")


def _plain(view: Any, pairs: list[tuple[str, str]]) -> list[int]:
    """The same rows ordered by hand: value, then id, without value last."""
    asked = view.asked(MultiDict(pairs))
    order = view.order_of(asked)
    found = [(getattr(i, order.column.key), i.id) for i in view.rows(asked).all()]
    having = sorted((r for r in found if r[0] is not None), reverse=order.descending)
    without = sorted((i for v, i in found if v is None), reverse=order.descending)
    return [i for _v, i in having] + without


def _orders(view: Any) -> list[list[tuple[str, str]]]:
    name = type(view).__name__
    chosen = [
        [(f"_oc_{name}", column), (f"_od_{name}", way)]
        for column in view.order_columns
        for way in ("asc", "desc")
    ]
    return [[], *chosen]


def _narrowings(view: Any, session: Session) -> list[list[tuple[str, str]]]:
    """Nothing, and each filter with a value that some row has."""
    model = view.datamodel.obj
    some = session.scalars(sa.select(model).order_by(model.id.desc()).limit(1)).one()
    found: list[list[tuple[str, str]]] = [[]]
    for column, filters in view.offered.items():
        value = getattr(some, column, 1)
        text = {True: "y", False: "n"}.get(value) if isinstance(value, bool) else str(value)
        text = text[:10] if hasattr(value, "year") else text
        found += [[(f"_flt_{n}_{column}", text)] for n in range(len(filters))]
    if view.search_hint is not None:
        found.append([("q", "naupari")])
    return found


def test_every_list_is_walked_whole_in_every_order_under_every_filter(app, session, crowd):
    tried = 0
    for view in lists(app):
        with app.test_request_context():
            g._login_user = session.scalars(sa.select(User).where(User.username == "eva")).one()
            for narrowing in _narrowings(view, session):
                for order in _orders(view) if not narrowing else [[], _orders(view)[-1]]:
                    pairs = [*narrowing, *order]
                    expected = _plain(view, pairs)
                    assert _walk(view, pairs, back=False)[0] == expected, (view, pairs)
                    assert _walk(view, pairs, back=True)[0] == expected, (view, pairs, "back")
                    tried += 1
    assert tried > 100


def test_a_download_is_the_list_in_its_order_and_columns(app, session, crowd):
    for view in lists(app):
        for order in _orders(view):
            with app.test_request_context():
                g._login_user = session.scalars(sa.select(User).where(User.username == "eva")).one()
                _ids, cells = _walk(view, order, back=False)
                assert list(view.all_cells(view.asked(MultiDict(order)))) == cells, (view, order)
                assert len(view.heads()) == len(view.list_columns)


def test_a_page_after_a_row_that_has_gone_is_the_first(app, session, everyone, crowd):
    some = session.scalars(sa.select(Debtor.id).order_by(Debtor.id.desc())).first()
    first = _rows_of(everyone.get("/debtors/list/").text)
    for args in (f"after={some + 1000}", f"before={some + 1000}", "after=x", "last=2"):
        assert _rows_of(everyone.get(f"/debtors/list/?{args}").text) == first, args


def test_when_all_rows_beyond_have_gone_the_last_page_is_shown(app, session, everyone, crowd):
    last = session.scalars(sa.select(Debtor.id).order_by(Debtor.folded.desc(), Debtor.id.desc()))
    page = everyone.get(f"/debtors/list/?after={last.first()}").text
    assert "ZURITA EVA" in page


def test_the_address_holds_an_id_and_nobodys_data(app, everyone, crowd):
    page = everyone.get("/debtors/list/?psize_DebtorScreen=3").text
    assert "after=" in page and "last=1" in page
    addresses = [part.split('"')[0] for part in page.split('href="')[1:]]
    assert not any("NAUPARI" in a.upper() or "ZURITA" in a.upper() for a in addresses)


def test_what_is_filtered_and_ordered_survives_the_pages(app, everyone, crowd):
    asked = (
        "_flt_0_folded=a&psize_DebtorScreen=3&_oc_DebtorScreen=identification&_od_DebtorScreen=desc"
    )
    page = everyone.get(f"/debtors/list/?{asked}").text
    following = next(p.split('"')[0] for p in page.split('href="')[1:] if "after=" in p)
    for part in asked.split("&"):
        assert part in following.replace("&amp;", "&")


def test_catalogues_have_rows_to_be_walked(session, rows):
    for model in (Outcome, NonpaymentReason, PaymentMeans):
        assert session.scalar(sa.select(sa.func.count()).select_from(model)) > 3


def _rows_of(page: str) -> list[str]:
    return [part.split("</th>")[0] for part in page.split('<th scope="row">')[1:]]
