"""undo

Revision ID: 20261124_undo
Revises: 20261124_lists
Create Date: 2026-11-24 12:30:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_undo"
down_revision = "20261124_lists"
branch_labels = None
depends_on = None

STATES = ("uploaded", "checked", "applying", "applied", "refused", "discarded")
#: By these a row that a load brought is asked for before it is taken away.
ASKED = (
    ("timeline_event", "account_id"),
    ("contact_refusal", "account_id"),
    ("call", "contact_point_id"),
)


def upgrade() -> None:
    """What a load changed can be put back; which accounts had problems."""
    op.add_column("load", sa.Column("brought", postgresql.JSONB(), nullable=True))
    op.add_column("load", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("load", sa.Column("undone_by_id", sa.Integer(), nullable=True))
    op.add_column("load", sa.Column("undo_reason", sa.Text(), nullable=True))
    op.create_foreign_key(
        "fk_load_undone_by_id_ab_user", "load", "ab_user", ["undone_by_id"], ["id"]
    )
    _allow((*STATES, "undoing", "undone"))
    op.add_column(
        "account", sa.Column("flawed", sa.Boolean(), nullable=False, server_default="true")
    )
    op.create_table(
        "load_before",
        sa.Column("load_id", sa.BigInteger(), nullable=False),
        sa.Column("table_name", sa.String(20), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("load_id", "table_name", "row_id", name="pk_load_before"),
        sa.ForeignKeyConstraint(
            ["load_id"], ["load.id"], name="fk_load_before_load_id_load", ondelete="CASCADE"
        ),
    )
    for table, column in ASKED:
        op.create_index(
            f"ix_{table}_{column}",
            table,
            [column],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_index("ix_claim_debtor_id", "claim", ["debtor_id"])


def downgrade() -> None:
    """Loads that were undone are told as discarded; nothing can be taken back any more."""
    op.drop_index("ix_claim_debtor_id", "claim")
    for table, column in ASKED:
        op.drop_index(f"ix_{table}_{column}", table)
    op.drop_table("load_before")
    op.drop_column("account", "flawed")
    op.execute("UPDATE load SET status = 'applied' WHERE status = 'undoing'")
    op.execute("UPDATE load SET status = 'discarded' WHERE status = 'undone'")
    _allow(STATES)
    op.drop_constraint("fk_load_undone_by_id_ab_user", "load")
    for column in ("undo_reason", "undone_by_id", "undone_at", "brought"):
        op.drop_column("load", column)


def _allow(states: tuple[str, ...]) -> None:
    op.drop_constraint("ck_load_status", "load")
    op.create_check_constraint(op.f("ck_load_status"), "load", f"status IN {states}")
