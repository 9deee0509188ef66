"""Who is under way: the helpdesk's queue finds them by a time of their own, which the outcomes so far give.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from wizard.models import base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNDER_WAY = sa.text("under_way_since IS NOT NULL")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("under_way_since", base.UtcDateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE accounts SET under_way_since = (SELECT max(at) FROM outcomes WHERE account_id = accounts.id)"
        " WHERE last_sign_in_at IS NULL"
    )
    op.create_index(
        "ix_accounts_under_way_since_id",
        "accounts",
        ["under_way_since", "id"],
        unique=False,
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )


def downgrade() -> None:
    op.drop_index("ix_accounts_under_way_since_id", "accounts")
    op.drop_column("accounts", "under_way_since")
