"""The act that changes an address: a second agent approves, the old address is told at once, and it counts after a waiting time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext
from flask_babel.speaklater import LazyString
from sqlalchemy import select, update

from wizard.domain.address_match import doubt_of, match_key
from wizard.domain.canonical_names import NameRefused, canonical_email
from wizard.extensions import tools
from wizard.models import Account, DeskAct, db
from wizard.models.database import rows_changed
from wizard.services import audit, caller_checks, desk_act_notices, desk_scope, mails, people, people_search, staff
from wizard.services.desk_act_endings import Doing
from wizard.services.desk_act_events import tell
from wizard.services.desk_act_mailing import doubt_words
from wizard.services.desk_act_plans import NotPossible, Plan, Work
from wizard.services.desk_act_words import act_words
from wizard.services.desk_subject import Subject
from wizard.services.staff import Agent, Scope

ADDRESS, KEY = "address", "address_key"
"""Under what the act's details keep the new address and its key."""


@dataclass(frozen=True)
class Typed:
    """A new address as an agent has typed it, with what speaks against it (empty: nothing)."""

    address: str
    key: str
    doubts: tuple[LazyString, ...]


def read(agent: Agent, account: Account, typed: str) -> Typed:
    """Check an address that `agent` has typed. Raises `NotPossible` when it is none, or is the one that the account has."""
    address = typed.strip()
    try:
        key = canonical_email(address)
    except NameRefused:
        raise NotPossible(_l("Enter an email address, such as name@example.org.")) from None
    if key == account.email_key:
        raise NotPossible(_l("This is the address that the account has.")) from None
    return Typed(address, key, doubts(agent, account, key))


def doubts(agent: Agent, account: Account, key: str) -> tuple[LazyString, ...]:
    """What speaks, now, against giving the account the address with this key; empty: nothing.

    Addresses may be shared, so another account that has it is no more than a doubt. Only those whom the agent sees count: who is out of
    scope is not found, not even by trying addresses (SEC-55). An agent who sees but a part is told so by `sees_part_only`.
    """
    doubt = doubt_of(key, tools().settings.placeholder_domains)
    found = [doubt_words(doubt)] if doubt else []
    others = select(Account.id).where(
        Account.match_key == match_key(key), Account.disabled_at.is_(None), Account.id != account.id
    )
    others = others.where(desk_scope.within(agent))
    if db.session.scalar(others.limit(1)) is not None:
        found.append(_l("Another account has this address already: then nobody can sign in by the address alone."))
    return tuple(found)


def sees_part_only(agent: Agent) -> bool:
    """Whether the address may be another account's without that this agent would know."""
    return agent.scope != Scope()


def _plan(subject: Subject, _step: str) -> Plan:
    if subject.account.disabled_at is not None:
        raise NotPossible(_l("The account is closed."))
    if any(row.act == "change-address" and row.state == "waiting" and row.approved_at for row, _by in subject.acts):
        raise NotPossible(_l("Another address is on its way already. Take that change back first."))
    says = (
        _l("The address that the account has now is told at once, and how to stop the change."),
        lazy_ngettext(
            "The new address counts %(num)s hour after the approval.",
            "The new address counts %(num)s hours after the approval.",
            num=max(1, tools().settings.address_waiting // 3600),
        ),
        _l("Then invitations and codes that went to the address before it end."),
    )
    return Plan(ends={}, says=says)


def _schedule(account: Account, _plan_made: Plan, doing: Doing, row: DeskAct) -> None:
    """Approved: the waiting time begins. Until it is over the change can be taken back."""
    row.undo_until = doing.now + timedelta(seconds=tools().settings.address_waiting)
    mails.desk_address_changes(account, doing.now, row.undo_until)


def due(now: datetime) -> list[tuple[str, str]]:
    """The approved changes whose waiting time is over: act and account."""
    waiting = select(DeskAct.id, DeskAct.account_id).where(
        DeskAct.state == "waiting",
        DeskAct.act == "change-address",
        DeskAct.approved_at.is_not(None),
        DeskAct.undo_until <= now,
    )
    return [(act, account) for act, account in db.session.execute(waiting)]


def take_effect(account: Account, row: DeskAct, by: str, now: datetime) -> None:
    """The new address is the account's from now on, in the open transaction with its row locked; once, by one conditional UPDATE.

    It is dropped when neither who asked nor who approved is an agent any more, or when the person has said since that the call was not
    theirs: nobody answers for it any more.
    """
    still = update(DeskAct).where(DeskAct.id == row.id, DeskAct.state == "waiting", DeskAct.undo_until <= now)
    answers = staff.among([each for each in (row.agent_id, row.approver_id) if each])
    if not answers or caller_checks.is_flagged_since(account.id, row.approved_at):
        if rows_changed(still.values(state="refused", undo_until=None)) == 1:
            tell(row, "refused", None)
            desk_act_notices.undone(account, act_words("change-address"), now)
        return
    if rows_changed(still.values(state="done", done_at=now, undo_until=None)) != 1:
        return
    key = str(row.details[KEY])
    people.end_what_was_mailed(account.id, now)
    account.email, account.email_key = str(row.details[ADDRESS]), key
    account.email_domain, account.match_key = key.rpartition("@")[2], match_key(key)
    account.address_confirmed_at = account.announced_at = None
    db.session.flush()
    people_search.refresh([account.id])
    audit.record("account-changed", account_id=account.id, actor=by, fields=["email"])
    tell(row, "done", None)
    if account.disabled_at is None:  # closed meanwhile: nobody signs in by the new address
        mails.desk_address_changed(account, now)


CHANGE_ADDRESS = Work(_plan, _schedule, waits=True)
