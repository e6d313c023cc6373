"""The list of loads: newest first, by key, filtered in the address."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from app.intake import listing
from app.models import Load, Portfolio
from tests.conftest import NOW
from tests.walking import fresh_client


@pytest.fixture
def loads(session):
    """Seven loads of two portfolios, every third one of payments."""
    portfolios = [Portfolio(name="agua"), Portfolio(name="mejoras")]
    session.add_all(portfolios)
    session.flush()
    made = [
        Load(
            kind="payments" if n % 3 == 0 else "portfolio",
            portfolio_id=portfolios[n % 2].id,
            file_name=f"archivo{n}.csv",
            as_of=date(2026, 11, 20),
            status="applied" if n < 5 else "refused",
            problem_counts={},
            created_at=NOW + timedelta(minutes=n),
        )
        for n in range(7)
    ]
    session.add_all(made)
    session.flush()
    return made


def _shown(text: str) -> list[str]:
    return re.findall(r">archivo(\d)\.csv<", text)


def test_each_page_goes_on_from_the_last_and_back(app, loads, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 3)
    eva, address, seen = fresh_client(app, "eva"), "/loads/", []
    while address:
        text = eva.get(address).text
        seen.append(_shown(text))
        older = re.search(r'rel="next" href="([^"]+)"', text)
        newer = re.search(r'rel="prev" href="([^"]+)"', text)
        address = older and older[1]
    assert seen == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert _shown(eva.get(newer[1]).text) == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("portfolio=mejoras", "531"),
        ("kind=payments", "630"),
        ("status=refused", "65"),
        ("portfolio=agua&kind=payments&status=refused", "6"),
        ("portfolio=otra", ""),
    ],
)
def test_what_is_filtered_is_in_the_address(app, loads, query, shown):
    text = fresh_client(app, "eva").get(f"/loads/?{query}").text
    assert "".join(_shown(text)) == shown


def test_the_next_page_keeps_the_filter(app, loads, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    text = fresh_client(app, "eva").get("/loads/?portfolio=mejoras").text
    href = re.search(r'rel="next" href="([^"]+)"', text)[1].replace("&amp;", "&")
    assert _shown(fresh_client(app, "eva").get(href).text) == ["1"]


def test_an_empty_list_says_what_to_do(app, session):
    text = fresh_client(app, "eva").get("/loads/").text
    assert 'class="empty"' in text
    assert 'class="filters"' not in text
