"""How hard a person is to collect from: the one SQL definition of their level, from the facts."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Integer, any_, bindparam, literal_column, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from app.debtors.models import Debtor

#: Of ``debtor``: the promises that are broken and the refusals that stand (a corrected call does not),
#: at most 3. Written here because promises and calls, which are rooms apart, both change it.
LEVEL = """LEAST(3,
    (SELECT count(*) FROM promise p WHERE p.debtor_id = debtor.id AND p.state = 'broken')
  + (SELECT count(*) FROM call c
      WHERE c.debtor_id = debtor.id
        AND c.outcome_id IN (SELECT u.id FROM outcome u WHERE u.code = 'RPC_REFUSE')
        AND NOT EXISTS (SELECT FROM call fix WHERE fix.corrects_id = c.id)))"""
_level: ColumnElement[int] = literal_column(LEVEL, Integer)
_SETTLE = (
    update(Debtor)
    .where(Debtor.id == any_(bindparam("ids", type_=ARRAY(BigInteger))), Debtor.level != _level)
    .values(level=_level)
    .execution_options(synchronize_session="fetch")
)


def settle_levels(session: Session, debtor_ids: Collection[int]) -> None:
    """Store what the level of these people is now, where it differs."""
    if debtor_ids:
        session.flush()
        session.execute(_SETTLE, {"ids": sorted(set(debtor_ids))})
