"""The mails that Perron sends, one function each. Each writes a row of the outbox inside an open `write()` block.

Absolute links are made from PUBLIC_URL only, never from a request. Names of people and of browsers are defused before
they reach a template (SEC-46).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy import select, update

from wizard.domain.canonical_names import mailbox_safe
from wizard.domain.organisation_words import ROLE_WORDS
from wizard.extensions import tools
from wizard.models import Account, OutboxMail
from wizard.models.database import db, rows_changed
from wizard.services import outbox
from wizard.services.issues import IssueSecrets

COLLEAGUE_INVITATION, MAILED_CODE = "colleague_invitation", "mailed_code"
INVITATIONS = ("invitation", "migrated_invitation", COLLEAGUE_INVITATION)
INVITATION_USEFUL = timedelta(hours=72)
NOTICE_USEFUL = timedelta(hours=72)


def button_address(token: str) -> str:
    """The absolute address of a mail's button."""
    return f"{tools().settings.public_url.rstrip('/')}/i/{token}"


def invitation(account: Account, issue_secrets: IssueSecrets) -> OutboxMail:
    """User name, temporary password and button for the first connection; given up after 72 hours or with the issue."""
    left = issue_secrets.ends_at - tools().clock.now()
    facts: dict[str, object] = {
        "temporary_password": issue_secrets.temporary_password,
        "button": button_address(issue_secrets.button_token),
        "ends": issue_secrets.ends_at,
        **_typing_address(),
    }
    return _to(account, "invitation", facts, min(INVITATION_USEFUL, left))


def mailed_code(
    account: Account | None,
    recipient: str | None,
    *,
    language: str,
    code: str,
    button_token: str,
    ends: datetime,
    journey: str,
    not_before: datetime | None = None,
) -> OutboxMail:
    """A code and a button that prove an address, in the language of the page that asked.

    `recipient` counts only without an account: an account's mail goes to its stored address (SEC-47, CVE-2019-19844).
    With neither, the row is written given up. `ends` is printed, `journey` tells what the code is for. A late mail is
    useful as long as the code can live at all. `not_before` is when it may leave at the earliest.
    """
    facts = {"code": code, "button": button_address(button_token), "ends": ends, "journey": journey}
    return outbox.post(
        MAILED_CODE,
        account=account,
        recipient=account.email if account else recipient,
        language=language,
        context=facts | _person(account),
        useful_for=timedelta(seconds=tools().settings.mailed_code_longest),
        not_before=not_before,
    )


def code_app_bound(account: Account, at: datetime, browser: str) -> OutboxMail:
    """Notice: a code app was set up for the account."""
    return _to(account, "code_app_bound", {"at": at, "browser": mailbox_safe(browser)})


def code_app_removed(account: Account, at: datetime, browser: str, *, none_left: bool = False) -> OutboxMail:
    """Notice: a code app was removed; `browser` names the one in which it was done. `none_left`: nothing confirms for the account now."""
    facts: dict[str, object] = {"at": at, "browser": mailbox_safe(browser), "none_left": none_left}
    return _to(account, "code_app_removed", facts | _typing_address())


def phone_linked(account: Account, at: datetime, browser: str) -> OutboxMail:
    """Notice: a phone was linked; `browser` names the phone's."""
    return _to(account, "phone_linked", {"at": at, "browser": mailbox_safe(browser)})


def link_opened_again(account: Account, at: datetime, browser: str) -> OutboxMail:
    """Notice: the QR code by which a phone was linked was opened once more; `browser` names the second one, "" when it is not known."""
    return _to(account, "link_opened_again", {"at": at, "browser": mailbox_safe(browser)})


def phone_removed(account: Account, at: datetime, phone: str, *, none_left: bool = False) -> OutboxMail:
    """Notice: a phone was removed; `phone` is how it is called. `none_left`: nothing confirms for the account now."""
    facts: dict[str, object] = {"at": at, "phone": mailbox_safe(phone), "none_left": none_left}
    return _to(account, "phone_removed", facts | _typing_address())


def said_not_me(
    account: Account, at: datetime, browser: str, *, password_ended: bool = False, in_since: datetime | None = None
) -> OutboxMail:
    """Notice: somebody said "It is not me" on a linked phone; `browser` names the computer's, `password_ended`: it ended with that.

    `in_since`: since when somebody was in, because another phone had said yes.
    """
    facts: dict[str, object] = {"at": at, "browser": mailbox_safe(browser), "password_ended": password_ended}
    return _to(account, "said_not_me", facts | {"in_since": in_since} | _typing_address())


def recovery_code_used(
    account: Account, at: datetime, browser: str, left: int, *, are_replaced: bool = False
) -> OutboxMail:
    """Notice: a recovery code was used; `left` is how many are unused. With the last one it says where new ones are made.

    `are_replaced`: those left end as soon as the authenticator works for which this one was used.
    """
    address = f"{tools().settings.host}/account/recovery-codes"
    facts: dict[str, object] = {"at": at, "browser": mailbox_safe(browser), "left": left, "address": address}
    return _to(account, "recovery_code_used", facts | {"are_replaced": are_replaced})


def temporary_pass_used(account: Account, at: datetime, browser: str) -> OutboxMail:
    """Notice: a temporary pass was used."""
    return _to(account, "temporary_pass_used", {"at": at, "browser": mailbox_safe(browser)})


def password_changed(account: Account, at: datetime, browser: str, *, is_first: bool = False) -> OutboxMail:
    """Notice: a new own password was set. Where it `is_first` nothing was changed: it says where to sign in with it."""
    facts: dict[str, object] = {"at": at, "browser": mailbox_safe(browser), "is_first": is_first}
    return _to(account, "password_changed", facts | _typing_address())


def password_ended(account: Account, by: Literal["agent", "not-me"]) -> OutboxMail:
    """Notice: the own password was ended, `by` an agent or by the answer "It is not me". Of a closed account nobody chooses a new one."""
    facts: dict[str, object] = {"at": tools().clock.now(), "by": by, "closed": account.disabled_at is not None}
    return _to(account, "password_ended", facts | _typing_address())


def sign_in_paused(account: Account | None, until: datetime) -> OutboxMail:
    """Notice: after too many wrong passwords none is checked `until` then. Without an account the row is written given up."""
    return _to(account, "sign_in_paused", {"at": tools().clock.now(), "until": until, **_typing_address()})


def access_wanted(administrator: Account, address: str, at: datetime) -> OutboxMail:
    """To an administrator: somebody with this verified `address` at the organisation's domain has no account and asks for one."""
    link = f"{tools().settings.public_url.rstrip('/')}/organisation/people"
    return _to(administrator, "access_wanted", {"address": address, "at": at, "link": link})


def issue_taken_over(account: Account, at: datetime, browser: str) -> OutboxMail:
    """Notice: the invitation was used in another browser, and the first one ended."""
    return _to(account, "issue_taken_over", {"at": at, "browser": mailbox_safe(browser)})


def _to(
    account: Account | None, kind: str, facts: dict[str, object], useful_for: timedelta = NOTICE_USEFUL
) -> OutboxMail:
    return outbox.post(
        kind,
        account=account,
        recipient=account.email if account else None,
        language=account.language if account else tools().settings.languages[0],
        context=facts | _person(account),
        useful_for=useful_for,
    )


def _person(account: Account | None) -> dict[str, object]:
    """Who is greeted, and which account it is about. A user name is no name to greet with and is never altered."""
    if account is None:
        return {"person": "", "username": ""}
    given = account.given_name or account.display_name or account.family_name
    return {"person": mailbox_safe(given), "username": account.sign_in_name}


def _typing_address() -> dict[str, object]:
    """The short address for typing, and what it links to; none when it leads elsewhere than PUBLIC_URL."""
    settings = tools().settings
    address = settings.short_address or settings.host
    return {"address": address, "address_link": settings.public_url if address == settings.host else None}


def note_button_opened(account: Account, kinds: tuple[str, ...], at: datetime) -> None:
    """Keep in mind, for the helpdesk, that the button of the account's newest mail of these kinds was pressed."""
    newest = select(OutboxMail.id).where(OutboxMail.account_id == account.id, OutboxMail.kind.in_(kinds))
    found = db.session.scalar(newest.order_by(OutboxMail.created_at.desc()).limit(1))
    if found is not None:
        first = update(OutboxMail).where(OutboxMail.id == found, OutboxMail.button_opened_at.is_(None))
        rows_changed(first.values(button_opened_at=at))


@dataclass(frozen=True)
class ColleagueFacts:
    """What a mail says of a membership: names as stored, the role as its word of the domain, `inviter` "" when unknown."""

    organisation: str
    office: str
    role: str
    inviter: str

    def defused(self) -> dict[str, object]:
        """The facts as a template may show them; the role's word is translated when the mail is rendered."""
        names = {name: mailbox_safe(getattr(self, name)) for name in ("organisation", "office", "inviter")}
        return {**names, "role": ROLE_WORDS[self.role]}


def colleague_invitation(account: Account, issue_secrets: IssueSecrets, facts: ColleagueFacts) -> OutboxMail:
    """An administrator's invitation to a new colleague, with the button only; given up after 72 hours or with the issue."""
    left = issue_secrets.ends_at - tools().clock.now()
    button: dict[str, object] = {
        "button": button_address(issue_secrets.button_token),
        "ends": issue_secrets.ends_at,
    }
    return _to(account, COLLEAGUE_INVITATION, facts.defused() | button, min(INVITATION_USEFUL, left))


def membership_offered(account: Account, facts: ColleagueFacts) -> OutboxMail:
    """An administrator offers a membership to an account that existed before. No secret and no button: it is answered signed in."""
    return _to(account, "membership_offered", facts.defused() | _typing_address(), INVITATION_USEFUL)


def name_corrected(account: Account, at: datetime) -> OutboxMail:
    """Notice: an administrator accepted the name that the person had corrected."""
    name = " ".join(part for part in (account.given_name, account.family_name) if part)
    return _to(account, "name_corrected", {"at": at, "name": mailbox_safe(name)})


def migrated_subject() -> LazyString:
    """The subject of the invitation to people who were moved: their announcement quotes it in the same words."""
    return lazy_gettext("Your account has moved to %(name)s", name=tools().settings.brand_name)


def announcement(account: Account) -> OutboxMail:
    """Says which mail will come, from whom and with which subject (S-02, S-22, S-25). No button, no code, no secret."""
    return _to(account, "announcement", _moved_facts(account) | {"host": tools().settings.host})


def migrated_invitation(account: Account, issue_secrets: IssueSecrets) -> OutboxMail:
    """The button for people whose account was moved; given up after 72 hours or with the issue. No password is mailed."""
    left = issue_secrets.ends_at - tools().clock.now()
    facts = {"button": button_address(issue_secrets.button_token), "ends": issue_secrets.ends_at, **_typing_address()}
    return _to(account, "migrated_invitation", _moved_facts(account) | facts, min(INVITATION_USEFUL, left))


def _moved_facts(account: Account) -> dict[str, object]:
    return {"email": account.email, "mail_sender": tools().settings.sender, "mail_subject": migrated_subject()}


def desk_act(account: Account, what: LazyString, todo: LazyString, at: datetime) -> OutboxMail:
    """Notice: an agent of the helpdesk has done something; `what`, and what to do next (`todo`), which leads nowhere while it is closed."""
    facts: dict[str, object] = {"what": what, "todo": todo, "at": at, "closed": account.disabled_at is not None}
    return _to(account, "desk_act", facts | _typing_address())


def desk_undone(account: Account, act: LazyString, at: datetime) -> OutboxMail:
    """Notice: an agent has taken an act back (`act`: its words); it is as it was before."""
    return _to(account, "desk_undone", {"act": act, "at": at, **_typing_address()})


def desk_address_changes(account: Account, at: datetime, effective: datetime) -> OutboxMail:
    """To the address that the account still has: another one takes its place at `effective`, unless the person calls (SEC-19)."""
    return _to(account, "desk_address_changes", {"at": at, "effective": effective})


def desk_address_changed(account: Account, at: datetime) -> OutboxMail:
    """To the new address: it is the account's from now on."""
    return _to(account, "desk_address_changed", {"at": at, **_typing_address()})


def desk_guide(account: Account, link: str) -> OutboxMail:
    """The guide's address, sent by an agent; no secret and no button."""
    return _to(account, "desk_guide", {"link": link})


def desk_caller_flagged(account: Account, at: datetime) -> OutboxMail:
    """Notice: on the linked phone it was answered that somebody else is calling, or has called the person."""
    return _to(account, "desk_caller_flagged", {"at": at})
