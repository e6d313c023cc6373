"""contacts

Revision ID: 20261124_contacts
Revises: 20261124_undo
Create Date: 2026-11-24 12:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_contacts"
down_revision = "20261124_undo"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who added and judged each contact; which person another one was found to be."""
    op.add_column("debtor", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_debtor_merged_into_id_debtor", "debtor", "debtor", ["merged_into_id"], ["id"]
    )
    op.create_index(
        "ix_debtor_merged_into",
        "debtor",
        ["merged_into_id"],
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    for column in ("added_by_id", "state_by_id"):
        op.add_column("contact_point", sa.Column(column, sa.Integer(), nullable=True))
        op.create_foreign_key(
            f"fk_contact_point_{column}_ab_user", "contact_point", "ab_user", [column], ["id"]
        )


def downgrade() -> None:
    """Merged people stand apart again without what moved; who added a contact is lost."""
    for column in ("state_by_id", "added_by_id"):
        op.drop_constraint(f"fk_contact_point_{column}_ab_user", "contact_point")
        op.drop_column("contact_point", column)
    op.drop_index("ix_debtor_merged_into", "debtor")
    op.drop_constraint("fk_debtor_merged_into_id_debtor", "debtor")
    op.drop_column("debtor", "merged_into_id")
