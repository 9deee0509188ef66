"""Administrators invite colleagues: an account and a button for a new address, an offer for one that has an account.

Whoever invites never learns which of the two it was (SEC-28): the same answer, the same counting, the same line in the list. What an
offer reaches belongs to its account: withdrawing it touches neither that account nor an invitation that somebody else sent.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from wizard.domain.address_match import doubt_of
from wizard.domain.canonical_names import canonical_email
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.domain.organisation_rights import roles_to_give
from wizard.domain.secrets_made import new_id
from wizard.domain.throttle import Rule, Window
from wizard.extensions import tools
from wizard.models import Account, Membership, Office, Throttle, db, write
from wizard.models.database import rows_changed
from wizard.services import attempts, audit, issues, mails, memberships, people_search
from wizard.services.colleague_list import never_had_password
from wizard.services.colleague_standing import standings
from wizard.services.colleague_withdrawals import give_up_waiting, was_withdrawn
from wizard.services.colleagues import ADMINISTRATOR, INVITE, NotAllowed, OutOfReach, hold, hold_organisation
from wizard.services.memberships import Place
from wizard.services.visits import lock_account

INVITATIONS, ADDRESS, RESENDS = "colleague-invitations", "colleague-address", "colleague-resends"
HOUR, DAY = 3600, 86400
AN_HOUR = Window(50, HOUR)
"""Invitations of one administrator."""
AN_ADDRESS = Window(10, DAY)
"""Invitations to one address, by whomever: nobody's mailbox is filled from here."""
RESENDS_A_DAY = Window(3, DAY)


@dataclass(frozen=True)
class Wanted:
    """Who is to be invited: the address as typed, checked names, and one of the roles, offices and languages of the form."""

    email: str
    given_name: str
    family_name: str
    role: str
    office_id: str
    language: str


class AlreadyHere(Exception):
    """The address belongs to the organisation already, or is invited; `office` and `role` say as what."""

    def __init__(self, office: str, role: str) -> None:
        super().__init__(role)
        self.office = office
        self.role = role


class NotOnePerson(Exception):
    """The address names no one person: a shared mailbox, a placeholder, several accounts or one that the operator closed."""


class TooMany(Exception):
    """A limit is reached; `until` is when it goes on."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__("Too many invitations.")
        self.until = until


def invite(actor_id: str, wanted: Wanted) -> str:
    """Invite; returns the id of the membership. Counts in a transaction of its own, then acts in another one.

    Raises `NameRefused` for what is no address, `OutOfReach`, `NotAllowed` for a role above one's own, `AlreadyHere`, `NotOnePerson`
    and `TooMany`.
    """
    key = canonical_email(wanted.email)
    _count([(INVITATIONS, actor_id, AN_HOUR), (ADDRESS, key, AN_ADDRESS)])
    try:
        return _invite(actor_id, wanted, key)
    except IntegrityError:
        return _invite(actor_id, wanted, key)  # an import has added the person at the same moment, and is found now


def _invite(actor_id: str, wanted: Wanted, key: str) -> str:
    with write():
        office = db.session.get(Office, wanted.office_id)
        if office is None:
            raise OutOfReach
        hold_organisation(office.organisation_id)
        _hold_address(key)
        place = memberships.place_at(actor_id, office.id, INVITE)
        if place is None:
            raise OutOfReach
        if wanted.role not in roles_to_give(place.role):
            raise NotAllowed
        found = list(db.session.scalars(select(Account).where(Account.email_key == key)))
        _must_be_new_here(found, office.organisation_id)
        if doubt_of(key, tools().settings.placeholder_domains):
            raise NotOnePerson
        account = _the_one(found)
        is_offer = account is not None and account.disabled_at is None
        if account is None or not is_offer:
            account = _new_account(wanted, key) if account is None else _opened_again(account, wanted)
        row = memberships.add(
            account.id, office, wanted.role, tools().clock.now(), invited_by=actor_id, offered=is_offer
        )
        db.session.flush()
        people_search.refresh([account.id])
        _send(actor_id, row, account, office, place)
        return row.id


def resend(actor_id: str, membership_id: str) -> bool:
    """Send the invitation or the offer again; False when there is nothing to send any more.

    Counts in a transaction of its own, then acts in another one. Raises `OutOfReach`, `NotAllowed` and `TooMany`.
    """
    address = select(Membership.organisation_id, Account.email_key).join(Account, Account.id == Membership.account_id)
    found = db.session.execute(address.where(Membership.id == membership_id)).one_or_none()
    if found is None:
        raise OutOfReach
    _count([(RESENDS, ":".join(found), RESENDS_A_DAY)])
    with write():
        row = hold(actor_id, membership_id).membership
        account = lock_account(row.account_id)
        if account is None or not _may_send(row, account):
            return False
        # The list counts from the last sending, for offers and invitations alike.
        living = update(Membership).where(Membership.id == row.id, Membership.ended_at.is_(None))
        if rows_changed(living.values(created_at=tools().clock.now(), invited_by=actor_id)) != 1:
            return False
        office = db.session.get_one(Office, row.office_id)
        place = next(each for each in memberships.places_of(actor_id) if each.organisation_id == row.organisation_id)
        _send(actor_id, row, account, office, place)
    return True


def _count(tries: list[tuple[str, str, Rule]]) -> None:
    refused = attempts.first_refusal(tries)
    if not refused.allowed:
        raise TooMany(refused.paused_until)


def _hold_address(key: str) -> None:
    """Two who invite one new address at once go one after the other: addresses are not unique, so nothing else stops the second.

    The row is the address's counter, which the counting before has made.
    """
    counter = select(Throttle.kind).where(
        Throttle.kind == ADDRESS, Throttle.subject == attempts.subject_of(ADDRESS, key)
    )
    db.session.scalar(counter.with_for_update())


def _must_be_new_here(found: list[Account], organisation_id: str) -> None:
    here = (
        select(Office.name, Membership.role)
        .join(Office, Office.id == Membership.office_id)
        .where(Membership.account_id.in_([account.id for account in found]))
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
    )
    already = db.session.execute(here.limit(1)).one_or_none()
    if already is not None:
        raise AlreadyHere(*already)


def _the_one(found: list[Account]) -> Account | None:
    """The account that the address leads to, a withdrawn one included; None when there is none. Raises `NotOnePerson`."""
    if not found:
        return None
    candidates = [account for account in found if account.disabled_at is None] or [
        account for account in found if was_withdrawn(account)
    ]
    confirmed = [account for account in candidates if account.address_confirmed_at is not None]
    chosen = confirmed if len(confirmed) == 1 else candidates
    if len(chosen) != 1:
        raise NotOnePerson
    return chosen[0]


def _new_account(wanted: Wanted, key: str) -> Account:
    account = Account(
        id=new_id(),
        created_at=tools().clock.now(),
        journey=MIGRATED_ACCOUNT,
        email=unicodedata.normalize("NFKC", wanted.email.strip()),
        email_key=key,
        given_name=wanted.given_name,
        family_name=wanted.family_name,
        language=wanted.language,
    )
    db.session.add(account)
    db.session.flush()
    audit.record("account-added", account_id=account.id, actor=ADMINISTRATOR, source="invitation")
    return account


def _opened_again(account: Account, wanted: Wanted) -> Account:
    """An account that nobody has ever used, closed by withdrawing: it begins anew."""
    account.disabled_at = None
    account.given_name, account.family_name, account.display_name = wanted.given_name, wanted.family_name, ""
    account.language = wanted.language
    db.session.flush()
    audit.record("account-enabled", account_id=account.id, actor=ADMINISTRATOR)
    return account


def _send(actor_id: str, row: Membership, account: Account, office: Office, place: Place) -> None:
    """The mail of this membership with its audit event, in the open transaction; an issue only for one that is no offer."""
    inviter = db.session.get_one(Account, actor_id)
    told = {"membership": row.id, "office": office.id, "role": row.role, "by": actor_id}
    facts = mails.ColleagueFacts(place.organisation, office.name, row.role, inviter.name)
    if row.accepted_at is None:
        mails.membership_offered(account, facts)
        audit.record("membership-offered", account_id=account.id, actor=ADMINISTRATOR, **told)
        return
    give_up_waiting(account.id)
    secrets = issues.issue(account, with_password=False)
    mails.colleague_invitation(account, secrets, facts)
    audit.record("colleague-invited", account_id=account.id, actor=ADMINISTRATOR, issue=secrets.issue_id, **told)


def _may_send(row: Membership, account: Account) -> bool:
    if row.ended_at is not None:
        return False
    if row.accepted_at is None:
        return True
    open_account = account.disabled_at is None and never_had_password(account)
    return open_account and standings([account])[account.id] != "arrived"
