"""Quality of attention: a sample knows whose calls it was drawn from, also those who had none.

Revision ID: 20261124_quality
Revises: 20261124_complaints
Create Date: 2026-11-24 19:04:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "20261124_quality"
down_revision = "20261124_complaints"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column with a default: what serves meanwhile does not see it."""
    op.add_column(
        "quality_sample",
        sa.Column(
            "operator_ids", ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False
        ),
    )


def downgrade() -> None:
    """Without it."""
    op.drop_column("quality_sample", "operator_ids")
