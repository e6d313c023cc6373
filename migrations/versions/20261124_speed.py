"""A stamp that changes with the small tables, so that processes may remember them; an index.

Revision ID: 20261124_speed
Revises: 20261124_staff
Create Date: 2026-11-24 12:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_speed"
down_revision = "20261124_staff"
branch_labels = None
depends_on = None

_TABLES = (
    "outcome",
    "nonpayment_reason",
    "script",
    "payment_means",
    "holiday",
    "setting_value",
    "saved_view",
    "ab_user_role",
)


def upgrade() -> None:
    """The stamp, and a trigger on each table that writes a new one; promises are counted by their day."""
    op.create_index("ix_promise_made_on", "promise", ["made_on"])
    op.create_index(
        "ix_promise_made_by_id_check_on",
        "promise",
        ["made_by_id", "check_on"],
        postgresql_include=["state", "amount", "paid"],
    )
    op.drop_index("ix_promise_made_by_id", "promise")
    op.create_index(
        "ix_promise_pending_made_by",
        "promise",
        ["made_by_id", "due_on", "id"],
        postgresql_where="state = 'pending'",
    )
    op.drop_index("ix_promise_check_on_id", "promise")
    op.create_index(
        "ix_promise_check_on_id",
        "promise",
        ["check_on", "id"],
        postgresql_include=["made_by_id", "state", "amount", "paid"],
    )
    op.create_table(
        "reference_stamp",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_reference_stamp_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_stamp")),
    )
    op.execute("INSERT INTO reference_stamp (id) VALUES (1)")
    op.execute(
        """
        CREATE FUNCTION renew_reference_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE reference_stamp SET stamp = gen_random_uuid();
            RETURN NULL;
        END $$
        """
    )
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER renew_reference_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION renew_reference_stamp()"
        )


def downgrade() -> None:
    """Nothing is remembered any more."""
    op.create_index("ix_promise_made_by_id", "promise", ["made_by_id"])
    op.drop_index("ix_promise_made_by_id_check_on", "promise")
    op.drop_index("ix_promise_check_on_id", "promise")
    op.create_index("ix_promise_check_on_id", "promise", ["check_on", "id"])
    op.drop_index("ix_promise_pending_made_by", "promise")
    op.drop_index("ix_promise_made_on", "promise")
    for table in _TABLES:
        op.execute(f"DROP TRIGGER renew_reference_stamp ON {table}")
    op.execute("DROP FUNCTION renew_reference_stamp()")
    op.drop_table("reference_stamp")
