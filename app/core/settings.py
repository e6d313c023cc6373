"""The settings' values: which hold on a day, how one is changed, and what one is taken back.

A rule reads its setting here and nowhere else; what there is to set is in `app.core.setting_list`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload

from app.core.agent import Agent
from app.core.clock import local_day
from app.core.errors import RuleBroken
from app.core.models import SettingValue
from app.core.setting import Setting
from app.core.setting_list import SETTINGS
from app.core.timeline import note_deed

#: As many as one form may bring.
MOST_FILES = 5


class Settings(Mapping[str, Any]):
    """The values that hold on a day; ``settings["zone"]`` is typed as its setting says."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name: s.default for name, s in SETTINGS.items()} | dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self):
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def max_file_bytes(settings: Mapping[str, Any]) -> int:
    """The largest file that may be loaded."""
    return settings["max_file_mb"] * 1024 * 1024


def max_attached_bytes(settings: Mapping[str, Any]) -> int:
    """The largest form with files that are attached to something."""
    return MOST_FILES * max(settings["photo_max_mb"], settings["attachment_max_mb"]) * 1024 * 1024


def settings_on(session: Session, day: date) -> Settings:
    """Every setting as it holds on ``day``: the newest value whose date has come, else the default."""
    rows = session.execute(
        select(SettingValue.name, SettingValue.value)
        .distinct(SettingValue.name)
        .where(SettingValue.holds_from <= day, SettingValue.cancelled_at.is_(None))
        .order_by(SettingValue.name, SettingValue.holds_from.desc(), SettingValue.id.desc())
    )
    return Settings({n: SETTINGS[n].stored(v) for n, v in rows if n in SETTINGS})


@dataclass(frozen=True, slots=True)
class SettingState:
    """A setting on a day: its value then, the row that gives it (None: the default), and the rows
    whose day has not come, soonest first."""

    setting: Setting
    value: Any
    row: SettingValue | None
    coming: list[SettingValue]


def setting_states(session: Session, today: date) -> dict[str, SettingState]:
    """Every setting as it stands ``today``, by name."""
    rows = session.scalars(
        select(SettingValue)
        .where(SettingValue.cancelled_at.is_(None))
        .options(joinedload(SettingValue.set_by))
        .order_by(SettingValue.holds_from, SettingValue.id)
    ).all()
    values = settings_on(session, today)
    found = {}
    for name, setting in SETTINGS.items():
        mine = [row for row in rows if row.name == name]
        now = [row for row in mine if row.holds_from <= today]
        coming = [row for row in mine if row.holds_from > today]
        found[name] = SettingState(setting, values[name], now[-1] if now else None, coming)
    return found


def setting_history(session: Session, name: str) -> list[SettingValue]:
    """Every value that the setting was ever given, those taken back too, newest first."""
    return list(
        session.scalars(
            select(SettingValue)
            .where(SettingValue.name == name)
            .options(joinedload(SettingValue.set_by), joinedload(SettingValue.cancelled_by))
            .order_by(SettingValue.id.desc())
        )
    )


def history_mark(session: Session, name: str) -> str:
    """Changes with every deed on the setting: whoever was shown another one has missed something."""
    newest, cancelled = session.execute(
        select(func.max(SettingValue.id), func.count(SettingValue.cancelled_at)).where(
            SettingValue.name == name
        )
    ).one()
    return f"{newest or 0}-{cancelled}"


def change_setting(
    session: Session,
    agent: Agent,
    now: datetime,
    name: str,
    typed: str,
    holds_from: date,
    *,
    reason: str = "",
    seen: str | None = None,
) -> None:
    """Let ``name`` be what was ``typed`` from ``holds_from`` on.

    Refuses an unknown name, a value out of range or against another setting, a day before that of
    the value in force (before today where past days are told by it), and, given the ``seen``
    `history_mark`, a change that the person had not been shown.
    """
    setting = _known(name)
    value = setting.parse(typed)
    _one_at_a_time(session)
    _check_seen(session, name, seen)
    _check_from(session, now, setting, holds_from)
    before = settings_on(session, holds_from)[name]
    row = SettingValue(
        name=name,
        value=setting.write(value),
        holds_from=holds_from,
        set_at=now,
        set_by_id=agent.user_id,
        reason=reason.strip(),
    )
    session.add(row)
    session.flush()
    _check_together(session, holds_from)
    _note(session, agent, now, "change_setting", row, before)


def cancel_setting(session: Session, agent: Agent, now: datetime, name: str, value_id: int) -> None:
    """Take a value back before its day comes; its row stays. Refused from that day on."""
    _known(name)
    _one_at_a_time(session)
    row = session.scalar(
        select(SettingValue)
        .where(SettingValue.id == value_id, SettingValue.name == name)
        .execution_options(populate_existing=True)
    )
    if row is None or row.cancelled_at is not None:
        raise RuleBroken(_l("This value had already been taken back."))
    if row.holds_from <= _today(session, now):
        raise RuleBroken(_l("This value holds already: set another one instead."))
    row.cancelled_at, row.cancelled_by_id = now, agent.user_id
    session.flush()
    _check_together(session, row.holds_from)
    _note(session, agent, now, "cancel_setting", row, row.value)


def _known(name: str) -> Setting:
    if name not in SETTINGS:
        raise RuleBroken(_l("There is no setting called %(name)s.", name=name))
    return SETTINGS[name]


def _one_at_a_time(session: Session) -> None:
    """One change of any setting at a time: some are checked together."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('settings'))"))


def _today(session: Session, now: datetime) -> date:
    return local_day(now, settings_on(session, now.date())["zone"])


def _check_seen(session: Session, name: str, seen: str | None) -> None:
    if seen is None or seen == history_mark(session, name):
        return
    known = setting_history(session, name)
    if not known:
        return
    newest = max(known, key=lambda row: max(row.set_at, row.cancelled_at or row.set_at))
    who = newest.cancelled_by if newest.cancelled_at else newest.set_by
    what = (
        _l("took back the value %(value)s", value=_shown(newest))
        if newest.cancelled_at
        else _l("set %(value)s", value=_shown(newest))
    )
    raise RuleBroken(
        _l(
            "Meanwhile %(who)s %(what)s, from %(day)s on. Look at it, and save again if yours still holds.",
            who=who or _l("the system"),
            what=what,
            day=f"{newest.holds_from:%d/%m/%Y}",
        )
    )


def _shown(row: SettingValue) -> str:
    return SETTINGS[row.name].brief(SETTINGS[row.name].stored(row.value))


def _check_from(session: Session, now: datetime, setting: Setting, holds_from: date) -> None:
    today = _today(session, now)
    if setting.dated and holds_from < today:
        raise RuleBroken(
            _l(
                "Reports and checks of past days are told by this setting: it can only change from today, %(day)s, on.",
                day=f"{today:%d/%m/%Y}",
            ),
            "holds_from",
        )
    state = setting_states(session, today)[setting.name]
    if state.row is not None and holds_from < state.row.holds_from:
        raise RuleBroken(
            _l(
                "Another value holds since %(day)s: choose that day or a later one.",
                day=f"{state.row.holds_from:%d/%m/%Y}",
            ),
            "holds_from",
        )


def _check_together(session: Session, holds_from: date) -> None:
    """The hours for contacting must leave time between them, on that day and on every later one on
    which something changes."""
    days = session.scalars(
        select(SettingValue.holds_from).where(
            SettingValue.name.in_(("contact_from", "contact_until")),
            SettingValue.holds_from > holds_from,
            SettingValue.cancelled_at.is_(None),
        )
    ).all()
    for day in {holds_from, *days}:
        values = settings_on(session, day)
        if values["contact_from"] >= values["contact_until"]:
            raise RuleBroken(
                _l(
                    "On %(day)s the hours for contacting would end before they begin.",
                    day=f"{day:%d/%m/%Y}",
                ),
                "value",
            )


def _note(
    session: Session, agent: Agent, now: datetime, deed: str, row: SettingValue, before: Any
) -> None:
    note_deed(
        session,
        agent,
        now,
        deed,
        "setting_value",
        row.id,
        before={"name": row.name, "value": before},
        after={
            "name": row.name,
            "value": None if row.cancelled_at else row.value,
            "holds_from": row.holds_from,
            "reason": row.reason,
        },
    )
