"""People who may be one, side by side: joined, told apart, or taken back; each view is logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose, permission_name
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.access.log import log_access
from app.calls.merging import merge_people, take_merge_back
from app.calls.sheet import Statement, point_results, statement_of
from app.core import clock, web
from app.core.errors import RuleBroken
from app.core.framework import RoomView
from app.core.jobs import enqueue
from app.core.reasons import LONGEST_REASON
from app.core.transaction import deed
from app.debtors.models import Debtor, PersonMerge
from app.debtors.reasons import reason_label
from app.debtors.repeated import (
    COUNT_CAP,
    WHY,
    count_pairs,
    find_pair,
    last_search,
    list_pairs,
    offer_again,
    tell_apart,
)
from app.models import Call

_PAGE = 25


class RepeatedView(RoomView):
    """The list of pairs, and one pair side by side."""

    route_base = "/repeated"
    default_view = "pairs"

    @expose("/")
    @has_access
    @permission_name("read")
    def pairs(self) -> Any:
        """Pairs to judge (or, ``show=different``, told apart), by name, a page at a time."""
        different = request.args.get("show") == "different"
        session = web.session()
        found = list_pairs(session, different=different, after=_after(), limit=_PAGE + 1)
        more, shown = len(found) > _PAGE, found[:_PAGE]
        _log("search", "repeated people", rows=2 * len(shown))
        session = web.session()
        last = shown[-1].pair if more else None
        return render_template(
            "calls/repeated.html",
            title=_("Repeated people"),
            pairs=shown,
            why=WHY,
            different=different,
            counted=count_pairs(session, different=different),
            most=COUNT_CAP,
            looked_at=last_search(session),
            may_join=self._may_join(),
            next=last and f"{last.first_id}-{last.second_id}",
        )

    @expose("/joined")
    @has_access
    @permission_name("read")
    def joined(self) -> Any:
        """Who was joined to whom, the newest first, a page at a time."""
        query = (
            select(PersonMerge)
            .where(PersonMerge.taken_back_at.is_(None))
            .options(
                joinedload(PersonMerge.kept),
                joinedload(PersonMerge.merged),
                joinedload(PersonMerge.merged_by),
            )
            .order_by(PersonMerge.id.desc())
        )
        before = request.args.get("before", type=int)
        if before is not None:
            query = query.where(PersonMerge.id < before)
        found = web.session().scalars(query.limit(_PAGE + 1)).all()
        shown = found[:_PAGE]
        _log("search", "joined people", rows=2 * len(shown))
        return render_template(
            "calls/joined.html",
            title=_("Joined people"),
            merges=shown,
            may_join=self._may_join(),
            next=shown[-1].id if len(found) > _PAGE else None,
        )

    @expose("/look", methods=["POST"])
    @has_access
    @permission_name("join")
    def look(self) -> Any:
        """Look through everybody now; the worker does it."""
        with deed() as session:
            enqueue(session, "find_repeated", lock="find_repeated")
        flash(
            _("The worker is looking through everybody: open this page again in a moment."), "info"
        )
        return redirect(url_for("RepeatedView.pairs"))

    @expose("/<int:one>/<int:other>")
    @has_access
    @permission_name("read")
    def compare(self, one: int, other: int) -> Any:
        """The two people side by side."""
        return self._compare(one, other)

    @expose("/<int:one>/<int:other>/join", methods=["POST"])
    @has_access
    @permission_name("join")
    def join(self, one: int, other: int) -> Any:
        """They are one: ``keep`` says which record stays."""
        keep = request.form.get("keep", type=int)
        if keep not in (one, other):
            abort(400)
        gone = other if keep == one else one
        try:
            with deed() as session:
                reason = request.form.get("reason", "")[: 4 * LONGEST_REASON]
                now = clock.utcnow()
                merge_people(session, web.agent(), web.settings(), now, keep, gone, reason)
        except RuleBroken as refused:
            return self._compare(one, other, refused), 422
        flash(_("Joined: from now on they are one person."), "success")
        return redirect(url_for("PersonView.person", debtor_id=keep))

    @expose("/<int:one>/<int:other>/different", methods=["POST"])
    @has_access
    @permission_name("join")
    def different(self, one: int, other: int) -> Any:
        """They are two: the pair is not offered again."""

        def act(session: Session) -> str:
            tell_apart(session, web.agent(), clock.utcnow(), one, other)
            return _("Told apart: this pair is not offered again.")

        return _judged(act, url_for("RepeatedView.pairs"))

    @expose("/<int:one>/<int:other>/again", methods=["POST"])
    @has_access
    @permission_name("join")
    def again(self, one: int, other: int) -> Any:
        """They may be one after all."""

        def act(session: Session) -> str:
            offer_again(session, web.agent(), clock.utcnow(), one, other)
            return _("This pair is offered again.")

        return _judged(act, url_for("RepeatedView.pairs", show="different"))

    @expose("/joined/<int:merge_id>/back", methods=["POST"])
    @has_access
    @permission_name("join")
    def take_back(self, merge_id: int) -> Any:
        """They were two people after all."""

        def act(session: Session) -> str:
            take_merge_back(session, web.agent(), web.settings(), clock.utcnow(), merge_id)
            return _("Taken back: they are two people again.")

        return _judged(act, url_for("RepeatedView.joined"))

    def _compare(self, one: int, other: int, refused: RuleBroken | None = None) -> Any:
        session = web.session()
        people = [session.get(Debtor, key) or abort(404) for key in (one, other)]
        if one == other:
            abort(404)
        for person in people:
            if person.merged_into_id is not None:
                return redirect(url_for("PersonView.person", debtor_id=person.merged_into_id))
        for key in (one, other):
            _log("view", "repeated people", debtor_id=key)
        return render_template(
            "calls/compare.html",
            title=_("One person or two?"),
            sides=[_side(web.session(), key) for key in (one, other)],
            pair=find_pair(web.session(), one, other),
            why=WHY,
            keep=request.form.get("keep", type=int) or _better(people).id,
            reason=request.form.get("reason", ""),
            most=LONGEST_REASON,
            reason_label=reason_label,
            refused=refused,
            may_join=self._may_join(),
        )

    def _may_join(self) -> bool:
        return self.appbuilder.sm.has_access("can_join", "RepeatedView")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the person, what is owed, the contacts, how many calls."""

    person: Debtor
    statement: Statement
    results: dict
    calls: int


def _side(session: Session, debtor_id: int) -> Side:
    settings = web.settings()
    calls = select(func.count()).select_from(Call).where(Call.debtor_id == debtor_id)
    person = session.get_one(Debtor, debtor_id)
    return Side(
        person,
        statement_of(session, settings, clock.utcnow(), person),
        point_results(session, settings, debtor_id),
        session.scalar(calls) or 0,
    )


_SURE = {"cedula": 0, "ruc_company": 1, "ruc_natural": 2, "passport": 3}


def _better(people: list[Debtor]) -> Debtor:
    """The record with the surer identification, the older of equals."""
    return min(people, key=lambda p: (_SURE.get(p.identification_kind, 9), p.id))


def _judged(act: Callable[[Session], str], back: str) -> Any:
    try:
        with deed() as session:
            said = act(session)
        flash(said, "success")
    except RuleBroken as refused:
        flash(str(refused), "danger")
    return redirect(back)


def _after() -> tuple[int, int] | None:
    """``after=12-345``: the pair of keys after which the page begins."""
    first, dash, second = request.args.get("after", "").partition("-")
    digits = first + second
    if not (dash and digits.isascii() and digits.isdigit() and len(digits) < 37):
        return None
    return (int(first), int(second)) if first and second else None


def _log(kind: str, what: str, *, debtor_id: int | None = None, rows: int | None = None) -> None:
    with deed() as session:
        log_access(session, web.agent(), clock.utcnow(), kind, what, debtor_id=debtor_id, rows=rows)
