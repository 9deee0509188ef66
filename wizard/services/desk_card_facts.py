"""What a person's card lists beside the stair: ways to confirm, pauses, cautions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Select, literal, select, union_all

from wizard.models import Account, ApprovalRequest, AuditEvent, Authenticator, Device, PhoneLink, db
from wizard.services import approvals, caller_checks, link_alarms, resets
from wizard.services.desk_card_events import were_undone
from wizard.services.desk_subject import Subject

CAUTIOUS = timedelta(days=30)
ALARMS = {
    "caller-flagged": "flagged",
    "issue-taken-over": "taken-over",
    "approvals-many": "many-requests",
    "temporary-pass-made": "temporary-pass",
    "step-reset": "reset",
    "account-changed:email": "address",
    "desk-act:report-abuse": "abuse",
    "desk-act:switch-off-second-step": "second-step-off",
}
"""What makes a caution of its own: audit events by their kind, some by what they tell as well."""


@dataclass(frozen=True)
class Way:
    """One way to confirm. `kind` is "phone" or "code-app"; `pending` while it has not been proven. `help_code`: what the phone shows."""

    kind: str
    label: str
    added: datetime
    last_used: datetime | None
    pending: bool
    help_code: str | None


@dataclass(frozen=True)
class Pause:
    """Nothing of this `kind` (a key of `desk_words.PAUSE_WORDS`) is taken until then."""

    kind: str
    until: datetime


@dataclass(frozen=True)
class Caution:
    """Something that makes a caller's story worth a second look; `kind` is a key of `desk_words.CAUTION_WORDS`."""

    kind: str
    at: datetime
    step: str = ""
    agent: str = ""


def ways_of(subject: Subject) -> list[Way]:
    """Bound authenticators, and what is being bound in the browser in use."""
    pending = {item.id for item in subject.standing.progress.facts.pending}
    return [
        Way(
            row.kind, row.label, row.proven_at or row.created_at, row.last_used_at, row.proven_at is None, row.help_code
        )
        for row in subject.authenticators
        if row.proven_at is not None or row.id in pending
    ]


def pauses_of(subject: Subject) -> list[Pause]:
    """What is paused for this person now, and until when. Of networks whose requests to the phone pause only that of the browser in use."""
    session = subject.standing.trail.session
    here = approvals.source_name(subject.account.id, session.source) if session is not None else None
    ends: dict[str, datetime] = {}
    for counted, until in subject.paused:
        if counted.kind != approvals.PER_SOURCE or counted.name == here:
            ends[counted.what] = max(until, ends.get(counted.what, until))
    return [Pause(what, until) for what, until in ends.items()]


def urgent_cautions_of(subject: Subject) -> list[Caution]:
    """What every agent is to know before any act, the newest of each kind: a call that was not this person's, and reported abuse."""
    flagged = [Caution("flagged", subject.flagged_at)] if subject.flagged_at is not None else []
    reported = (
        Caution("abuse", row.done_at, agent=by.name or by.email)
        for row, by in subject.acts
        if row.act == "report-abuse" and row.done_at is not None
    )
    return flagged + list(islice(reported, 1))


def cautions_of(account: Account, events: list[AuditEvent], now: datetime, urgent: list[Caution]) -> list[Caution]:
    """What else to be careful about, of the last 30 days, newest first; `events` are the account's newest audit events.

    The newest of each kind in `urgent` is left out: it is told before the acts.
    """
    since, undone = now - CAUTIOUS, were_undone(events)
    found = [
        Caution(ALARMS[alarm], event.at, resets.step_of(str(event.told.get("step") or "")), event.actor)
        for event in events
        if event.at > since and (alarm := _alarm_of(event)) in ALARMS and event not in undone
    ]
    told: Any = union_all(_refused_requests(account, since), _lost_but_used(account), _opened_again(account, since))
    found += [Caution(kind, at) for kind, at in db.session.execute(told)]
    found.sort(key=lambda caution: caution.at, reverse=True)
    for kind in {caution.kind for caution in urgent}:
        told_first = next((caution for caution in found if caution.kind == kind), None)
        if told_first is not None:  # None: so much has happened since that the event is not among those read
            found.remove(told_first)
    return found


def _alarm_of(event: AuditEvent) -> str:
    """The key of `ALARMS` that the event has, or one that is not among them."""
    if event.kind == "desk-act":
        return f"{event.kind}:{event.told['act']}" if event.told["turn"] == "done" else event.kind
    return f"{event.kind}:email" if "email" in event.told.get("fields", ()) else event.kind


def _refused_requests(account: Account, since: datetime) -> Select[str, datetime | None]:
    """Sign-ins to which a phone has said no; an agent's question about a call is told by its flag."""
    return select(literal("not-me"), ApprovalRequest.answered_at).where(
        ApprovalRequest.account_id == account.id,
        ApprovalRequest.answer == "not-me",
        ApprovalRequest.purpose.not_like(f"{caller_checks.CALLER}%"),
        ApprovalRequest.answered_at > since,
    )


def _lost_but_used(account: Account) -> Select[str, datetime]:
    """Phones whose browser came back after they were said to be lost."""
    return (
        select(literal("lost-but-used"), Device.last_seen_at)
        .join(Authenticator, Authenticator.device_id == Device.id)
        .where(Authenticator.account_id == account.id, Authenticator.ended_reason == "lost")
        .where(Device.last_seen_at > Authenticator.ended_at)
    )


def _opened_again(account: Account, since: datetime) -> Select[str, datetime | None]:
    reasons = (link_alarms.OPENED_AGAIN, link_alarms.TOLD)
    return (
        select(literal("opened-again"), PhoneLink.ended_at)
        .join(Authenticator, Authenticator.id == PhoneLink.authenticator_id)
        .where(Authenticator.account_id == account.id, PhoneLink.ended_reason.in_(reasons), PhoneLink.ended_at > since)
    )
