"""Marks of places: who sees one organisation's people in one country finds them by a mark of its own.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

from wizard.services import people_search

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    people_search.rebuild(op.get_bind())


def downgrade() -> None:
    """The marks stay: the code before did not ask for them, and does not mind."""
