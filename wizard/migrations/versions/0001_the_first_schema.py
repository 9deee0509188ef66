"""The first schema.

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from wizard.models import base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("journey", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=True),
        sa.Column("username_key", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("disabled_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("password_set_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("password_session_id", sa.String(), nullable=True),
        sa.Column("password_ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("former_password_hash", sa.String(), nullable=True),
        sa.Column("factor_since", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("factor_skipped_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("codes_skipped_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_sign_in_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("previous_sign_in_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("username_key", name=op.f("uq_accounts_username_key")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_email_key"), ["email_key"], unique=False)

    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=True),
        sa.Column("salt", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("seal", sa.String(), nullable=True),
        sa.Column("sealed_order", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("sealed_order", name=op.f("uq_audit_events_sealed_order")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_events_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_events_kind"), ["kind"], unique=False)

    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_devices_token_hash")),
    )
    op.create_table(
        "installation",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("journey", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("help_code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcomes")),
    )
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outcomes_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outcomes_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outcomes_help_code"), ["help_code"], unique=False)

    op.create_table(
        "signals",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
    )
    with op.batch_alter_table("signals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signals_at"), ["at"], unique=False)

    op.create_table(
        "throttles",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("window_start", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("paused_until", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("fingerprints", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_throttles")),
    )
    op.create_table(
        "device_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("device_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_keys_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_keys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_device_keys_credential_id")),
    )
    with op.batch_alter_table("device_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_keys_device_id"), ["device_id"], unique=False)

    op.create_table(
        "mailed_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("journey", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("button_hash", sa.String(), nullable=False),
        sa.Column("mail_id", sa.String(), nullable=True),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("handed_over_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("used_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_mailed_codes_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_codes")),
        sa.UniqueConstraint("button_hash", name=op.f("uq_mailed_codes_button_hash")),
    )
    with op.batch_alter_table("mailed_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailed_codes_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mailed_codes_browser"), ["browser"], unique=False)
        batch_op.create_index(batch_op.f("ix_mailed_codes_subject"), ["subject"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("recipient", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("useful_until", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reply_code", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("button_opened_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_outbox_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_state"), ["state"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=True),
        sa.Column("previous_until", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("previous_post", sa.String(), nullable=True),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(), nullable=True),
        sa.Column("visit", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_previous_hash"), ["previous_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_visit"), ["visit"], unique=False)

    op.create_table(
        "authenticators",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(length=32), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        sa.Column("told_ahead", sa.Integer(), nullable=True),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("proven_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_authenticators_account_id")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_authenticators_device_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_authenticators_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticators")),
    )
    with op.batch_alter_table("authenticators", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_authenticators_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_authenticators_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_authenticators_session_id"), ["session_id"], unique=False)

    op.create_table(
        "issues",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("button_hash", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("first_used_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_issues_account_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_issues_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
        sa.UniqueConstraint("button_hash", name=op.f("uq_issues_button_hash")),
    )
    with op.batch_alter_table("issues", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issues_account_id"), ["account_id"], unique=False)

    op.create_table(
        "recovery_code_sets",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("shown", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kept_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recovery_code_sets_account_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_recovery_code_sets_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code_sets")),
    )
    with op.batch_alter_table("recovery_code_sets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_sets_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recovery_code_sets_session_id"), ["session_id"], unique=False)

    op.create_table(
        "approval_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("challenge", sa.String(), nullable=False),
        sa.Column("shown", sa.LargeBinary(), nullable=True),
        sa.Column("number_hash", sa.String(), nullable=False),
        sa.Column("scan_hash", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("authenticator_id", sa.String(length=32), nullable=True),
        sa.Column("claimed_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_approval_requests_account_id")),
        sa.ForeignKeyConstraint(
            ["authenticator_id"], ["authenticators.id"], name=op.f("fk_approval_requests_authenticator_id")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_approval_requests_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_requests")),
    )
    with op.batch_alter_table("approval_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_requests_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_approval_requests_session_id"), ["session_id"], unique=False)
        batch_op.create_index(
            "uq_approval_requests_one_open",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "phone_links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("authenticator_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("shown", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("device_id", sa.String(length=32), nullable=True),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_phone_links_account_id")),
        sa.ForeignKeyConstraint(
            ["authenticator_id"], ["authenticators.id"], name=op.f("fk_phone_links_authenticator_id")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_phone_links_device_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_phone_links_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_phone_links_token_hash")),
    )
    with op.batch_alter_table("phone_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phone_links_authenticator_id"), ["authenticator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_phone_links_session_id"), ["session_id"], unique=False)

    op.create_table(
        "proofs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("authenticator_id", sa.String(length=32), nullable=True),
        sa.Column("issue_id", sa.String(length=32), nullable=True),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_proofs_account_id")),
        sa.ForeignKeyConstraint(["authenticator_id"], ["authenticators.id"], name=op.f("fk_proofs_authenticator_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_proofs_issue_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_proofs_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proofs")),
    )
    with op.batch_alter_table("proofs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proofs_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proofs_authenticator_id"), ["authenticator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proofs_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proofs_session_id"), ["session_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("set_id", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("used_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["set_id"], ["recovery_code_sets.id"], name=op.f("fk_recovery_codes_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_codes_code_hash")),
    )
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_codes_set_id"), ["set_id"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_codes_set_id"))

    op.drop_table("recovery_codes")
    with op.batch_alter_table("proofs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proofs_session_id"))
        batch_op.drop_index(batch_op.f("ix_proofs_issue_id"))
        batch_op.drop_index(batch_op.f("ix_proofs_authenticator_id"))
        batch_op.drop_index(batch_op.f("ix_proofs_account_id"))

    op.drop_table("proofs")
    with op.batch_alter_table("phone_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phone_links_session_id"))
        batch_op.drop_index(batch_op.f("ix_phone_links_authenticator_id"))

    op.drop_table("phone_links")
    with op.batch_alter_table("approval_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_approval_requests_one_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_approval_requests_session_id"))
        batch_op.drop_index(batch_op.f("ix_approval_requests_account_id"))

    op.drop_table("approval_requests")
    with op.batch_alter_table("recovery_code_sets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_sets_session_id"))
        batch_op.drop_index(batch_op.f("ix_recovery_code_sets_account_id"))

    op.drop_table("recovery_code_sets")
    with op.batch_alter_table("issues", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issues_account_id"))

    op.drop_table("issues")
    with op.batch_alter_table("authenticators", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_authenticators_session_id"))
        batch_op.drop_index(batch_op.f("ix_authenticators_device_id"))
        batch_op.drop_index(batch_op.f("ix_authenticators_account_id"))

    op.drop_table("authenticators")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_visit"))
        batch_op.drop_index(batch_op.f("ix_sessions_previous_hash"))
        batch_op.drop_index(batch_op.f("ix_sessions_account_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_state"))
        batch_op.drop_index(batch_op.f("ix_outbox_kind"))
        batch_op.drop_index(batch_op.f("ix_outbox_due_at"))
        batch_op.drop_index(batch_op.f("ix_outbox_account_id"))

    op.drop_table("outbox")
    with op.batch_alter_table("mailed_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailed_codes_subject"))
        batch_op.drop_index(batch_op.f("ix_mailed_codes_browser"))
        batch_op.drop_index(batch_op.f("ix_mailed_codes_account_id"))

    op.drop_table("mailed_codes")
    with op.batch_alter_table("device_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_keys_device_id"))

    op.drop_table("device_keys")
    op.drop_table("throttles")
    with op.batch_alter_table("signals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signals_at"))

    op.drop_table("signals")
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcomes_help_code"))
        batch_op.drop_index(batch_op.f("ix_outcomes_at"))
        batch_op.drop_index(batch_op.f("ix_outcomes_account_id"))

    op.drop_table("outcomes")
    op.drop_table("installation")
    op.drop_table("devices")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_events_kind"))
        batch_op.drop_index(batch_op.f("ix_audit_events_account_id"))

    op.drop_table("audit_events")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_email_key"))

    op.drop_table("accounts")
