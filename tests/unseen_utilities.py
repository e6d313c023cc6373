"""Utilities that do not exist, each with its own abbreviations, order and ways of writing; from a seed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.unseen import Debt, write_book

Column = tuple[str, Callable[[Debt], Any]]


def comma(value: Decimal) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def plain(value: Decimal) -> str:
    return f"{value:.2f}".replace(".", ",")


def english(value: Decimal) -> str:
    return f"{value:,.2f}"


def trailing(value: Decimal) -> str:
    return f"{plain(abs(value))}-" if value < 0 else plain(value)


def bracketed(value: Decimal) -> str:
    return f"({english(abs(value))})" if value < 0 else english(value)


def current(debt: Debt) -> Decimal:
    return debt.bills[0][3]


def overdue(debt: Debt) -> Decimal:
    return sum((bill[3] for bill in debt.bills[1:]), Decimal(0))


def interest(debt: Debt) -> Decimal:
    return sum((bill[4] for bill in debt.bills), Decimal(0))


def credit(debt: Debt) -> Decimal:
    """Every seventh account paid more than it owed."""
    return -debt.balance if debt.account % 7 == 0 else debt.balance


def due(debt: Debt) -> date:
    return debt.bills[-1][2]


def surnames(debt: Debt) -> str:
    return " ".join(debt.name.split()[:2])


def names(debt: Debt) -> str:
    return " ".join(debt.name.split()[2:])


@dataclass(frozen=True)
class Utility:
    """How one utility writes its portfolio. ``header`` False: the rows begin at once."""

    columns: Sequence[Column]
    owed: Callable[[Debt], Decimal] = lambda debt: debt.balance
    account: Callable[[Debt], str] = lambda debt: str(debt.account)
    suffix: str = "csv"
    delimiter: str = ";"
    encoding: str = "utf-8"
    quoted: bool = False
    header: bool = True
    titles: Sequence[str] = ()
    subtotals: bool = False

    def write(self, folder: Path, debts: Sequence[Debt]) -> Path:
        """The file, with its titles above and its subtotals and total below."""
        path = folder / f"cartera.{self.suffix}"
        rows: list[list[Any]] = [[title] + [""] * (len(self.columns) - 1) for title in self.titles]
        if self.header:
            rows.append([name for name, _value in self.columns])
        for number, debt in enumerate(debts, 1):
            rows.append([value(debt) for _name, value in self.columns])
            if self.subtotals and number % 20 == 0:
                rows.append(self._sum("SUBTOTAL", debts[number - 20 : number]))
        if self.subtotals:
            rows.append(self._sum("TOTAL GENERAL", debts))
        if self.suffix in ("xlsx", "ods"):
            return write_book(path, rows, self.suffix)
        text = io.StringIO()
        quoting = csv.QUOTE_ALL if self.quoted else csv.QUOTE_MINIMAL
        csv.writer(
            text, delimiter=self.delimiter, lineterminator="\r\n", quoting=quoting
        ).writerows(rows)
        path.write_bytes(text.getvalue().encode(self.encoding))
        return path

    def _sum(self, word: str, debts: Sequence[Debt]) -> list[Any]:
        """A row that adds up what is owed, written as the column of what is owed writes it."""
        total = sum(map(self.owed, debts), Decimal(0))
        at, written = next(
            (n, way(total))
            for n, (_name, value) in enumerate(self.columns)
            for way in (comma, float)
            if value(debts[0]) == way(self.owed(debts[0]))
        )
        row: list[Any] = [""] * len(self.columns)
        row[at], row[1 if at == 0 else 0] = written, word
        return row


#: By what is hard about them.
UTILITIES: dict[str, Utility] = {
    "abbreviated, cp1252, thousand points, two-digit years, padded": Utility(
        (
            ("SDO TOTAL", lambda d: comma(d.balance)),
            ("Nº CTA", lambda d: f"{d.account:010d}"),
            ("CLTE", lambda d: d.name.title()),
            ("CED/RUC", lambda d: d.identification),
            ("FEC VENC", lambda d: f"{due(d):%d/%m/%y}"),
            ("# PLAN VENC", lambda d: len(d.bills)),
            ("VLR INT", lambda d: comma(interest(d))),
            ("TELF", lambda d: d.phone),
            ("MZ-SL", lambda d: f"{d.account % 40}-{d.account % 17}"),
            ("BARRIO", lambda d: d.sector.title()),
        ),
        encoding="cp1252",
        titles=("EMPRESA DE AGUA DE LA QUINTA", "USUARIOS EN MORA"),
        subtotals=True,
    ),
    "value pending beside its parts": Utility(
        (
            ("COD USR", lambda d: f"{d.account:08d}"),
            ("NOM USR", lambda d: d.name),
            ("ID USR", lambda d: d.identification),
            ("VLR CTE", lambda d: plain(current(d))),
            ("VLR VENC", lambda d: plain(overdue(d))),
            ("INT MORA", lambda d: plain(interest(d))),
            ("VLR PEND", lambda d: plain(d.balance)),
            ("MES DEU", lambda d: len(d.bills)),
            ("CEL", lambda d: d.phone),
        ),
        delimiter="|",
        encoding="latin-1",
    ),
    "English headers, commas, everything quoted": Utility(
        (
            ("Account Number", lambda d: d.account),
            ("Customer Name", lambda d: d.name),
            ("ID Number", lambda d: d.identification),
            ("Phone", lambda d: d.phone),
            ("Email", lambda d: d.email),
            ("Address", lambda d: f"{d.address}, {d.sector}"),
            ("Due Date", lambda d: f"{due(d):%Y-%m-%d}"),
            ("Bills", lambda d: len(d.bills)),
            ("Interest", lambda d: english(interest(d))),
            ("Balance", lambda d: english(d.balance)),
        ),
        delimiter=",",
        encoding="utf-8-sig",
        quoted=True,
    ),
    "days in eight digits, day first": Utility(
        (
            ("CONTRATO", lambda d: d.account),
            ("ABONADO", lambda d: d.name),
            ("RUC_CI", lambda d: d.identification),
            ("F_VCTO", lambda d: f"{due(d):%d%m%Y}"),
            ("PLANILLAS", lambda d: len(d.bills)),
            ("SALDO", lambda d: plain(d.balance)),
        ),
        delimiter="\t",
        suffix="txt",
    ),
    "days in eight digits, year first, UTF-16": Utility(
        (
            ("SUMINISTRO", lambda d: d.account),
            ("TITULAR", lambda d: d.name),
            ("CEDULA", lambda d: d.identification),
            ("FECHA VENCIMIENTO", lambda d: f"{due(d):%Y%m%d}"),
            ("FACT PEND", lambda d: len(d.bills)),
            ("DEUDA", lambda d: english(d.balance)),
        ),
        delimiter="\t",
        suffix="txt",
        encoding="utf-16",
    ),
    "credits with a trailing minus": Utility(
        (
            ("CTA", lambda d: d.account),
            ("NOMBRE", lambda d: d.name),
            ("C.I.", lambda d: d.identification),
            ("MESES", lambda d: len(d.bills)),
            ("SALDO", lambda d: trailing(credit(d))),
        ),
        owed=credit,
    ),
    "credits in brackets": Utility(
        (
            ("CTA", lambda d: d.account),
            ("NOMBRE", lambda d: d.name),
            ("C.I.", lambda d: d.identification),
            ("MESES", lambda d: len(d.bills)),
            ("SALDO", lambda d: bracketed(credit(d))),
        ),
        owed=credit,
        delimiter="|",
    ),
    "accounts with letters": Utility(
        (
            ("No. Servicio", lambda d: f"AP-{d.account:06d}-B"),
            ("Usuario", lambda d: d.name.title()),
            ("Identificación", lambda d: d.identification),
            ("Planillas impagas", lambda d: len(d.bills)),
            ("Vencimiento", lambda d: f"{due(d):%d-%m-%Y}"),
            ("Total adeudado", lambda d: plain(d.balance)),
        ),
        account=lambda d: f"AP{d.account:06d}B",
    ),
    "surnames, names and two telephones": Utility(
        (
            ("NOMBRES", names),
            ("APELLIDOS", surnames),
            ("CEDULA", lambda d: d.identification),
            ("TELF CONV", lambda d: "042345678"),
            ("TELF CEL", lambda d: d.phone),
            ("CUENTA", lambda d: d.account),
            ("NRO PLAN", lambda d: len(d.bills)),
            ("DEUDA TOTAL", lambda d: comma(d.balance)),
        ),
    ),
    "two-digit years in front": Utility(
        (
            ("CUENTA", lambda d: d.account),
            ("CLIENTE", lambda d: d.name),
            ("CEDULA", lambda d: d.identification),
            ("VENCE", lambda d: f"{due(d):%y-%m-%d}"),
            ("PLANILLAS", lambda d: len(d.bills)),
            ("TOTAL A PAGAR", lambda d: plain(d.balance)),
        ),
    ),
    "month first": Utility(
        (
            ("CUENTA", lambda d: d.account),
            ("CLIENTE", lambda d: d.name),
            ("CEDULA", lambda d: d.identification),
            ("VENCE", lambda d: f"{due(d):%m/%d/%Y}"),
            ("PLANILLAS", lambda d: len(d.bills)),
            ("TOTAL A PAGAR", lambda d: english(d.balance)),
        ),
        delimiter="|",
    ),
    "no header": Utility(
        (
            ("", lambda d: f"{d.account:08d}"),
            ("", lambda d: d.identification),
            ("", lambda d: d.name),
            ("", lambda d: d.address),
            ("", lambda d: d.phone),
            ("", lambda d: len(d.bills)),
            ("", lambda d: f"{due(d):%d/%m/%Y}"),
            ("", lambda d: plain(current(d))),
            ("", lambda d: plain(overdue(d))),
            ("", lambda d: plain(interest(d))),
            ("", lambda d: plain(d.balance)),
        ),
        header=False,
        delimiter="|",
        suffix="txt",
    ),
    "a workbook with titles, subtotals and numbers": Utility(
        (
            ("Nro. Cta.", lambda d: d.account),
            ("Razón Social / Nombres", lambda d: d.name),
            ("RUC / C.I.", lambda d: d.identification),
            ("Sector / Barrio", lambda d: d.sector),
            ("Nº Fact.", lambda d: len(d.bills)),
            ("Corriente", lambda d: float(current(d))),
            ("Vencido", lambda d: float(overdue(d))),
            ("Interés", lambda d: float(interest(d))),
            ("Total", lambda d: float(d.balance)),
        ),
        suffix="xlsx",
        titles=("EMPRESA ELÉCTRICA DEL SUR", "Cartera al corte", "20 de noviembre de 2026"),
        subtotals=True,
    ),
    "an open document of text": Utility(
        (
            ("CÓDIGO CLIENTE", lambda d: f"{d.account:07d}"),
            ("NOMBRE CLIENTE", lambda d: d.name),
            ("CÉDULA CLIENTE", lambda d: d.identification),
            ("FECHA CORTE", lambda d: f"{due(d):%d/%m/%Y}"),
            ("FACTURAS", lambda d: len(d.bills)),
            ("VALOR TOTAL", lambda d: comma(d.balance)),
        ),
        suffix="ods",
    ),
}  # fmt: skip
