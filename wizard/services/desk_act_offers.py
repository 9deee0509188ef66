"""Which acts the card offers an agent, with their words, and why one is not possible now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_babel.speaklater import LazyString

from wizard.domain.desk_rights import ACTS, ActName, DeskRight
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.extensions import tools
from wizard.models import Account, DeskAct
from wizard.services import desk_act_mailing, resets
from wizard.services.desk_act_approvals import APPROVAL_LIFETIME, why_not
from wizard.services.desk_act_doing import dry_run
from wizard.services.desk_act_plans import NotPossible
from wizard.services.desk_act_words import DANGEROUS, act_words, way_words
from wizard.services.desk_subject import WAITING, Subject
from wizard.services.staff import Agent

_HELPS: tuple[ActName, ...] = (
    "new-code", "unlock", "reset-step", "send-guide", "temporary-pass", "withdraw-pass", "change-address", "switch-off-second-step",
)  # fmt: skip
_WHO_GETS_IN: tuple[ActName, ...] = ("end-sessions", "enable", "disable", "report-abuse")
ORDER: tuple[ActName, ...] = ("resend", *_HELPS, *_WHO_GETS_IN)
WHEN_ON_THE_WAY: tuple[ActName, ...] = (*_HELPS, "resend", *_WHO_GETS_IN)
"""Somebody whom a new invitation would take back is first helped where they are."""
MOST_RECENT = 20


@dataclass(frozen=True)
class Offer:
    """One button of the card. `disabled` says why it cannot be done now (None: it can); `dangerous` draws it as such."""

    act: ActName
    step: str | None
    words: LazyString
    url: str
    disabled: LazyString | None
    needs_pair: bool
    dangerous: bool


@dataclass(frozen=True)
class Recent:
    """An act that may be taken back, or that waits: for a second agent, for the pass to be shown, for its time; or for nothing, as its
    check was taken back.
    """

    row: DeskAct
    words: LazyString
    agent: str
    may_undo: bool
    waits_for: str | None


def offered(rights: Collection[DeskRight], subject: Subject) -> list[Offer]:
    """Every act that `rights` are enough for; none for oneself, peers and higher roles. Resets: one for each step done."""
    order = WHEN_ON_THE_WAY if desk_act_mailing.takes_back(subject) else ORDER
    return [offer for act in order if ACTS[act].right in rights for offer in _offers(subject, act)]


def _offers(subject: Subject, act: ActName) -> list[Offer]:
    if act != "reset-step":
        return [_offer(subject, act, None)]
    return [offer for step in steps_of(subject) if (offer := _offer(subject, act, step)).disabled is None]


def steps_of(subject: Subject) -> list[str]:
    """The steps that could be reset for this account, each under one name; single ways only where there are several."""
    moved = subject.account.journey == MIGRATED_ACCOUNT
    ways = subject.ways
    return [
        "enter-password",
        "verify-email",
        "create-password" if moved else "change-password",
        *([resets.WAY + row.id for row in ways] if len(ways) > 1 else []),
        "choose-authenticator",
        "keep-recovery-codes",
        "check-details",
    ]


def _offer(subject: Subject, act: ActName, step: str | None) -> Offer:
    disabled, needs_pair = None, ACTS[act].second_pair
    try:
        needs_pair = dry_run(subject, act, step).needs_pair
    except NotPossible as refusal:
        disabled = refusal.words
    url = f"/helpdesk/people/{subject.account.id}/acts/{act}" + (f"?step={step}" if step else "")
    return Offer(act, step, _words(subject, act, step), url, disabled, needs_pair, act in DANGEROUS)


def _words(subject: Subject, act: ActName, step: str | None) -> LazyString:
    way = next((row for row in subject.ways if resets.WAY + row.id == step), None)
    if way is None:
        return act_words(act, step)
    is_alone = [row.label for row in subject.ways].count(way.label) == 1
    return way_words(way.label, None if is_alone else way.proven_at)


def recent(agent: Agent, rights: Collection[DeskRight], subject: Subject) -> list[Recent]:
    """What waits or may still be taken back, the newest first."""
    now = tools().clock.now()
    found = (_recent(agent, rights, row, by, now) for row, by in subject.acts)
    return [each for each in found if each.may_undo or each.waits_for][:MOST_RECENT]


def _recent(agent: Agent, rights: Collection[DeskRight], row: DeskAct, by: Account, now: datetime) -> Recent:
    open_to_undo = row.undo_until is not None and row.undo_until > now
    right = ACTS[row.act].right  # type: ignore[index]
    return Recent(
        row=row,
        words=act_words(row.act, row.step),
        agent=by.name or by.email,
        may_undo=open_to_undo and right in rights,
        waits_for=_waits_for(agent, row, now),
    )


def _waits_for(agent: Agent, row: DeskAct, now: datetime) -> str | None:
    """ "approval", "nothing" (no second agent may approve it now), "pass" (the agent who asked shows it now) or "time"; None: it waits
    no more.
    """
    if row.state != WAITING:
        return None
    if row.approved_at is None:
        if row.created_at + APPROVAL_LIFETIME <= now:
            return None
        return "approval" if why_not(row) is None else "nothing"
    if row.act == "temporary-pass":
        return "pass" if row.agent_id == agent.account_id and row.approved_at + APPROVAL_LIFETIME > now else None
    return "time"
