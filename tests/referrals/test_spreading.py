"""Who gets which sector: together where it can, with whoever has it as their zone, nobody beyond a share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.referrals.assigning import Worker
from app.referrals.spreading import is_zone, spread


def worker(user_id, zone="", load=0) -> Worker:
    return Worker(user_id, f"Campo {user_id}", zone, load, 0, "")


def given_out(shares) -> dict[int, dict[str, int]]:
    return {s.worker.user_id: {name: len(ids) for name, ids in s.sectors.items()} for s in shares}


def test_each_gets_the_sector_that_is_their_zone():
    shares = spread({"Norte": [1, 2], "Sur": [3, 4]}, [worker(1, "Sur"), worker(2, "Norte")])
    assert given_out(shares) == {1: {"Sur": 2}, 2: {"Norte": 2}}


def test_a_sector_stays_together_where_it_can():
    sectors = {"A": [1, 2, 3], "B": [4, 5, 6], "C": [7, 8]}
    found = given_out(spread(sectors, [worker(1), worker(2)]))
    assert sorted(sum(mine.values()) for mine in found.values()) == [4, 4]
    assert sum(len(mine) for mine in found.values()) == 4, "only one of the three is parted"


def test_who_has_more_already_gets_less():
    shares = spread({"A": [1, 2, 3, 4]}, [worker(1, load=10), worker(2, load=0)])
    assert given_out(shares) == {1: {}, 2: {"A": 4}}


def test_a_zone_takes_no_more_than_its_share():
    shares = spread({"Norte": list(range(1, 11))}, [worker(1, "norte"), worker(2)])
    assert given_out(shares) == {1: {"Norte": 5}, 2: {"Norte": 5}}


def test_without_workers_there_is_no_plan():
    assert spread({"A": [1]}, []) == []


@pytest.mark.parametrize(
    ("zone", "sector", "named"),
    [
        ("Norte", "NORTE", True),
        ("Los Almendros; Tarqui", "tarqui", True),
        ("Tarqui", "Ciudadela Tarqui", True),
        ("San José", "SAN JOSE", True),
        ("Sur", "Surco", False),
        ("", "Norte", False),
        (" , ", "Norte", False),
    ],
)
def test_a_zone_names_its_sectors_in_whole_words(zone, sector, named):
    assert is_zone(zone, sector) is named


@given(
    st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(1, 30), min_size=1),
    st.lists(
        st.tuples(st.sampled_from(["", "A", "B, C"]), st.integers(0, 40)), min_size=1, max_size=6
    ),
)
def test_everything_goes_to_somebody_once_and_nobody_beyond_the_share(sizes, field):
    ids = iter(range(10_000))
    sectors = {name: [next(ids) for _each in range(size)] for name, size in sizes.items()}
    workers = [worker(n, zone, load) for n, (zone, load) in enumerate(field, 1)]
    shares = spread(sectors, workers)
    given_ids = sorted(i for share in shares for i in share.ids)
    assert given_ids == sorted(i for each in sectors.values() for i in each)
    total = sum(w.load for w in workers) + len(given_ids)
    fair = -(-total // len(workers))
    assert all(share.load <= max(fair, share.worker.load) for share in shares)
    assert all(share.load == share.worker.load + len(share.ids) for share in shares)
    assert given_out(spread(sectors, workers)) == given_out(shares)
