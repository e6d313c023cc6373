"""Settings that are texts of several lines, with what fills in their placeholders."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.setting import Setting

#: Printed on agreements by `app.agreements.documents`, which fills it in.
LEGAL_BASIS = Setting(
    "agreement_legal_basis",
    str,
    """\
De conformidad con los artículos 274 a 278 del Código Orgánico Administrativo, {company} concede facilidades de pago a {name}, con identificación {identification}, por las obligaciones vencidas de la cuenta {account}, que suman {capital} dólares de los Estados Unidos de América.

La persona obligada reconoce la deuda y se compromete a pagar {total} dólares: la cuota inicial de {down_payment} dólares hasta el {down_due_on}, y {months} cuotas mensuales, la primera hasta el {first_due_on}, según la tabla de pagos de este documento.

El convenio queda sin efecto si la cuota inicial no se paga hasta su fecha. Si otra cuota no se paga hasta {grace_days} días después de la suya, el convenio termina y {company} puede exigir lo que falte por la vía coactiva. No se concede una segunda facilidad de pago por la misma deuda.""",
    _l("Legal basis printed on agreements; to be confirmed by the unit's lawyer"),
    dated=True,
    pattern=r"[\s\S]{1,6000}",
    lines=True,
    placeholders=(
        "company",
        "number",
        "name",
        "identification",
        "account",
        "address",
        "capital",
        "total",
        "down_payment",
        "down_due_on",
        "months",
        "first_due_on",
        "last_due_on",
        "grace_days",
    ),
)

#: What the field may say at a door, on the phone's page and on the route sheet. It tells no debt.
FIELD_SCRIPT = Setting(
    "field_script",
    str,
    """\
Al titular: preséntese con su credencial de {company}, confirme que habla con {name} y pídale que se comunique con la unidad de cobranzas o se acerque a la agencia. Anote un teléfono en que se le pueda llamar.

A otra persona: pregunte cuándo encuentra al titular y deje el aviso en sobre cerrado. No mencione deuda, valor ni corte.

Si no hay nadie: deje el aviso en sobre cerrado y anote lo que vio del predio.""",
    _l("What the field may say at the door; it must not tell a debt"),
    dated=True,
    pattern=r"[\s\S]{1,3000}",
    lines=True,
    placeholders=("company", "name"),
)
