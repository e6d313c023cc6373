"""The jobs of the bench: what each asks of ours and of the floor, and its bar."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlencode

import sqlalchemy as sa

from app.core.clock import day_bounds, local_day
from app.core.settings import settings_on
from app.extensions import db
from tests.bench.client import AT_ONCE, Job, Sample, Visitor, at_once, gets, measure, posts, timed
from tests.bench.table import Bar, at, line

PASSWORD = "Clave-segura-1"
#: What falls due in a busy month.
_MOST_DUE = 5000


@dataclass(frozen=True, slots=True)
class Asked:
    """A page: ours as eight jobs at once, the floor's address for the same work, the bar."""

    name: str
    ours: list[Job]
    floor: str
    bar: Bar


def lines(ours: int, floor: int, now: datetime, seconds: float) -> Iterator[str]:
    """A printed line a job, as it is measured; ``ours`` and ``floor`` are ports."""
    eva, ana, carmen = (Visitor(ours).sign_in(w, PASSWORD) for w in ("eva", "ana0", "carmen"))
    bare = Visitor(floor)
    empty_page, nothing = gets(ana, "/work/"), gets(bare, "/empty")
    yield line("E: empty signed-in page", measure(empty_page, seconds), measure(nothing, seconds))
    for asked in [*_pages(eva, ana, now), *_left(eva, carmen)]:
        measure(asked.ours, 1)
        before = measure(empty_page, seconds / 2)
        mine, least = measure(asked.ours, seconds), measure(gets(bare, asked.floor), seconds)
        e = _between(before, measure(empty_page, seconds / 2))
        yield line(asked.name, mine, least, e, asked.bar)
    yield from _calls(ours, bare, seconds, at(measure(empty_page, seconds), 0.5))


def _between(before: list[Sample], after: list[Sample]) -> float:
    """E beside a job: a shared machine is not as quick at one minute as at the next."""
    return (at(before, 0.5) + at(after, 0.5)) / 2


def _pages(eva: Visitor, ana: Visitor, now: datetime) -> list[Asked]:
    person, key, word = _somebody()
    first, middle = _in_order(0), _in_order(0.5)
    before, span = local_day(now, _zone()) - timedelta(days=1), urlencode(_span(now))
    today = "/today?" + urlencode({"from": day_bounds(now.date(), _zone())[0].isoformat()})
    due = urlencode(_due(now))
    return [
        Asked("people, first page", gets(eva, "/debtors/list/"), f"/list?after={first}", Bar(1, 2)),
        Asked(
            "people, a page in the middle",
            gets(eva, f"/debtors/list/?after={middle}"),
            f"/list?after={middle}",
            Bar(1, 2),
        ),
        Asked("search by name", posts(ana, "/work/find", q=word), f"/name?q={word}:*", Bar(1, 2)),
        Asked(
            "search by account", posts(ana, "/work/find", q=key), f"/account?q={key}", Bar(1, 1.5)
        ),
        Asked("person's page", gets(eva, f"/people/{person}"), f"/person/{person}", Bar(1, 3)),
        Asked("Mi día", gets(ana, "/day/"), today, Bar(0, 3)),
        Asked("Tablero", gets(eva, "/board/"), today, Bar(0, 3)),
        Asked(
            "daily report", gets(eva, f"/reports/daily/?day={before}"), f"/report?{span}", Bar(2, 1)
        ),
        Asked(
            "its thirty days",
            gets(eva, f"/reports/daily/series?day={before}"),
            f"/series?{span}",
            Bar(2, 1),
        ),
        Asked(
            f"calendar, {_MOST_DUE} due",
            gets(eva, f"/calendar/feed?view=month&{due}"),
            f"/due?{due}",
            Bar(0, 4),
        ),
    ]


def _left(eva: Visitor, carmen: Visitor) -> list[Asked]:
    """The lists of what left the phone, at 50 000 rows each (`tests.bench.leaving`)."""
    area = db.session.scalar(
        sa.text(
            "SELECT s.area_id FROM staff s JOIN ab_user u ON u.id = s.user_id WHERE u.username = 'carmen'"
        )
    )
    return [
        Asked("complaints", gets(eva, "/complaints/list/"), "/complaints", Bar(1, 2)),
        Asked(
            "an area's complaints",
            gets(carmen, "/complaints/list/"),
            f"/complaints?area={area}",
            Bar(1, 2),
        ),
        Asked("referrals", gets(eva, "/referrals/list/"), "/referrals", Bar(1, 2)),
        Asked("referrals: the desk", gets(eva, "/referrals/"), "/waiting", Bar(1, 2)),
    ]


def _due(now: datetime) -> dict[str, str]:
    """The days from two weeks ago on in which no more than `_MOST_DUE` promises, callbacks and instalments fall due."""
    first = local_day(now, _zone()) - timedelta(days=14)
    last = db.session.scalar(
        sa.text(
            "SELECT max(day) FROM (SELECT day, sum(count(*)) OVER (ORDER BY day) AS so_far FROM"
            " (SELECT due_on AS day FROM promise WHERE state = 'pending' UNION ALL"
            " SELECT (due_at AT TIME ZONE :zone)::date FROM callback WHERE done_at IS NULL UNION ALL"
            " SELECT i.due_on FROM instalment i JOIN agreement g ON g.id = i.agreement_id"
            " WHERE g.state IN ('awaiting', 'active') AND g.paid < i.cumulative) e"
            " WHERE day BETWEEN :first AND :last GROUP BY day) days WHERE so_far <= :most"
        ),
        {
            "zone": _zone(),
            "first": first,
            "last": first + timedelta(days=41),
            "most": _MOST_DUE,
        },
    )
    return {"from": first.isoformat(), "until": (last or first).isoformat()}


def _zone() -> str:
    return settings_on(db.session(), datetime.min.date())["zone"]


def _span(now: datetime) -> dict[str, str]:
    day = local_day(now, _zone()) - timedelta(days=1)
    start, end = day_bounds(day, _zone())
    since, _end = day_bounds(day - timedelta(days=29), _zone())
    given = {"from": start, "to": end, "since": since, "first": day.replace(day=1)}
    return {name: moment.isoformat() for name, moment in given.items()}


def _somebody() -> tuple[int, str, str]:
    """A person with a debt, the number of their account and the first word of their name."""
    return db.session.execute(
        sa.text(
            "SELECT d.id, a.number_key, split_part(d.folded, ' ', 1) FROM debtor d"
            " JOIN account a ON a.debtor_id = d.id WHERE a.closed_on IS NULL AND a.balance > 50"
            " ORDER BY d.id LIMIT 1"
        )
    ).one()


def _in_order(share: float) -> int:
    """The person after whom ``share`` of the people come before, by name."""
    return db.session.scalar(
        sa.text(
            "SELECT id FROM debtor ORDER BY folded, id OFFSET"
            " (SELECT CAST(:share * count(*) AS bigint) FROM debtor) LIMIT 1"
        ),
        {"share": share},
    )


def _people() -> list[int]:
    """A prime number of people with an account, so that eight readers never meet."""
    return list(
        db.session.scalars(
            sa.text(
                "SELECT DISTINCT debtor_id FROM account WHERE closed_on IS NULL ORDER BY 1 LIMIT 997"
            )
        )
    )


def _calls(ours: int, floor: Visitor, seconds: float, empty: float) -> Iterator[str]:
    """Eight operators work: claim, open, dial, check, save with a promise; each step is timed apart."""
    person, _key, _word = _somebody()
    steps: dict[str, list[Sample]] = {
        name: []
        for name in (
            "next person",
            "call screen",
            "dial",
            "call screen, verified",
            "save with a promise",
        )
    }
    visitors = [Visitor(ours).sign_in(f"ana{n}", PASSWORD) for n in range(AT_ONCE)]
    at_once(visitors, seconds * 2, lambda visitor: _one_call(visitor, steps))
    read, saved = gets(floor, f"/person/{person}"), gets(floor, *(f"/save/{n}" for n in _people()))
    bars = {
        "call screen": (read, Bar(1, 3)),
        "call screen, verified": (read, Bar(1, 3)),
        # Each of the eight saves on people of its own, as operators do.
        "save with a promise": (saved, Bar(1, 2)),
    }
    for name, samples in steps.items():
        mine = sorted(samples, key=lambda sample: sample.ms)
        bare, bar = bars.get(name, (None, None))
        yield line(name, mine, measure(bare, seconds) if bare else None, empty, bar)


def _one_call(visitor: Visitor, steps: dict[str, list[Sample]]) -> None:
    def step(name: str, job: Job) -> str:
        sample, answer = timed(job)
        steps[name].append(sample)
        return answer.body

    step("next person", lambda: visitor.post("/work/next"))
    page = step("call screen", lambda: visitor.get("/work/"))
    match = re.search(r'name="key" value="([^"]+)"', page)
    assert match, page[:800]
    point = re.search(r'name="point" value="(\d+)"', page)
    if point:
        step("dial", lambda: visitor.post("/work/dial", key=match[1], point=point[1]))
    visitor.post("/work/identity", key=match[1], account=_account_of(match[1]))
    page = step("call screen, verified", lambda: visitor.get("/work/"))
    amount = re.search(r'name="(amount_\d+)"[^>]*value="([^"]+)"', page)
    day = re.search(r'name="day" value="(\d{4}-[^"]+)"', page)
    assert amount and day, page[:800]
    values = {
        "key": match[1],
        "outcome": "RPC_PTP_PART",
        amount[1]: "1,00",
        "day": day[1],
        "then": "stop",
    }
    if 'name="replace_reason"' in page:
        values["replace_reason"] = "cambia la fecha"
    sample, answer = timed(lambda: visitor.post("/work/save", **values))
    assert answer.status == 302, answer.body[:800]
    steps["save with a promise"].append(sample)


def _account_of(key: str) -> str:
    with _engine().connect() as connection:
        return connection.scalar(
            sa.text(
                "SELECT a.number FROM claim c JOIN account a ON a.debtor_id = c.debtor_id"
                " WHERE c.key = :key LIMIT 1"
            ),
            {"key": key},
        )


@cache
def _engine() -> sa.Engine:
    """For the threads, which have no application context."""
    return sa.create_engine(os.environ["DATABASE_URL"])
