"""staff: areas, people beside their user, absences; who promised a callback; a setting's reason

Revision ID: 20261124_staff
Revises: 20261124_contacts
Create Date: 2026-11-24 12:30:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_staff"
down_revision = "20261124_contacts"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_REASONS = "('vacation', 'leave', 'illness', 'training', 'other')"


def upgrade() -> None:
    """New tables, and columns that the previous release need not know."""
    _areas()
    _staff()
    _absences()
    op.add_column("callback", sa.Column("promised_by_id", sa.Integer()))
    op.create_foreign_key(
        "fk_callback_promised_by_id_ab_user", "callback", "ab_user", ["promised_by_id"], ["id"]
    )
    op.execute("UPDATE callback SET promised_by_id = operator_id WHERE done_at IS NULL")
    op.add_column(
        "setting_value", sa.Column("reason", sa.String(200), nullable=False, server_default="")
    )
    op.add_column("setting_value", sa.Column("cancelled_at", _MOMENT))
    op.add_column("setting_value", sa.Column("cancelled_by_id", sa.Integer()))
    op.create_foreign_key(
        "fk_setting_value_cancelled_by_id_ab_user",
        "setting_value",
        "ab_user",
        ["cancelled_by_id"],
        ["id"],
    )


def _areas() -> None:
    op.create_table(
        "area",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.PrimaryKeyConstraint("id", name="pk_area"),
        sa.UniqueConstraint("name", name="uq_area_name"),
    )


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer()),
        sa.Column("zone", sa.String(60), nullable=False, server_default=""),
        sa.Column("extension", sa.String(12), nullable=False, server_default=""),
        sa.Column("daily_goal", sa.Integer()),
        sa.Column("shift_from", sa.Time()),
        sa.Column("shift_until", sa.Time()),
        sa.Column(
            "weekdays",
            postgresql.ARRAY(sa.Integer()),
            nullable=False,
            server_default=sa.text("'{1,2,3,4,5}'"),
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_staff"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name="fk_staff_user_id_ab_user"),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_staff_area_id_area"),
        sa.CheckConstraint("daily_goal BETWEEN 1 AND 500", name="ck_staff_daily_goal"),
        sa.CheckConstraint(
            "(shift_from IS NULL) = (shift_until IS NULL)", name="ck_staff_whole_shift"
        ),
        sa.CheckConstraint("shift_from < shift_until", name="ck_staff_shift_order"),
        sa.CheckConstraint(
            "weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7] AND cardinality(weekdays) > 0",
            name="ck_staff_weekdays",
        ),
    )
    op.create_index("ix_staff_area_id", "staff", ["area_id"])


def _absences() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(12), nullable=False),
        sa.Column("note", sa.String(200), nullable=False, server_default=""),
        sa.Column("entered_at", _MOMENT, nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", _MOMENT),
        sa.Column("cancelled_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name="fk_absence_user_id_ab_user"),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["ab_user.id"], name="fk_absence_entered_by_id_ab_user"
        ),
        sa.ForeignKeyConstraint(
            ["cancelled_by_id"], ["ab_user.id"], name="fk_absence_cancelled_by_id_ab_user"
        ),
        sa.CheckConstraint("first_day <= last_day", name="ck_absence_order"),
        sa.CheckConstraint(f"reason IN {_REASONS}", name="ck_absence_reason"),
        postgresql.ExcludeConstraint(
            (sa.text("int4range(user_id, user_id, '[]')"), "&&"),
            (sa.text("daterange(first_day, last_day, '[]')"), "&&"),
            name="ex_absence_overlap",
            using="gist",
            where=sa.text("cancelled_at IS NULL"),
        ),
    )
    op.create_index("ix_absence_user_days", "absence", ["user_id", "last_day"])


def downgrade() -> None:
    """What people entered here is lost."""
    op.drop_constraint("fk_setting_value_cancelled_by_id_ab_user", "setting_value")
    op.execute("DELETE FROM setting_value WHERE cancelled_at IS NOT NULL")
    op.drop_column("setting_value", "cancelled_by_id")
    op.drop_column("setting_value", "cancelled_at")
    op.drop_column("setting_value", "reason")
    op.drop_constraint("fk_callback_promised_by_id_ab_user", "callback")
    op.drop_column("callback", "promised_by_id")
    op.drop_table("absence")
    op.drop_table("staff")
    op.drop_table("area")
