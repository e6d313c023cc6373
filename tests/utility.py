"""A small utility of its own: what it bills, what it is paid, and the files that it would export.

The truth is kept here, apart from the application: a payment pays the oldest bill first, and a portfolio
file shows what is still owed at the end of its day. Amounts in USD.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook

_HEAD = (
    "Cuenta",
    "Cédula/RUC",
    "Apellidos y Nombres",
    "Dirección",
    "Parroquia",
    "Teléfono",
    "Celular",
    "Correo",
    "Categoría",
    "Estado",
    "No. Planilla",
    "Emisión",
    "Vencimiento",
    "Valor",
    "Interés",
    "Saldo",
)


@dataclass
class Customer:
    """A contract, its bills (number, issued, amount) and its payments (day, amount)."""

    account: str
    identification: str
    name: str
    mobile: str
    bills: list[tuple[str, date, Decimal]] = field(default_factory=list)
    payments: list[tuple[date, Decimal]] = field(default_factory=list)

    def bill(self, number: str, issued_on: date, amount: str) -> None:
        """A new bill."""
        self.bills.append((number, issued_on, Decimal(amount)))

    def owes(self, day: date) -> list[tuple[str, date, Decimal, Decimal]]:
        """The open bills at the end of ``day``: number, issued, amount, what is left of it."""
        paid = sum((amount for on, amount in self.payments if on <= day), Decimal(0))
        left = []
        for number, issued_on, amount in sorted(self.bills, key=lambda bill: bill[1]):
            if issued_on > day:
                continue
            taken = min(paid, amount)
            paid -= taken
            if amount > taken:
                left.append((number, issued_on, amount, amount - taken))
        return left


def portfolio_file(target: Path, customers: list[Customer], day: date) -> Path:
    """The workbook of ``day`` with one row a bill, titles above and a total below."""
    book = Workbook()
    sheet = book.active
    sheet.append(("EMPRESA PÚBLICA MUNICIPAL DE AGUA POTABLE",))
    sheet.append(("CARTERA VENCIDA POR PLANILLA",))
    sheet.append(())
    sheet.append(_HEAD)
    total = Decimal(0)
    for customer in customers:
        for number, issued_on, amount, left in customer.owes(day):
            total += left
            sheet.append(
                (
                    int(customer.account),
                    customer.identification,
                    customer.name,
                    "CALLE 10 DE AGOSTO",
                    "TARQUI",
                    None,
                    customer.mobile,
                    None,
                    "RESIDENCIAL",
                    "ACTIVO",
                    number,
                    issued_on,
                    issued_on + timedelta(days=15),
                    float(amount),
                    0,
                    float(left),
                )
            )
    sheet.append((*[None] * 14, "TOTAL", float(total)))
    book.save(target)
    return target


def payments_file(target: Path, paid: list[tuple[Customer, date, str]]) -> Path:
    """The file of ``paid`` (customer, day, amount), which from now on counts in what they owe."""
    with target.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, delimiter=";")
        rows.writerow(("REFERENCIA", "CUENTA", "FECHA DEL PAGO", "PAGO", "CANAL"))
        for customer, day, amount in paid:
            customer.payments.append((day, Decimal(amount)))
            reference = f"R{customer.account}{len(customer.payments):03d}"
            rows.writerow(
                (reference, customer.account, f"{day:%d/%m/%Y}", amount.replace(".", ","), "WEB")
            )
    return target
