"""Organisations.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from wizard.domain.address_match import match_key
from wizard.models import base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PAGE = 5000  # accounts


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name_key", name=op.f("uq_organisations_name_key")),
    )
    op.create_table(
        "sendings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("paused_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("paused_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sendings")),
    )
    op.create_table(
        "desk_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("organisation_kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("help_code", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_administrators", sa.Integer(), nullable=False),
        sa.Column("settled_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["settled_by"], ["accounts.id"], name=op.f("fk_desk_requests_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_requests")),
    )
    with op.batch_alter_table("desk_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_requests_address_key"), ["address_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_desk_requests_created_at"), ["created_at"], unique=False)

    op.create_table(
        "name_corrections",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=32), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_name_corrections_account_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["accounts.id"], name=op.f("fk_name_corrections_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_corrections")),
    )
    with op.batch_alter_table("name_corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_name_corrections_account_id"), ["account_id"], unique=False)

    op.create_table(
        "offices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_offices_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offices")),
        sa.UniqueConstraint("organisation_id", "name_key", name="uq_offices_name"),
    )
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offices_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("office_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.String(length=32), nullable=True),
        sa.Column("accepted_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["accounts.id"], name=op.f("fk_memberships_invited_by")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_memberships_office_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_memberships_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_office_id"), ["office_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(
            "uq_memberships_one_living",
            ["account_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "profile_answers",
        sa.Column("office_id", sa.String(length=32), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("answered_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["accounts.id"], name=op.f("fk_profile_answers_answered_by")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_profile_answers_office_id")),
        sa.PrimaryKeyConstraint("office_id", "question", name=op.f("pk_profile_answers")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("match_key", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("email_domain", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("address_confirmed_at", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("details_confirmed_at", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("announced_at", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_accounts_match_key"), ["match_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_accounts_email_domain"), ["email_domain"], unique=False)

    _fill_match_keys()
    with op.batch_alter_table("mailed_codes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delayed_until", base.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sending_id", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_outbox_sending_id"), ["sending_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_outbox_sending_id"), "sendings", ["sending_id"], ["id"])


def _fill_match_keys() -> None:
    """Page by page, so that a million accounts need no more memory than a page."""
    names = ("id", "email_key", "match_key", "email_domain")
    accounts = sa.table("accounts", *(sa.column(name) for name in names))
    connection, last = op.get_bind(), ""
    while True:
        page = sa.select(accounts.c.id, accounts.c.email_key).where(accounts.c.id > last)
        rows = connection.execute(page.order_by(accounts.c.id).limit(PAGE)).all()
        if not rows:
            return
        keys = [
            {"of": row.id, "key": match_key(row.email_key), "domain": row.email_key.rpartition("@")[2]} for row in rows
        ]
        filled = sa.update(accounts).where(accounts.c.id == sa.bindparam("of"))
        filled = filled.values(match_key=sa.bindparam("key"), email_domain=sa.bindparam("domain"))
        connection.execute(filled, keys)
        last = rows[-1].id


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_outbox_sending_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_outbox_sending_id"))
        batch_op.drop_column("sending_id")

    with op.batch_alter_table("mailed_codes", schema=None) as batch_op:
        batch_op.drop_column("delayed_until")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_email_domain"))
        batch_op.drop_index(batch_op.f("ix_accounts_match_key"))
        batch_op.drop_column("announced_at")
        batch_op.drop_column("details_confirmed_at")
        batch_op.drop_column("address_confirmed_at")
        batch_op.drop_column("email_domain")
        batch_op.drop_column("match_key")

    op.drop_table("profile_answers")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_memberships_one_living",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_memberships_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_office_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_account_id"))

    op.drop_table("memberships")
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offices_organisation_id"))

    op.drop_table("offices")
    with op.batch_alter_table("name_corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_name_corrections_account_id"))

    op.drop_table("name_corrections")
    with op.batch_alter_table("desk_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_desk_requests_created_at"))
        batch_op.drop_index(batch_op.f("ix_desk_requests_address_key"))

    op.drop_table("desk_requests")
    op.drop_table("sendings")
    op.drop_table("organisations")
