"""Files of utilities that do not exist: the same invented debts written in many ways, from a seed."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
from stdnum.luhn import calc_check_digit

_LASTS = [
    "ZAMBRANO",
    "PEÑAFIEL",
    "MUÑOZ",
    "ÁVILA",
    "QUISHPE",
    "CEDEÑO",
    "LOOR",
    "GÜILCAPI",
    "MERA",
    "BRAVO",
    "ÑAUÑAY",
    "SOLÓRZANO",
]
_FIRSTS = [
    "ANA",
    "LUIS",
    "MARÍA",
    "JOSÉ",
    "ÁNGEL",
    "ROSA",
    "INÉS",
    "BYRON",
    "NARCISA",
    "IVÁN",
    "TERESA",
    "ÓSCAR",
]
_STREETS = [
    "CALLE ROCAFUERTE",
    "AV. 15 DE ABRIL",
    "CALLE SUCRE Y AV. OLMEDO",
    "VÍA AL MAR KM 3",
    "CDLA. LOS GERANIOS MZ 4 SOLAR 12",
]
_SECTORS = ["ANDRÉS DE VERA", "SAN PABLO", "LOS TAMARINDOS", "EL FLORÓN", "CENTRO"]

#: What a utility may call each column; none of it is taken from the program's own vocabulary.
HEADINGS: dict[str, list[str]] = {
    "account": ["CUENTA", "NRO. CTA", "No. de Cuenta", "CONTRATO", "Cód. Cliente", "SUMINISTRO", "NUMCUENTA", "codigo_cliente", "Nº Suministro", "ID_CLIENTE", "Código Usuario", "CTA."],
    "identification": ["CEDULA", "Cédula/RUC", "RUC_CI", "IDENTIFICACIÓN", "C.I.", "Nro. Documento", "ident", "CI/RUC", "NUM_IDENTIFICACION", "Doc. Identidad"],
    "name": ["NOMBRE", "Cliente", "Titular", "ABONADO", "Razón Social", "NOMBRES Y APELLIDOS", "nombre_usuario", "Nombre del Cliente", "USUARIO", "Apellidos y Nombres"],
    "phone": ["TELEFONO", "Telf.", "Celular", "TLF_MOVIL", "Fono", "telefono1", "Nro Celular", "Teléfono de contacto"],
    "email": ["CORREO", "E-mail", "Correo Electrónico", "MAIL", "correo_cliente"],
    "address": ["DIRECCION", "Dirección", "Domicilio", "DIR. SUMINISTRO", "direccion_cliente", "CALLES"],
    "sector": ["BARRIO", "Parroquia", "Ciudadela", "SECTOR", "zona", "CDLA"],
    "category": ["CATEGORIA", "Categoría", "TARIFA", "TIPO_CONSUMO", "tipo cliente"],
    "state": ["ESTADO", "Estado Conexión", "ESTADO CORTE", "Estado del servicio"],
    "meter": ["MEDIDOR", "NRO MEDIDOR", "Serie medidor", "num_medidor"],
    "bill": ["No. Planilla", "NRO FACTURA", "num_fact", "Factura", "PLANILLA"],
    "count": ["PLANILLAS", "Meses", "NRO FACT", "facturas_vencidas", "Nº Planillas Adeudadas", "MESES DEUDA", "CANT. FACTURAS"],
    "issued": ["EMISION", "Fecha Emisión", "FEC_EMI", "fecha de emisión", "F. EMISION"],
    "due": ["VENCE", "VENCIMIENTO", "Fecha Máx. Pago", "FEC_VENC", "fecha_vencimiento", "F. VCTO", "Fecha límite de pago"],
    "current": ["CORRIENTE", "Valor Corriente", "SALDO CORRIENTE", "mes_actual"],
    "overdue": ["VENCIDO", "Valor Vencido", "CARTERA VENCIDA", "deuda_vencida"],
    "amount": ["VALOR", "Valor Planilla", "MONTO", "valor_emitido"],
    "interest": ["INTERES", "Interés", "RECARGO", "int_mora", "Interés por mora"],
    "balance": ["SALDO", "Deuda", "TOTAL", "VALOR PENDIENTE", "Total a Pagar", "SALDO_TOTAL", "deuda total", "Monto Adeudado", "SALDO PENDIENTE", "Total Adeudado"],
    "agreed": ["CONVENIO", "Saldo Convenio", "SALDO DIFERIDO", "valor_refinanciado", "SALDO_CONV"],
    "disputed": ["RECLAMO", "En reclamo", "tiene_reclamo"],
    "reference": ["REFERENCIA", "Comprobante", "No. Transacción", "SECUENCIAL", "nro_comprobante", "Cod. Transac."],
    "paid_on": ["FECHA DE PAGO", "Fecha", "FEC_COBRO", "fecha_recaudacion", "F. Pago"],
    "paid": ["PAGO", "Valor", "Valor Recaudado", "MONTO", "valor_pagado", "ABONO"],
    "channel": ["CANAL", "Banco", "PUNTO DE RECAUDO", "Ventanilla", "entidad"],
    "reversed": ["REVERSADO", "Anulado", "REVERSO", "ESTADO"],
}  # fmt: skip
DAYS = {
    "dd/mm/yyyy": lambda d: f"{d:%d/%m/%Y}",
    "dd/mm/yy": lambda d: f"{d:%d/%m/%y}",
    "dd-mm-yyyy": lambda d: f"{d:%d-%m-%Y}",
    "iso": lambda d: d.isoformat(),
    "iso zeros": lambda d: f"{d} 0.0.0.0",
    "mm/dd/yyyy": lambda d: f"{d:%m/%d/%Y}",
    "compact": lambda d: f"{d:%Y%m%d}",
}
AMOUNTS = {
    "1234,56": lambda v: f"{v:.2f}".replace(".", ","),
    "1.234,56": lambda v: f"{v:,.2f}".translate(str.maketrans(",.", ".,")),
    "1234.56": lambda v: f"{v:.2f}",
    "1,234.56": lambda v: f"{v:,.2f}",
    "$ 1.234,56": lambda v: f"$ {v:,.2f}".translate(str.maketrans(",.", ".,")),
}


@dataclass
class Debt:
    """One invented account and its bills: ``(number, issued, due, amount, interest)``. USD."""

    account: int
    identification: str
    name: str
    phone: str
    email: str
    address: str
    sector: str
    agreed: Decimal
    disputed: bool
    bills: list[tuple[str, date, date, Decimal, Decimal]] = field(default_factory=list)

    @property
    def balance(self) -> Decimal:
        return sum((amount + interest for *_rest, amount, interest in self.bills), Decimal(0))


def debts(seed: int, count: int = 80) -> list[Debt]:
    """``count`` accounts with one to six bills each."""
    dice = random.Random(seed)
    numbers = dice.sample(range(10_000, 999_999), count)
    return [_debt(dice, number) for number in numbers]


def _debt(dice: random.Random, number: int) -> Debt:
    nine = f"{dice.randint(1, 24):02d}{dice.randint(0, 5)}{dice.randrange(10**6):06d}"
    cedula = nine + calc_check_digit(nine)
    mobile = f"09{dice.choice('36789')}{dice.randrange(10**7):07d}"
    debt = Debt(
        number,
        cedula + ("001" if dice.random() < 0.1 else ""),
        f"{dice.choice(_LASTS)} {dice.choice(_LASTS)} {dice.choice(_FIRSTS)} {dice.choice(_FIRSTS)}",
        mobile if dice.random() < 0.9 else f"05{dice.choice('23')}{dice.randrange(10**6):06d}",
        f"cliente{number}@example.com" if dice.random() < 0.6 else "",
        f"{dice.choice(_STREETS)} N{dice.randint(1, 60)}-{dice.randint(1, 200)}",
        dice.choice(_SECTORS),
        Decimal(dice.randint(1, 90_000)) / 100 if dice.random() < 0.15 else Decimal("0.00"),
        dice.random() < 0.1,
    )
    last = date(2026, 11, dice.randint(1, 28))
    for month in range(dice.randint(1, 6)):
        due = last - timedelta(days=30 * month)
        amount = (
            Decimal(dice.choice([dice.randint(150, 9_000), dice.randint(90_000, 480_000)])) / 100
        )
        number_of_bill = f"001-00{dice.randint(1, 9)}-{dice.randrange(10**9):09d}"
        debt.bills.append(
            (
                number_of_bill,
                due - timedelta(days=16),
                due,
                amount,
                Decimal(dice.randint(0, 900)) / 100,
            )
        )
    return debt


@dataclass
class Written:
    """How a file is written, drawn from a seed."""

    suffix: str
    encoding: str
    delimiter: str
    amount: str
    day: str
    headed: bool
    titles: int
    total: bool
    padded: bool
    capitals: bool
    by_bill: bool
    #: Numbers and days of a workbook are numbers and days, not text.
    typed: bool

    @classmethod
    def draw(cls, dice: random.Random) -> Written:
        """Any of the ways, those that cannot be together left out."""
        suffix = dice.choice(["txt", "csv", "csv", "txt", "xlsx", "ods"])
        return cls(
            suffix,
            dice.choice(["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"]),
            dice.choice("\t;|,"),
            dice.choice(list(AMOUNTS)),
            dice.choice(list(DAYS)),
            headed := dice.random() < 0.85,
            dice.choice([0, 0, 1, 3]) if headed else 0,
            dice.random() < 0.5,
            dice.random() < 0.4,
            dice.random() < 0.7,
            dice.random() < 0.4,
            suffix == "xlsx" and dice.random() < 0.6,
        )


def portfolio_rows(written: Written, dice: random.Random, owed: Sequence[Debt]) -> list[list[Any]]:
    """Titles, header, rows and total as a utility would export them."""
    split = dice.random() < 0.4
    must = [
        "account",
        "identification",
        "name",
        "phone",
        "balance",
        *(["bill"] if written.by_bill else ["count"]),
    ]
    maybe = [
        "email",
        "address",
        "sector",
        "category",
        "state",
        "meter",
        "issued",
        "due",
        "agreed",
        "disputed",
    ]
    maybe = [column for column in maybe if dice.random() < 0.75]
    if written.by_bill:
        maybe += ["amount", "interest"] if split else []
    elif split:
        maybe += ["current", "overdue"]
    columns = must + maybe
    if written.headed:
        dice.shuffle(columns)
    else:
        columns = [c for c in columns if c not in ("balance", "agreed")] + ["balance"]
    rows = [
        [_cell(c, debt, bill, written) for c in columns]
        for debt in owed
        for bill in _bills(debt, written)
    ]
    return _framed(rows, columns, "balance", sum(debt.balance for debt in owed), written, dice)


def _bills(debt: Debt, written: Written) -> list[Any]:
    return debt.bills if written.by_bill else [None]


def _cell(column: str, debt: Debt, bill: Any, written: Written) -> Any:
    number, issued, due, amount, interest = bill or (
        "",
        debt.bills[0][1],
        debt.bills[-1][2],
        Decimal(0),
        Decimal(0),
    )
    current = debt.bills[0][3] + debt.bills[0][4]
    values = {
        "account": f"{debt.account:09d}" if written.padded else str(debt.account),
        "identification": debt.identification,
        "name": debt.name if written.capitals else debt.name.title(),
        "phone": debt.phone, "email": debt.email, "address": debt.address, "sector": debt.sector,
        "category": "RESIDENCIAL" if debt.account % 4 else "COMERCIAL",
        "state": "ACTIVO" if debt.account % 3 else "CORTADO",
        "meter": f"M{debt.account * 7 % 10**7:07d}",
        "bill": number, "count": len(debt.bills), "issued": issued, "due": due,
        "amount": amount, "interest": interest, "current": current, "overdue": debt.balance - current,
        "balance": amount + interest if bill else debt.balance,
        "agreed": debt.agreed, "disputed": "SI" if debt.disputed else "NO",
    }  # fmt: skip
    return _said(values[column], written)


def _said(value: Any, written: Written) -> Any:
    if written.typed and isinstance(value, Decimal):
        return float(value)
    if written.typed and isinstance(value, date):
        return (value - date(1899, 12, 30)).days if written.day == "compact" else value
    if isinstance(value, Decimal):
        return AMOUNTS[written.amount](value)
    return DAYS[written.day](value) if isinstance(value, date) else value


def _framed(
    rows: list[list[Any]],
    columns: list[str],
    figure: str,
    total: Decimal,
    written: Written,
    dice: random.Random,
) -> list[list[Any]]:
    if written.headed:
        rows.insert(0, [dice.choice(HEADINGS[column]) for column in columns])
        for title in ["EMPRESA MUNICIPAL DE AGUA DE LAS LOMAS", "Cartera vencida", "Al 20/11/2026"][
            : written.titles
        ]:
            rows.insert(0, [title, *[""] * (len(columns) - 1)])
    if written.total:
        last = [""] * len(columns)
        last[columns.index(figure)] = _said(total, written)
        last[next(n for n, column in enumerate(columns) if column != figure)] = "TOTAL"
        rows.append(last)
    return rows


def payment_rows(
    written: Written, dice: random.Random, owed: Sequence[Debt], reversal: str
) -> tuple[list[list[Any]], Decimal]:
    """``(rows, Σ)`` of payments; some taken back, by sign or by a column (``reversal``)."""
    columns = ["reference", "account", "paid_on", "paid", "channel"] + (
        ["name"] if dice.random() < 0.4 else []
    )
    columns += ["reversed"] if reversal == "column" else []
    dice.shuffle(columns)
    rows, total = [], Decimal(0)
    for n, debt in enumerate(owed):
        back = n % 11 == 3
        paid = -debt.balance if back else debt.balance
        total += paid
        values = {
            "reference": f"{880_000 + n}", "account": f"{debt.account:09d}" if written.padded else str(debt.account),
            "paid_on": date(2026, 11, 23) - timedelta(days=n % 20),
            "paid": paid if reversal == "sign" else debt.balance if reversal == "column" else debt.balance,
            "channel": dice.choice(["BANCO PICHINCHA", "FACILITO", "WEB"]), "name": debt.name,
            "reversed": "SI" if back else "NO",
        }  # fmt: skip
        rows.append([_said(values[column], written) for column in columns])
    rows.insert(0, [dice.choice(HEADINGS[column]) for column in columns])
    return rows, total


def write(path: Path, rows: Sequence[Sequence[Any]], written: Written) -> Path:
    """The rows as a file of the kind that ``written`` says."""
    if written.suffix in ("xlsx", "ods"):
        return write_book(path, rows, written.suffix)
    text = io.StringIO()
    csv.writer(text, delimiter=written.delimiter, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(written.encoding))
    return path


def write_book(path: Path, rows: Sequence[Sequence[Any]], suffix: str) -> Path:
    """The rows as a workbook."""
    if suffix == "ods":
        _write_ods(path, rows)
        return path
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def _write_ods(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    def cell(value: Any) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = "".join(
        f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content{names}><office:body><office:spreadsheet><table:table table:name='H'>{lines}"
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
