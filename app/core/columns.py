"""Column types shared by every room: keys, money in USD, instants in UTC."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from flask_appbuilder import Model
from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, MetaData, Numeric
from sqlalchemy.orm import mapped_column

#: Deterministic constraint names, so that a later migration can name what it changes.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = Model.metadata
metadata.naming_convention = NAMING

#: Big enough for ten years of calls at the large size.
BigKey = Annotated[int, mapped_column(BigInteger, primary_key=True)]
SmallKey = Annotated[int, mapped_column(Integer, primary_key=True)]
#: USD with cents; what does not fit raises in the database instead of being rounded away.
Money = Annotated[Decimal, mapped_column(Numeric(12, 2))]
#: Stored in UTC, shown in the unit's zone.
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
#: The person of the unit who did it (the framework's user).
UserRef = Annotated[int, mapped_column(Integer, ForeignKey("ab_user.id"))]


def ref(table: str, *, index: bool = True, ondelete: str | None = None, **kwargs):
    """A foreign key to ``table.id``, indexed unless told otherwise."""
    return mapped_column(
        BigInteger, ForeignKey(f"{table}.id", ondelete=ondelete), index=index, **kwargs
    )


#: Both cases and accents to plain lower case: the key for search *and* for order, because
#: C.UTF-8 sorts Á and Ñ after Z.
_ACCENTED = "ÁÀÂÄÃÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇáàâäãéèêëíìîïóòôöõúùûüñç"
_PLAIN = "aaaaaeeeeiiiiooooouuuuncaaaaaeeeeiiiiooooouuuunc"


def fold_sql(column: str) -> str:
    """SQL expression that folds ``column`` (immutable, fit for a generated column)."""
    return f"lower(translate({column}, '{_ACCENTED}', '{_PLAIN}'))"


_FOLD = str.maketrans(_ACCENTED, _PLAIN)


def fold(text: str) -> str:
    """The same folding for what a person typed, so that it meets the stored key."""
    return text.translate(_FOLD).lower()
