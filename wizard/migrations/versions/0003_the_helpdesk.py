"""The helpdesk.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from wizard.models import base, search_index
from wizard.services import people_search

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.String(length=32), nullable=False),
        sa.Column("journey", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("update", sa.Boolean(), nullable=False),
        sa.Column("invite", sa.Boolean(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("taken_until", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["accounts.id"], name=op.f("fk_bulk_jobs_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_jobs")),
    )
    with op.batch_alter_table("bulk_jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bulk_jobs_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bulk_jobs_state"), ["state"], unique=False)

    op.create_table(
        "desk_acts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("checked_how", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("approver_id", sa.String(length=32), nullable=True),
        sa.Column("approved_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.JSON(), nullable=False),
        sa.Column("undo_until", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_desk_acts_account_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["accounts.id"], name=op.f("fk_desk_acts_agent_id")),
        sa.ForeignKeyConstraint(["approver_id"], ["accounts.id"], name=op.f("fk_desk_acts_approver_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_acts")),
    )
    with op.batch_alter_table("desk_acts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_acts_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_desk_acts_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_desk_acts_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_desk_acts_state"), ["state"], unique=False)

    op.create_table(
        "desk_presence",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.String(length=32), nullable=False),
        sa.Column("since", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_desk_presence_account_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["accounts.id"], name=op.f("fk_desk_presence_agent_id")),
        sa.PrimaryKeyConstraint("account_id", "agent_id", name=op.f("pk_desk_presence")),
    )
    op.create_table(
        "search_entries",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("marks", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_search_entries_account_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("account_id", name=op.f("uq_search_entries_account_id")),
    )
    op.create_table(
        "staff",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_staff_account_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_staff_organisation_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_staff")),
    )
    op.create_table(
        "temporary_passes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("pass_hash", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_temporary_passes_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temporary_passes")),
    )
    with op.batch_alter_table("temporary_passes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_temporary_passes_account_id"), ["account_id"], unique=False)

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_agent", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcomes_at"))
        batch_op.create_index(batch_op.f("ix_outcomes_at_account_id"), ["at", "account_id"], unique=False)

    people_search.rebuild(op.get_bind())


def downgrade() -> None:
    op.drop_table("bulk_jobs")
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcomes_at_account_id"))
        batch_op.create_index(batch_op.f("ix_outcomes_at"), ["at"], unique=False)

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("is_agent")

    with op.batch_alter_table("temporary_passes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_temporary_passes_account_id"))

    op.drop_table("temporary_passes")
    op.drop_table("staff")
    search_index.drop(op.get_bind())
    op.drop_table("search_entries")
    op.drop_table("desk_presence")
    with op.batch_alter_table("desk_acts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_desk_acts_state"))
        batch_op.drop_index(batch_op.f("ix_desk_acts_created_at"))
        batch_op.drop_index(batch_op.f("ix_desk_acts_agent_id"))
        batch_op.drop_index(batch_op.f("ix_desk_acts_account_id"))

    op.drop_table("desk_acts")
