"""What the token of a mail's button leads to, and using it: an invitation, or a mail that proves an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wizard.domain.assurance import BUTTON
from wizard.domain.journey_names import FIRST_CONNECTION, MIGRATED_ACCOUNT
from wizard.models import Account, Issue, MailedCode, db
from wizard.services import addresses, issues, mails, names, passwords
from wizard.services.passwords import NoLongerTrue
from wizard.services.visits import Visit, current_visit, lock_account


@dataclass(frozen=True)
class Landed:
    """An issue or a mailed code, its account (None: an address that nobody has) and how it stands."""

    row: Issue | MailedCode
    account: Account | None
    state: str
    since: datetime | None
    ends: datetime

    @property
    def is_of_moved_account(self) -> bool:
        return self.account is not None and self.account.journey == MIGRATED_ACCOUNT

    @property
    def journey(self) -> str:
        """Where the person goes on."""
        if isinstance(self.row, MailedCode):
            return self.row.journey
        return MIGRATED_ACCOUNT if self.is_of_moved_account else FIRST_CONNECTION

    @property
    def shown_name(self) -> str:
        """Whose mail it is: the user name, or the address."""
        if self.account is not None:
            return self.account.sign_in_name
        assert isinstance(self.row, MailedCode)
        return addresses.recipient_of(self.row)


def find(token: str) -> Landed | None:
    """What `token` leads to, whatever its state; None for a token that nobody sent, and for disabled accounts."""
    now = current_visit().now
    issue = issues.find_by_button(token)
    if issue is not None:
        account = db.session.get(Account, issue.account_id)
        if account is None or account.disabled_at is not None:
            return None
        return Landed(issue, account, issues.state(issue, now), issue.ended_at or issue.ends_at, issue.ends_at)
    mailed = addresses.find_by_button(token)
    if mailed is None or mailed.address is None:
        return None
    account = db.session.get(Account, mailed.account_id) if mailed.account_id else None
    if mailed.account_id and (account is None or account.disabled_at is not None):
        return None
    ends = addresses.code_ends(mailed)
    state = "open" if ends > now else "expired"
    since = mailed.used_at or mailed.ended_at or ends
    if mailed.used_at or mailed.ended_at:
        state = "used" if mailed.used_at else "replaced"
    return Landed(mailed, account, state, since, ends)


def use(visit: Visit, found: Landed) -> None:
    """Prove what the button stands for, in the open transaction. Raises `NoLongerTrue`."""
    row = found.row
    if found.account is None:
        if not addresses.press(visit, row.id):
            raise NoLongerTrue
        assert isinstance(row, MailedCode)
        visit.remember(email=addresses.recipient_of(row), email_key=row.address or "", way="")
        return
    account = lock_account(found.account.id)
    if account is None or account.disabled_at is not None:
        raise NoLongerTrue
    if visit.account is not None and visit.account.id != account.id:
        visit.sign_out("another-account")
    if isinstance(row, Issue):
        passwords.use_issue(visit, account, row.id, BUTTON, found.journey)
    elif not addresses.press(visit, row.id):
        raise NoLongerTrue
    visit.remember(
        username=account.sign_in_name,
        username_key=names.key_of(account),
        email=account.email,
        email_key=account.email_key,
        way="",
    )
    kinds = mails.INVITATIONS if isinstance(row, Issue) else (mails.MAILED_CODE,)
    mails.note_button_opened(account, kinds, visit.now)
