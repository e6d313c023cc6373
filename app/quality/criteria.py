"""The protocol's scorecard, seeded once; specialists and administrators change it on screen."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.quality.models import Criterion

#: What the weights of the criteria in use are meant to add up to.
WHOLE = 100
#: name, weight, critical, what the scorer listens for
_SEED = (
    (
        "Saludo e identificación de la empresa",
        10,
        False,
        "Saluda, dice su nombre y el de la empresa, y pregunta por la persona por su nombre.",
    ),
    (
        "Verificación de identidad",
        20,
        True,
        "Comprueba la identidad antes de decir cualquier valor, fecha o servicio. No da pistas del dato que pregunta.",
    ),
    (
        "Claridad de la información",
        15,
        False,
        "Explica cuánto se debe, desde cuándo y por qué, sin prisa y sin palabras técnicas. Responde lo que le preguntan.",
    ),
    (
        "Medios de pago",
        10,
        False,
        "Ofrece dónde y cómo pagar, con su costo y cuánto tarda en verse, según le convenga a la persona.",
    ),
    (
        "Compromiso concreto y cierre",
        15,
        False,
        "Acuerda valor, fecha y medio de pago, los repite al final y agradece. Sin acuerdo, deja dicho qué sigue.",
    ),
    (
        "Respeto y trato",
        15,
        False,
        "Escucha, no interrumpe, no presiona ni amenaza; acepta un no y la petición de no llamar más.",
    ),
    (
        "Confidencialidad ante terceros",
        15,
        True,
        "A quien no es el titular no le dice que hay una deuda ni el motivo de la llamada: solo deja recado.",
    ),
)


def seed_criteria(session: Session) -> None:
    """Into an empty catalogue only: a criterion that somebody deleted does not come back."""
    if session.scalar(select(Criterion.id).limit(1)) is not None:
        return
    rows = [
        {"name": name, "weight": weight, "is_critical": critical, "help": text, "position": n}
        for n, (name, weight, critical, text) in enumerate(_SEED, 1)
    ]
    session.execute(insert(Criterion), rows)


def criteria_in_use(session: Session) -> Sequence[Criterion]:
    """The scorecard of today, in its order."""
    query = select(Criterion).where(Criterion.is_active)
    return session.scalars(query.order_by(Criterion.position, Criterion.id)).all()


def weight_in_use(session: Session) -> int:
    """The sum of the weights of the criteria in use."""
    return session.scalar(select(func.sum(Criterion.weight)).where(Criterion.is_active)) or 0
