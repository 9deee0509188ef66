"""People as an operator keeps them: checking what is said about a person, adding, changing and closing an account."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from wizard.domain import canonical_names
from wizard.domain.address_match import match_key
from wizard.domain.assurance import ADDRESS
from wizard.domain.canonical_names import NameRefused, Reason
from wizard.domain.secrets_made import new_id
from wizard.models import Account, DeskAct, OutboxMail, Proof, db
from wizard.models.database import rows_changed
from wizard.models.outbox import GIVEN_UP, WAITING
from wizard.services import addresses, audit, issues, mails
from wizard.services.visits import lock_account, revoke, sessions_of

ADDRESS_CHANGED, DISABLED = "address-changed", "disabled"
OPERATOR = "operator"
TO_THE_ADDRESS = ("announcement", *mails.INVITATIONS, mails.MAILED_CODE)
"""Mails that are meant for whoever reads the address; all others are notices about the account."""
NAMES = ("given_name", "family_name", "display_name")
COMPARED = ("username", "email", *NAMES, "language")

REASONS = {
    Reason.EMPTY: _l("This is empty. It is needed."),
    Reason.TOO_LONG: _l("This is too long for a name."),
    Reason.NEWLINE: _l("There is a line break inside. A quotation mark may be missing."),
    Reason.CONTROL: _l("There is a character that cannot be seen. Type it again."),
    Reason.BIDI: _l("There is a mark that turns the direction of text. Type it again."),
    Reason.CHARACTER: _l("Use letters, digits and . _ - @ + only."),
    Reason.MIXED_SCRIPTS: _l("The letters are of several scripts, which can imitate another name. Type it again."),
    Reason.ADDRESS: _l("This is not an email address. Write it like name@example.org."),
    Reason.LINK: _l("This looks like a web address. Write the person’s name."),
}


Lookup = tuple[Literal["username", "email"], str]


@dataclass(frozen=True)
class Problem:
    """What is wrong with one value, in a sentence."""

    column: str
    reason: str


@dataclass(frozen=True)
class Person:
    """What is said about a person, checked. An empty text and a language of None say nothing.

    Somebody whose account was moved may have no user name: `username` and `username_key` are then empty.
    """

    username: str
    username_key: str
    email: str
    email_key: str
    given_name: str = ""
    family_name: str = ""
    display_name: str = ""
    language: str | None = None

    @property
    def lookup(self) -> Lookup:
        """By what the person's account is found: a user name, without one the address among accounts that have none."""
        return ("username", self.username_key) if self.username_key else ("email", self.email_key)


@dataclass(frozen=True)
class Change:
    """A value that differs: what the account has and what is said now."""

    column: str
    here: str
    said: str


@dataclass(frozen=True)
class Kept:
    """The columns of an account that what is said is compared with; no entity, because imports read thousands."""

    id: str
    username_key: str | None
    email_key: str
    journey: str
    disabled_at: datetime | None
    password_hash: str | None
    username: str | None
    email: str
    given_name: str
    family_name: str
    display_name: str
    language: str
    password_ended_at: datetime | None
    factor_since: datetime | None

    @property
    def is_in_use(self) -> bool:
        """Whether its person has ever set it up: a password or a second step."""
        return bool(self.password_hash or self.password_ended_at or self.factor_since)


def kept(lookups: Collection[Lookup], *, lock: bool = False) -> dict[Lookup, list[Kept]]:
    """The accounts found by each of `lookups`, in two questions; several only where accounts without a name share an address.

    `lock` keeps them as they are until the transaction ends.
    """
    usernames = [key for by, key in lookups if by == "username"]
    addresses = [key for by, key in lookups if by == "email"]
    # Said so that no planner looks through the index on user names: all that it has of the nameless is that they are many.
    nameless = and_(func.coalesce(Account.username_key, "") == "", Account.email_key.in_(addresses))
    columns = [getattr(Account, each.name) for each in fields(Kept)]
    found: dict[Lookup, list[Kept]] = {}
    for asked, wanted, order in (
        (usernames, Account.username_key.in_(usernames), Account.username_key),
        (addresses, nameless, Account.email_key),
    ):
        question = select(*columns).where(wanted).order_by(order, Account.id)
        for values in db.session.execute(question.with_for_update() if lock else question) if asked else ():
            row = Kept(*values)
            by: Lookup = ("username", row.username_key) if row.username_key else ("email", row.email_key)
            found.setdefault(by, []).append(row)
    return found


def read_person(
    values: Mapping[str, str], languages: tuple[str, ...], *, needs_username: bool = True
) -> tuple[str, Person | None, list[Problem]]:
    """Check what is said about a person.

    `values` are texts by column name, `languages` the installation's tags. Returns the key of the user name, where none
    is needed nor said that of the address ("" when it has none), the person (None when anything is wrong) and every
    problem. Names are normalised before they are checked (SEC-47).
    """
    problems: list[Problem] = []
    username, email = _stored(values, "username"), _stored(values, "email")
    username_key = _key(username, "username", problems) if username or needs_username else ""
    email_key = _key(email, "email", problems)
    names = {column: unicodedata.normalize("NFC", values.get(column, "").strip()) for column in NAMES}
    for column, text in names.items():
        reason = canonical_names.display_name_problem(text)
        if reason is not None:
            problems.append(Problem(column, str(REASONS[reason])))
    language = _language(values.get("language", "").strip(), languages, problems)
    key = username_key if username or needs_username else email_key
    if problems:
        return key, None, problems
    return key, Person(username, username_key, email, email_key, **names, language=language), []


def _stored(values: Mapping[str, str], column: str) -> str:
    text = values.get(column, "").strip()
    return unicodedata.normalize("NFKC", text) if len(text) <= canonical_names.LONGEST_TYPED else text


def _key(text: str, column: str, problems: list[Problem]) -> str:
    canonical = canonical_names.canonical_username if column == "username" else canonical_names.canonical_email
    try:
        return canonical(text)
    except NameRefused as error:
        problems.append(Problem(column, str(REASONS[error.reason])))
        return ""


def _language(tag: str, languages: tuple[str, ...], problems: list[Problem]) -> str | None:
    if not tag:
        return None
    found = next((each for each in languages if each.lower() == tag.lower()), None)
    if found is None:
        words = _("This is not a language of this installation. It has %(tags)s.", tags=", ".join(languages))
        problems.append(Problem("language", str(words)))
    return found


def new_account(person: Person, *, journey: str, language: str, now: datetime) -> dict[str, Any]:
    """The row of a new account. `language` is the tag used when nothing is said."""
    said = {column: getattr(person, column) for column in ("email", "email_key", *NAMES)}
    said |= {"username": person.username or None, "username_key": person.username_key or None}
    return {"id": new_id(), "created_at": now, "journey": journey, "language": person.language or language, **said}


def changes(account: Kept, person: Person) -> list[Change]:
    """What is said differently from what the account has. What is not said changes nothing."""
    pairs = ((column, getattr(account, column) or "", getattr(person, column) or "") for column in COMPARED)
    return [Change(column, here, said) for column, here, said in pairs if said and said != here]


class NameTaken(Exception):
    """A user name has an account already; the transaction is to be rolled back."""


def add(rows: list[dict[str, Any]], *, source: str, by: str = OPERATOR) -> None:
    """Insert new accounts inside an open `write()`; `source` is "import" or "command", `by` who does it, for the trail.

    In the order of the key: two imports that add the same people then wait for each other instead of deadlocking.
    Raises `NameTaken` when somebody has, or another import has just taken, one of the user names.
    """
    try:
        db.session.execute(insert(Account), sorted(rows, key=lambda row: (row["username_key"] or "", row["email_key"])))
    except IntegrityError:
        raise NameTaken from None
    for row in rows:
        audit.record("account-added", account_id=row["id"], actor=by, source=source)


def apply_changes(account: Kept, person: Person, changed: list[Change], now: datetime, *, by: str = OPERATOR) -> None:
    """Write `changed` to the account, inside an open `write()`. A new address ends what was sent to the old one."""
    values: dict[str, Any] = {change.column: change.said for change in changed}
    if "email" in values:
        if account.password_hash:  # SEC-19: who uses the account hears of it where they read mail now
            mails.desk_address_changes(db.session.get_one(Account, account.id), now, now)
        values |= {
            "email_key": person.email_key,
            "email_domain": person.email_key.rpartition("@")[2],
            "match_key": match_key(person.email_key),
            "address_confirmed_at": None,
            "announced_at": None,
        }
        end_what_was_mailed(account.id, now)
    rows_changed(update(Account).where(Account.id == account.id).values(values))
    columns = sorted(change.column for change in changed)
    audit.record("account-changed", account_id=account.id, actor=by, fields=columns)


def end_what_was_mailed(account_id: str, now: datetime) -> None:
    """End the open issue, the mailed codes, their waiting mails and what was proven by them, inside an open `write()`.

    They went to an address that is not the account's any more; whoever reads it must not get in by them (SEC-19).
    """
    account = lock_account(account_id)
    if account is None:
        return
    issues.end_open(account_id, ADDRESS_CHANGED)
    addresses.end_codes(account, ADDRESS_CHANGED, now)
    proven = (Proof.account_id == account_id, Proof.kind == ADDRESS, Proof.ended_at.is_(None))
    rows_changed(update(Proof).where(*proven).values(ended_at=now))
    waiting = (OutboxMail.account_id == account_id, OutboxMail.state == WAITING)
    meant_for_it = update(OutboxMail).where(*waiting, OutboxMail.kind.in_(TO_THE_ADDRESS))
    rows_changed(meant_for_it.values(state=GIVEN_UP, message=None, problem=ADDRESS_CHANGED))


class NobodyFound(LookupError):
    """No account has this name, or several share this address."""


def find(name: str) -> Account:
    """The account with this user name, id or, when only one has it, address. Raises `NobodyFound` with a sentence."""
    for column, canonical in (
        (Account.username_key, canonical_names.canonical_username),
        (Account.email_key, canonical_names.canonical_email),
        (Account.id, str),
    ):
        try:
            found = db.session.scalars(select(Account).where(column == canonical(name)).limit(2)).all()
        except NameRefused:
            continue
        if len(found) == 1:
            return found[0]
        if found:
            raise NobodyFound("Several accounts share this address. Give the user name.")
    raise NobodyFound("No account has this user name or address.")


def disable(account_id: str, now: datetime) -> int | None:
    """Close the account and end all its sessions at once, inside an open `write()`.

    One that the helpdesk has closed is closed anew, so that no agent opens it again. Returns how many sessions ended, None when the account
    was disabled already.
    """
    by_helpdesk = exists().where(
        DeskAct.account_id == Account.id, DeskAct.act == "disable", DeskAct.done_at == Account.disabled_at
    )
    is_open = (Account.id == account_id, or_(Account.disabled_at.is_(None), by_helpdesk))
    if not rows_changed(update(Account).where(*is_open).values(disabled_at=now)):
        return None
    ended = revoke(sessions_of(account_id), DISABLED, now)
    audit.record("account-disabled", account_id=account_id, actor=OPERATOR)
    audit.record("sessions-ended", account_id=account_id, actor=OPERATOR, count=ended, reason=DISABLED)
    return ended


def enable(account_id: str) -> bool:
    """Open the account again, inside an open `write()`. False when it was not disabled. Ended sessions stay ended."""
    closed = (Account.id == account_id, Account.disabled_at.is_not(None))
    opened = bool(rows_changed(update(Account).where(*closed).values(disabled_at=None)))
    if opened:
        audit.record("account-enabled", account_id=account_id, actor=OPERATOR)
    return opened


def confirm_address(account_id: str, now: datetime | None) -> bool:
    """Note that the helpdesk has confirmed the address as this one person's, although it looks shared (S-15, SEC-47).

    Inside an open `write()`. The address then leads to the account by itself. `now` None takes the confirmation back.
    False when nothing changed.
    """
    confirmed = Account.address_confirmed_at.is_not(None)
    differs = update(Account).where(Account.id == account_id, ~confirmed if now else confirmed)
    changed = bool(rows_changed(differs.values(address_confirmed_at=now)))
    if changed:
        event = "address-confirmed" if now else "address-confirmation-withdrawn"
        audit.record(event, account_id=account_id, actor=OPERATOR)
    return changed
