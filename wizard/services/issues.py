"""Issues: the temporary password and the button of one invitation (DESIGN, section 5)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select, update

from wizard.domain.secrets_made import fold_temporary_password, new_id, new_temporary_password, new_token
from wizard.extensions import tools
from wizard.models import Account, Issue, Proof
from wizard.models.database import db, rows_changed

BUTTON, PASSWORD = "issue-button", "temporary-password"  # purposes of keys
REPLACED: Final = "replaced"
USED: Final = "used"
State = Literal["open", "used", "expired", "replaced"]


class HasOwnPassword(Exception):
    """The account has or had an own password: an invitation would let in whoever reads the mail."""


@dataclass(frozen=True)
class IssueSecrets:
    """What the mail carries; nothing of it is kept in the clear. Without a temporary password the button is all."""

    issue_id: str
    button_token: str = field(repr=False)
    temporary_password: str | None = field(repr=False)
    ends_at: datetime


def issue(account: Account, *, with_password: bool = True) -> IssueSecrets:
    """Make a new issue for `account`, inside the caller's open `write()` block; an older open one ends.

    Without `with_password` it is the button only, whatever INVITATION_CARRIES says. Takes the account's row lock, so that two that
    are made at once do not both stay open. Raises `HasOwnPassword`.
    """
    db.session.flush()
    db.session.refresh(account, with_for_update=True)
    if account.password_hash is not None or account.password_ended_at is not None:
        raise HasOwnPassword(account.id)
    end_open(account.id, REPLACED)
    decided, keyring, now = tools().settings, tools().keyring, tools().clock.now()
    carries_password = with_password and decided.invitation_carries == "both"
    secrets = IssueSecrets(
        issue_id=new_id(),
        button_token=new_token(),
        temporary_password=new_temporary_password() if carries_password else None,
        ends_at=now + timedelta(seconds=decided.issue_lifetime),
    )
    typed = secrets.temporary_password
    db.session.add(
        Issue(
            id=secrets.issue_id,
            account_id=account.id,
            created_at=now,
            ends_at=secrets.ends_at,
            button_hash=keyring.digest(BUTTON, secrets.button_token),
            password_hash=keyring.digest(PASSWORD, fold_temporary_password(typed)) if typed else None,
        )
    )
    return secrets


def end_open(account_id: str, reason: str) -> int:
    """End the account's open issues and the proofs that they gave, inside an open `write()` block; say how many issues.

    `reason` is `REPLACED` when a newer one comes, `USED` when an own password was set, or another word for the trail.
    """
    now = tools().clock.now()
    ids = list(db.session.scalars(select(Issue.id).where(Issue.account_id == account_id, Issue.ended_at.is_(None))))
    if not ids:
        return 0
    rows_changed(update(Proof).where(Proof.issue_id.in_(ids), Proof.ended_at.is_(None)).values(ended_at=now))
    return rows_changed(
        update(Issue).where(Issue.id.in_(ids), Issue.ended_at.is_(None)).values(ended_at=now, ended_reason=reason)
    )


def find_by_button(token: str) -> Issue | None:
    """The issue whose button carries `token`, whatever its state."""
    return db.session.scalar(select(Issue).where(Issue.button_hash.in_(tools().keyring.digests(BUTTON, token))))


def newest(account_id: str) -> Issue | None:
    """The issue made last for the account, whatever its state."""
    of_account = select(Issue).where(Issue.account_id == account_id)
    return db.session.scalar(of_account.order_by(Issue.created_at.desc(), Issue.ended_at.is_(None).desc()).limit(1))


def fits(found: Issue, typed: str) -> bool:
    """Whether `typed` is the issue's temporary password. Says nothing about its state; compares in constant time."""
    stored = found.password_hash or ""
    folded = fold_temporary_password(typed)
    made = [hmac.compare_digest(digest, stored) for digest in tools().keyring.digests(PASSWORD, folded)]
    return any(made)


def state(found: Issue, now: datetime) -> State:
    """What has become of the issue. Its end is compared here, at use: nothing has to run for it to expire."""
    if found.ended_at is not None:
        return USED if found.ended_reason == USED else REPLACED
    return "expired" if found.ends_at <= now else "open"
