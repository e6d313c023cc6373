"""``flask agreements simulate``: one JSON object, or one sentence."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from click.testing import Result

from app.core.settings import change_setting
from tests.conftest import NOW

ASKED = {"--capital": "523.47", "--months": "11", "--from": "2026-11-24"}
#: The weekday holidays of 2027, as domain.md lists them.
HOLIDAYS_2027 = {
    *(date(2027, 1, 1), date(2027, 2, 8), date(2027, 2, 9), date(2027, 3, 26), date(2027, 4, 30)),
    *(date(2027, 5, 24), date(2027, 8, 9), date(2027, 10, 8), date(2027, 11, 1)),
    *(date(2027, 11, 2), date(2027, 12, 24), date(2027, 12, 31)),
}


@pytest.fixture
def simulate(app, session):
    """``simulate({"--months": "12"})``: the command with these options changed."""

    def run(changed: dict[str, str] | None = None, *flags: str) -> Result:
        options = [word for pair in (ASKED | (changed or {})).items() for word in pair]
        return app.test_cli_runner().invoke(args=["agreements", "simulate", *options, *flags])

    return run


def test_the_last_line_is_the_proposal_to_the_cent(simulate):
    result = simulate({"--down-percent": "20"}, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    told = json.loads(result.stdout.splitlines()[-1])
    assert (told["down_payment"], told["total"]) == ("104.69", "523.47")
    assert [due["number"] for due in told["instalments"]] == list(range(1, 12))
    amounts = [due["amount"] for due in told["instalments"]]
    assert amounts == ["38.07"] * 10 + ["38.08"]
    assert Decimal(told["down_payment"]) + sum(map(Decimal, amounts)) == Decimal(told["total"])
    assert told == json.loads(simulate(None, "--json").stdout.splitlines()[-1])


def test_every_day_is_a_business_day_a_month_after_the_one_before(simulate):
    for ahead in range(0, 31, 3):
        start = date(2026, 11, 24) + timedelta(days=ahead)
        result = simulate({"--from": start.isoformat(), "--months": "12"}, "--json")
        dues = json.loads(result.stdout.splitlines()[-1])["instalments"]
        days = [date.fromisoformat(due["due_on"]) for due in dues]
        assert not HOLIDAYS_2027 & set(days)
        assert all(day.weekday() < 5 for day in days)
        assert all(22 <= (later - day).days <= 40 for day, later in pairwise(days))
        assert start < days[0] <= start + timedelta(days=53)


def test_without_json_it_is_a_line_a_figure(simulate):
    lines = simulate().stdout.splitlines()
    assert {"down_payment: 104.69", "total: 523.47"} <= set(lines)


def test_the_settings_of_that_day_hold(session, people, simulate):
    change_setting(
        session, people.adela, NOW, "agreement_down_percent", "30", date(2026, 12, 1), reason="x"
    )
    first, later = (
        json.loads(simulate({"--from": day}, "--json").stdout.splitlines()[-1])["down_payment"]
        for day in ("2026-11-30", "2026-12-01")
    )
    assert (first, later) == ("104.69", "157.04")


@pytest.mark.parametrize(
    "changed",
    [
        {"--months": "25"},
        {"--months": "0"},
        {"--capital": "0"},
        {"--capital": "-5"},
        {"--capital": "10.001"},
        {"--capital": "99999999999"},
        {"--capital": "0.05"},
        {"--down-percent": "19.99"},
        {"--down-percent": "100"},
        {"--down-percent": "1e30"},
        {"--from": "9999-12-31"},
    ],
)
def test_what_is_not_allowed_is_one_sentence_and_no_result(simulate, changed):
    result = simulate(changed, "--json")
    assert result.exit_code == 1
    sentence = result.stderr.strip()
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert json.loads(result.stdout.splitlines()[-1]) == {"error": sentence}


@pytest.mark.parametrize(
    "changed",
    [
        {"--capital": "mil"},
        {"--capital": "NaN"},
        {"--down-percent": "sNaN"},
        {"--from": "24/11/2026"},
        {"--months": "once"},
    ],
)
def test_what_is_no_amount_or_day_is_refused(simulate, changed):
    result = simulate(changed, "--json")
    assert result.exit_code == 2
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Error" in result.stderr
