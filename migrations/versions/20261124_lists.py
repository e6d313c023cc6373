"""lists

Revision ID: 20261124_lists
Revises: 20261124
Create Date: 2026-11-24 12:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_lists"
down_revision = "20261124"
branch_labels = None
depends_on = None

#: (table, columns): what the large lists are ordered by, with the key that continues a page. Where
#: values hardly repeat (account.number_key, call.started_at, promise.made_at) the index that there is
#: serves as well.
ORDERS = (
    ("debtor", ("identification", "id")),
    ("account", ("balance", "id")),
    ("account", ("oldest_due_on", "id")),
    ("account", ("sector", "id")),
    ("promise", ("due_on", "id")),
    ("promise", ("check_on", "id")),
    ("promise", ("amount", "id")),
)


def upgrade() -> None:
    """Saved views, downloads, and an index for every order of a large list."""
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("screen", sa.String(80), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column(
            "owner_id",
            sa.Integer(),
            sa.ForeignKey("ab_user.id", name="fk_saved_view_owner_id_ab_user"),
            nullable=False,
        ),
        sa.Column("shared", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "screen", "owner_id", "name", name="uq_saved_view_screen_owner_id_name"
        ),
    )
    op.create_index("ix_saved_view_owner_id", "saved_view", ["owner_id"])
    op.create_table(
        "download",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "owner_id",
            sa.Integer(),
            sa.ForeignKey("ab_user.id", name="fk_download_owner_id_ab_user"),
            nullable=False,
        ),
        sa.Column("screen", sa.String(80), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("form", sa.String(4), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download")),
        sa.CheckConstraint(
            "status IN ('waiting', 'writing', 'ready', 'failed')", name=op.f("ck_download_status")
        ),
        sa.CheckConstraint("form IN ('csv', 'xlsx')", name=op.f("ck_download_form")),
    )
    op.create_index("ix_download_owner_id", "download", ["owner_id"])
    for table, columns in ORDERS:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    # Rows without a day stay last in either direction.
    op.create_index(
        "ix_account_oldest_due_on_down",
        "account",
        [sa.text("oldest_due_on DESC NULLS LAST"), sa.text("id DESC")],
    )
    op.create_index("ix_call_outcome_id", "call", ["outcome_id"])
    op.drop_index("ix_debtor_identification", "debtor")
    op.drop_index("ix_promise_check_on", "promise")


def downgrade() -> None:
    """Saved views and downloads are lost; the files stay until they are taken away by hand."""
    op.create_index("ix_promise_check_on", "promise", ["check_on"])
    op.create_index("ix_debtor_identification", "debtor", ["identification"])
    op.drop_index("ix_call_outcome_id", "call")
    op.drop_index("ix_account_oldest_due_on_down", "account")
    for table, columns in reversed(ORDERS):
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
    op.drop_table("download")
    op.drop_table("saved_view")
