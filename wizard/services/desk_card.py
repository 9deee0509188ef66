"""The card of one person: where they stand, since when, what comes next, and what to say to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale
from sqlalchemy import exists, or_, select

from wizard.domain import assurance
from wizard.domain.browsers import browser_name
from wizard.domain.desk_rights import ActName
from wizard.domain.desk_words_sentences import REFUSED, WAITS, WARNED, sentence
from wizard.extensions import tools
from wizard.models import Account, AuditEvent, DeskAct, Issue, Proof, db, write
from wizard.services import audit, caller_checks, desk_presence, memberships
from wizard.services.desk_act_approvals import APPROVAL_LIFETIME
from wizard.services.desk_card_events import LOOKS, EventLine, events_of, lines
from wizard.services.desk_card_facts import Caution, Pause, Way, cautions_of, pauses_of, urgent_cautions_of, ways_of
from wizard.services.desk_card_fits import fitting
from wizard.services.desk_card_mails import MailLine, mails_of, stuck
from wizard.services.desk_card_sees import state_of_page, title_of_page
from wizard.services.desk_card_stair import Tread, treads_of
from wizard.services.desk_presence import Present
from wizard.services.desk_standing import Standing
from wizard.services.desk_subject import Subject
from wizard.services.memberships import Place
from wizard.services.staff import Agent


@dataclass(frozen=True)
class Card:
    """Everything that the page shows. No secret is in it. `title` is that of the page that is open."""

    subject: Subject
    treads: list[Tread]
    places: list[Place]
    address_is_proven: bool
    browser: str
    ways: list[Way]
    mails: list[MailLine]
    pauses: list[Pause]
    urgent: list[Caution]
    cautions: list[Caution]
    events: list[EventLine]
    fits: list[ActName]
    others: list[Present]
    title: str
    say: str
    say_in_theirs: str
    digest: str

    @property
    def standing(self) -> Standing:
        return self.subject.standing


def card_of(account: Account, agent: Agent, now: datetime) -> Card:
    """The card of `account` for `agent` at `now`, in the language of the moment."""
    subject = Subject(account)
    standing = subject.standing
    events = events_of(account)
    session = standing.trail.session
    page = state_of_page(standing)
    mails, pauses = mails_of(account), pauses_of(subject)
    lost = stuck(mails, now)
    others = desk_presence.others(account.id, agent.account_id, now)
    urgent, places = urgent_cautions_of(subject), memberships.places_of(account.id)
    warning = _warning(urgent, now)
    return Card(
        subject=subject,
        treads=treads_of(standing, events),
        places=places,
        address_is_proven=_is_address_proven(account),
        browser=browser_name(session.browser) if session else "",
        ways=ways_of(subject),
        mails=mails,
        pauses=pauses,
        urgent=urgent,
        cautions=[
            *([Caution(f"mail-{lost.state}", lost.at)] if lost else []),
            *cautions_of(account, events, now, urgent),
        ],
        events=lines(events, standing.trail.outcomes),
        fits=[] if warning and standing.state != "disabled" else list(fitting(standing, page, pauses, lost)),
        others=others,
        title=str(title_of_page(standing, page)),
        say=_say(standing, page, lost, warning),
        say_in_theirs=_in_language(standing, page, lost, warning),
        digest=_digest(subject, places, page, events, mails, pauses=pauses, others=others, urgent=urgent),
    )


def _warning(urgent: list[Caution], now: datetime) -> str:
    """What is said for an urgent caution in place of the next step: "flagged" while it may still be the very call, "doubted" within a day
    of any, later "".
    """
    if any(caution.kind == "flagged" and caution.at > now - caller_checks.COUNTS for caution in urgent):
        return "flagged"
    return "doubted" if any(caution.at > now - caller_checks.CAUTION for caution in urgent) else ""


def _say(standing: Standing, page: str, lost: MailLine | None, warning: str) -> str:
    """The sentence in the language of the moment. `page` is that of `state_of_page`, `lost` the mail that they wait for in vain."""
    if warning == "flagged" or (warning and standing.state != "disabled"):
        return str(WARNED[warning])
    if standing.step is None or not standing.has_page_open:
        return str(sentence(None, [*_without_page(standing, lost), standing.state]))
    return str(sentence(standing.step.slug, [*_on_page(standing, page, lost), page, WAITS]))


def _without_page(standing: Standing, lost: MailLine | None) -> Iterator[str]:
    """What may have words of its own for somebody who has no page open."""
    if lost is not None and not lost.is_code:
        yield f"{standing.state}:mail-{lost.state}"
    facts = standing.progress.facts
    owed = assurance.owed(facts.account, facts.policy) if facts.account else None
    yield from (f"{standing.state}:{journey}" for journey in (owed, standing.account.journey) if journey)


def _on_page(standing: Standing, page: str, lost: MailLine | None) -> Iterator[str]:
    """What may have words of its own before what the page waits for."""
    if standing.has.pass_open and page != "setting-up":
        yield "pass-open"
    if page not in {WAITS, "setting-up", "temporary"}:
        return
    if lost is not None and lost.is_code:
        yield f"mail-{lost.state}"
    if standing.shows_refusal:
        yield from (standing.refused[0].reason or "", REFUSED)


def _in_language(standing: Standing, page: str, lost: MailLine | None, warning: str) -> str:
    language = standing.account.language
    if language not in tools().settings.languages:
        return ""
    with force_locale(language.replace("-", "_")):
        return _say(standing, page, lost, warning)


def _is_address_proven(account: Account) -> bool:
    """Whether somebody ever showed that they read this mailbox: by a code or a button, of an invitation too."""
    proven = exists().where(Proof.account_id == account.id, Proof.target == account.email_key)
    used = exists().where(Issue.account_id == account.id, Issue.first_used_at.is_not(None))
    return bool(db.session.scalar(select(or_(proven, used))))


def note_look(account: Account, agent: Agent, now: datetime) -> None:
    """Tell the trail that the agent looked at this person: once a day. Opens its own transaction when it has to write."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    looks = select(AuditEvent.payload).where(
        AuditEvent.account_id == account.id, AuditEvent.kind == LOOKS, AuditEvent.at >= day
    )
    if any((payload or {}).get("agent") == agent.account_id for payload in db.session.scalars(looks)):
        return
    account_id = account.id
    with write():
        audit.record(LOOKS, account_id=account_id, actor=agent.name, agent=agent.account_id)


@dataclass(frozen=True)
class Pulse:
    """What an open card asks for again and again: `digest` is another one as soon as the card would say something else, the times
    aside that go on by themselves; those are told of `standing` and `places`.
    """

    digest: str
    standing: Standing
    places: list[Place]


def pulse_of(account: Account, agent: Agent, now: datetime) -> Pulse:
    """The pulse of the card of `account` that `agent` has open."""
    subject = Subject(account)
    standing = subject.standing
    others = desk_presence.others(account.id, agent.account_id, now)
    events, mails = events_of(account), mails_of(account)
    page = state_of_page(standing)
    places, urgent, pauses = memberships.places_of(account.id), urgent_cautions_of(subject), pauses_of(subject)
    digest = _digest(subject, places, page, events, mails, pauses=pauses, others=others, urgent=urgent)
    return Pulse(digest, standing, places)


def _digest(
    subject: Subject,
    places: list[Place],
    page: str,
    events: list[AuditEvent],
    mails: list[MailLine],
    *,
    pauses: list[Pause],
    others: list[Present],
    urgent: list[Caution],
) -> str:
    standing = subject.standing
    now = standing.progress.now
    told = (
        standing.state,
        standing.journey.name,
        standing.step.slug if standing.step else "",
        page,
        [row.id for row in standing.trail.outcomes[:1]],
        [event.id for event in events[:1]],
        (standing.has.pass_open, standing.has.codes_left),
        places,
        [(mail.at, mail.state, mail.is_good(now)) for mail in mails],
        stuck(mails, now),
        pauses,
        urgent,
        _warning(urgent, now),
        [_deadlines(row, now) for row, _by in subject.acts],
        [other.agent_id for other in others],
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _deadlines(row: DeskAct, now: datetime) -> tuple[object, ...]:
    """How an act stands for the card: what waits for a second agent or for its pass, and what may be taken back, ends by time alone."""
    since = row.approved_at or row.created_at
    return (
        row.id,
        row.state,
        row.approved_at,
        since + APPROVAL_LIFETIME > now,
        bool(row.undo_until and row.undo_until > now),
    )
