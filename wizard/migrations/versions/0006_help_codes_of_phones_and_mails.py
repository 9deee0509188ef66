"""Help codes of phones and of pages that wait for a mail: no post to a step writes them down.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from wizard.models import base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authenticators", sa.Column("help_code", sa.String(), nullable=True))
    op.add_column("authenticators", sa.Column("help_code_at", base.UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_authenticators_help_code", "authenticators", ["help_code"], unique=False)
    op.add_column("mailed_codes", sa.Column("help_code", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("mailed_codes", "help_code")
    op.drop_index("ix_authenticators_help_code", "authenticators")
    op.drop_column("authenticators", "help_code_at")
    op.drop_column("authenticators", "help_code")
