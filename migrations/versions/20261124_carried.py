"""Cases without a number that the release before kept away by a hold: each is a proposed referral from now on.

Revision ID: 20261124_carried
Revises: 20261124_outcomes
Create Date: 2026-11-24 19:06:00
"""

from alembic import op

revision = "20261124_carried"
down_revision = "20261124_outcomes"
branch_labels = None
depends_on = None

#: Whose hold still runs; the account with most debt is the one that is visited.
_PROPOSE = """
INSERT INTO referral (kind, state, debtor_id, account_id, call_id, reason, proposed_at, proposed_by_id)
SELECT DISTINCT ON (h.debtor_id) 'not_located', 'proposed', h.debtor_id, a.id, c.id, c.note, h.placed_at, c.operator_id
  FROM hold h
  JOIN call c ON c.id = h.call_id
 CROSS JOIN LATERAL (SELECT a.id FROM account a WHERE a.debtor_id = h.debtor_id AND a.closed_on IS NULL
                      ORDER BY a.balance DESC, a.id LIMIT 1) a
 WHERE h.reason = 'referral' AND h.lifted_at IS NULL AND h.expired_on IS NULL
 ORDER BY h.debtor_id, h.placed_at DESC, h.id DESC
ON CONFLICT DO NOTHING
"""
#: Nobody can be called without a number: the hold is for nothing until the case is approved.
_LIFT = """
UPDATE hold h SET lifted_at = CURRENT_TIMESTAMP, lift_reason = 'referral_proposed'
  FROM referral r
 WHERE r.debtor_id = h.debtor_id AND h.reason = 'referral' AND h.lifted_at IS NULL AND h.expired_on IS NULL
"""


def upgrade() -> None:
    op.execute(_PROPOSE)
    op.execute(_LIFT)


def downgrade() -> None:
    """The release before knows the hold alone."""
    op.execute(
        "UPDATE hold SET lifted_at = NULL, lift_reason = '' WHERE lift_reason = 'referral_proposed'"
    )
