"""contacts

Revision ID: 20261124_contacts
Revises: 20261124_undo
Create Date: 2026-11-24 12:30:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

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
    _create_repeated_pair()
    _create_person_merge()
    op.create_index("ix_claim_debtor", "claim", ["debtor_id"])


def _create_repeated_pair() -> None:
    op.create_table(
        "repeated_pair",
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("why", postgresql.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("different_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("different_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_repeated_pair_order")),
        *_references("repeated_pair", "debtor", "first_id", "second_id"),
        *_references("repeated_pair", "ab_user", "different_by_id"),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_repeated_pair")),
    )
    op.create_index("ix_repeated_pair_order", "repeated_pair", ["folded", "first_id", "second_id"])
    op.create_index("ix_repeated_pair_second", "repeated_pair", ["second_id"])


def _create_person_merge() -> None:
    op.create_table(
        "person_merge",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=250), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.Integer(), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by_id", sa.Integer(), nullable=True),
        *_references("person_merge", "debtor", "kept_id", "merged_id"),
        *_references("person_merge", "ab_user", "merged_by_id", "taken_back_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merge")),
    )
    op.create_index("ix_person_merge_kept_id", "person_merge", ["kept_id"])
    op.create_index(
        "uq_person_merge_standing",
        "person_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )


def _references(table: str, to: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column in columns
    ]


def downgrade() -> None:
    """What moved stays with the person who was kept; who added a contact is lost."""
    op.drop_index("ix_claim_debtor", "claim")
    op.drop_table("person_merge")
    op.drop_table("repeated_pair")
    for column in ("state_by_id", "added_by_id"):
        op.drop_constraint(f"fk_contact_point_{column}_ab_user", "contact_point")
        op.drop_column("contact_point", column)
    op.drop_index("ix_debtor_merged_into", "debtor")
    op.drop_constraint("fk_debtor_merged_into_id_debtor", "debtor")
    op.drop_column("debtor", "merged_into_id")
