"""The catalogue of outcomes as domain.md gives it, seeded once; administrators change it on screen.

``FIELDS`` are what an outcome may ask for: promise (account amounts, date, means), callback
(moment, mine or anyone's), receipt, reason (of not paying), plan (an agreement's bills and terms), complaint
(category, account and disputed bills), text (a note that must be written).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.calls.models import NonpaymentReason, Outcome, Script
from app.payments.models import PaymentMeans

FIELDS = ("promise", "callback", "receipt", "reason", "plan", "complaint", "text")

A, R, E, P, T, F = "answered", "right_party", "effective", "promise", "retires_number", "final"
_RPC = (A, R, E)

#: code, label, English label, weight, position, flags, asks
_SEED: tuple[tuple[str, str, str, int, int, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "RPC_PTP_FULL",
        "Compromiso total",
        "Full promise",
        100,
        1,
        (*_RPC, P, F),
        ("promise", "reason"),
    ),
    (
        "RPC_PTP_PART",
        "Compromiso parcial",
        "Partial promise",
        95,
        2,
        (*_RPC, P, F),
        ("promise", "reason"),
    ),
    ("RPC_PLAN_REQ", "Pide convenio", "Asks for an agreement", 90, 3, (*_RPC, F), ("plan",)),
    ("RPC_PAID_CLAIM", "Dice que pagó", "Says it is paid", 85, 4, (*_RPC, F), ("receipt", "text")),
    ("RPC_DISPUTE", "Reclamo", "Complaint", 80, 5, (*_RPC, F), ("complaint", "text")),
    ("RPC_CALLBACK", "Volver a llamar", "Call back", 70, 6, (*_RPC, F), ("callback",)),
    ("RPC_HARDSHIP", "No puede pagar", "Cannot pay", 75, 7, (*_RPC, F), ("reason", "text")),
    ("RPC_REFUSE", "Se niega", "Refuses", 60, 8, (*_RPC, F), ("reason",)),
    (
        "RPC_NOT_DEBTOR",
        "Desconoce deuda / no es titular",
        "Denies the debt / not the holder",
        65,
        0,
        (A, R, E, F),
        ("text",),
    ),
    ("RPC_HANGUP", "Cuelga tras verificar", "Hangs up once verified", 50, 0, (A, R, F), ()),
    (
        "RPC_OPTOUT",
        "Pide no ser contactado por este canal",
        "Asks not to be contacted by this channel",
        55,
        0,
        (A, R, F),
        (),
    ),
    ("NC_NA", "No contesta", "No answer", 10, 1, (), ()),
    ("NC_BUSY", "Ocupado", "Busy", 10, 2, (), ()),
    ("NC_OFF", "Apagado", "Switched off", 10, 3, (), ()),
    ("NC_VM", "Buzón de voz", "Voicemail", 10, 4, (), ()),
    ("TPC_MESSAGE", "Contesta tercero", "Third party answers", 40, 5, (A, F), ()),
    ("UNV_CONTACT", "No se identifica", "Not identified", 30, 6, (A, F), ()),
    ("BAD_WRONG", "Equivocado", "Wrong number", 20, 7, (T,), ()),
    ("BAD_DEAD", "No existe", "Does not exist", 15, 8, (T,), ()),
    ("TPC_OCCUPANT", "Arrendatario u ocupante", "Tenant or occupant", 42, 0, (A, E, F), ("text",)),
    ("TPC_DECEASED", "Titular fallecido", "Holder deceased", 45, 0, (A, E, F), ("text",)),
    ("BAD_EXHAUSTED", "Sin números válidos", "No valid numbers", 12, 0, (F,), ("text",)),
    ("SYS_UNDISPO", "Sin tipificar", "Without outcome", 1, 0, (), ()),
    ("SYS_BLOCKED", "Bloqueado por norma", "Blocked by rule", 0, 0, (), ()),
    ("SYS_ERROR", "Fallo técnico", "Technical failure", 0, 0, (), ("text",)),
)
_BY_SYSTEM = {"SYS_UNDISPO", "SYS_BLOCKED"}
_NO_ATTEMPT = {"SYS_BLOCKED", "SYS_ERROR"}

_REASONS = (
    "Se olvidó",
    "No recibió la planilla",
    "Problemas económicos",
    "Desempleo",
    "Enfermedad o calamidad",
    "No está de acuerdo con el consumo",
    "Inmueble desocupado",
    "Viaje o ausencia",
)
_ACCOUNT = "Número de cuenta {account}"
#: name, what to tell, opening hours, places, what to give, days until it is seen. Examples for a fresh
#: database: costs, hours and places are for the unit to complete.
_MEANS = (
    (
        "Ventanilla de la empresa",
        "Acérquese a cualquier agencia y pague en efectivo o con tarjeta. Pida su comprobante.",
        "Lunes a viernes en horario de atención de la agencia",
        "Agencias de la empresa",
        f"Cédula o {_ACCOUNT.lower()}",
        0,
    ),
    (
        "Western Union",
        "Pague en efectivo e indique a qué empresa paga. Revise el número en el comprobante.",
        "Horario de cada local",
        "Agencias Western Union del cantón",
        _ACCOUNT,
        1,
    ),
    (
        "Facilito",
        "Busque un local con el letrero Facilito e indique a qué empresa paga.",
        "Horario de cada local; muchos abren fines de semana",
        "Tiendas, farmacias y locales con el letrero Facilito",
        _ACCOUNT,
        1,
    ),
    (
        "Banco Pichincha",
        "En la banca web o móvil: pagos, servicios básicos, agua. También en un Mi Vecino.",
        "Banca web y móvil a toda hora; Mi Vecino en el horario de cada local",
        "Banca web, banca móvil, corresponsales Mi Vecino",
        _ACCOUNT,
        1,
    ),
    (
        "Página web de la empresa",
        "Consulte su cuenta en la página de la empresa y pague con tarjeta de crédito o débito.",
        "A toda hora",
        "En línea",
        _ACCOUNT,
        1,
    ),
    (
        "Débito automático",
        "Autorice en su banco el débito mensual. Sirve para las próximas planillas.",
        "Horario de su banco",
        "El banco en que tiene su cuenta",
        _ACCOUNT,
        2,
    ),
)
_MEANS_COLUMNS = ("name", "instructions", "hours", "places", "reference", "posting_delay_days")
_THIRD_PARTY = (
    "Si contesta otra persona: pregunte a qué hora la encuentra. No mencione deuda, valor ni corte."
)
_GREETING = (
    "Buenos días / buenas tardes, le saluda {operator} de {company}.\n"
    "¿Hablo con {name}?\n"
    "Por seguridad, ¿los cuatro últimos dígitos de su cédula, o su número de cuenta?"
)
_SCRIPTS = (
    (
        "Cobro general",
        "",
        _GREETING,
        "Le informo su estado de cuenta y la fecha de la planilla más antigua.\n"
        "¿Qué día puede realizar el pago y por qué medio?\n"
        "Confirme fecha, valor y medio de pago; agradezca.",
    ),
    (
        "Compromiso incumplido",
        "broken_promise",
        _GREETING,
        "Recuerde el compromiso anterior y pregunte qué impidió cumplirlo.\n"
        "Acuerde una nueva fecha cercana y un valor que pueda pagar.\n"
        "Confirme fecha, valor y medio de pago; agradezca.",
    ),
    (
        "Volver a llamar",
        "callback",
        "Buenos días / buenas tardes, le saluda {operator} de {company}.\n"
        "¿Hablo con {name}? Le llamo a la hora que usted pidió.\n"
        "Por seguridad, ¿los cuatro últimos dígitos de su cédula, o su número de cuenta?",
        "Retome lo que quedó pendiente.\nConfirme fecha, valor y medio de pago; agradezca.",
    ),
)


def seed_catalogues(session: Session) -> None:
    """Add the outcomes, reasons, means and scripts that are missing; what people edited stays."""
    have = set(session.scalars(select(Outcome.code)))
    for code, label, english, weight, position, flags, asks in _SEED:
        if code not in have:
            session.add(
                Outcome(
                    code=code,
                    label=label,
                    label_en=english,
                    weight=weight,
                    position=position,
                    asks=list(asks),
                    attempt=code not in _NO_ATTEMPT,
                    by_system=code in _BY_SYSTEM,
                    **dict.fromkeys(flags, True),
                )
            )
    _add(
        session, NonpaymentReason, [{"label": r, "position": n} for n, r in enumerate(_REASONS, 1)]
    )
    _add(
        session,
        PaymentMeans,
        [
            dict(zip(_MEANS_COLUMNS, means, strict=True)) | {"position": n}
            for n, means in enumerate(_MEANS, 1)
        ],
    )
    _add(
        session,
        Script,
        [
            {"name": n, "reason": r, "opening": o, "verified": v, "third_party": _THIRD_PARTY}
            for n, r, o, v in _SCRIPTS
        ],
    )


def _add(session: Session, model: type, rows: list[dict]) -> None:
    """Into an empty catalogue only: a row that somebody deleted does not come back."""
    if session.scalar(select(model).limit(1)) is None:
        session.execute(insert(model), rows)
