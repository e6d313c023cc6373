"""The order in which a worker goes from door to door."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from app.debts.meter import meter_number
from app.referrals.route_order import in_order


@dataclass(frozen=True)
class Door:
    """A place to go to."""

    address: str
    sector: str = "Norte"
    latitude: Decimal | None = None
    longitude: Decimal | None = None


def _at(address: str, north: str, east: str, sector: str = "Norte") -> Door:
    return Door(address, sector, Decimal(north), Decimal(east))


def test_sectors_follow_their_names_whatever_their_case_and_accents_and_none_comes_last():
    doors = [Door("a", ""), Door("b", "Ñauza"), Door("c", "ÁLAMOS"), Door("d", "norte")]
    random.Random(1).shuffle(doors)
    assert [d.sector for d in in_order(doors)] == ["ÁLAMOS", "Ñauza", "norte", ""]


def test_from_the_north_always_to_the_nearest_that_is_left():
    line = [_at(str(n), f"-1.05{n}000", "-80.450000") for n in range(5)]
    aside = _at("aside", "-1.053900", "-80.470000")
    doors = [*line, aside]
    for seed in range(5):
        random.Random(seed).shuffle(doors)
        assert [d.address for d in in_order(doors)] == ["0", "1", "2", "3", "4", "aside"]


def test_a_degree_of_longitude_is_shorter_far_from_the_equator():
    start = _at("start", "60.000100", "0.000000")
    east = _at("east", "60.000000", "0.015000")  # some 830 m
    south = _at("south", "59.990000", "0.000000")  # some 1100 m
    assert [d.address for d in in_order([south, east, start])][:2] == ["start", "east"]


def test_those_without_a_position_come_after_by_street_and_number():
    doors = [
        Door("Calle 10 N9"),
        Door("Calle 9 N12"),
        Door("calle 9 N2"),
        Door("Ávila 3"),
        Door("Calle 9", longitude=Decimal("-80.45")),
        _at("placed", "-1.05", "-80.45"),
    ]
    random.Random(3).shuffle(doors)
    assert [d.address for d in in_order(doors)] == [
        "placed",
        "Ávila 3",
        "Calle 9",
        "calle 9 N2",
        "Calle 9 N12",
        "Calle 10 N9",
    ]


def test_every_stop_is_there_once():
    chance = random.Random(7)
    doors = [
        _at(f"c{n}", f"-1.{chance.randrange(10**6):06d}", f"-80.{chance.randrange(10**6):06d}", s)
        for n, s in enumerate("abc" * 40)
    ]
    assert sorted(d.address for d in in_order(doors)) == sorted(d.address for d in doors)
    assert in_order([]) == []


def test_the_meter_is_found_whatever_its_column_is_called():
    for column in ("NUM_MEDIDOR", "Medidor", "N.º de medidor"):
        assert (
            meter_number({"ESTADO MEDIDOR": "ACTIVO", "DEUDA": "9", column: " M4009145 "})
            == "M4009145"
        )
    assert meter_number({"VALOR MEDIDOR": "44.10", "Saldo del medidor": "3"}) == ""
    assert meter_number({"MARCA_MEDIDOR": "ELSTER", "valor_condonacion": "3"}) == ""
