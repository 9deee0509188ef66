"""The stair of a person's card: each tread's state, since when, by what and in which browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from wizard.domain.browsers import browser_name
from wizard.journeys.model import Journey, Slot, Step
from wizard.models import AuditEvent, Outcome, Session, db
from wizard.services.desk_standing import NOT_BEGUN, Standing

TreadState = Literal["done", "here", "to-come", "undone"]
PROOFS: dict[str, tuple[str, str]] = {
    "enter-password": ("password-proven", "method"),
    "verify-email": ("address-proven", "method"),
    "choose-authenticator": ("enrolment-begun", "kind"),
    "match-number": ("factor-proven", "method"),
    "enter-code": ("factor-proven", "method"),
    "use-recovery-code": ("factor-proven", "method"),
    "use-temporary-pass": ("factor-proven", "method"),
}
"""The audit event that tells by what a step was done, and the field of its payload that says it."""
ALIKE = {
    "create-password": "change-password",
    "enter-code": "choose-authenticator",
    "match-number": "choose-authenticator",
}
"""Steps that are reset under another one's name as well."""


@dataclass(frozen=True)
class Tread:
    """One step of the stair. `by` is a key of `desk_words.BY_WORDS` or ""; `browser` in words; `reset_by` an agent's name.

    `is_choice`: nothing tells yet which of several steps it will be, and `slug` is that of the first. `has_left`: they go on here when
    they come back, and were seen last `at` that time.
    """

    slug: str
    state: TreadState
    at: datetime | None = None
    by: str = ""
    browser: str = ""
    refused: int = 0
    reset_by: str = ""
    is_choice: bool = False
    has_left: bool = False


def treads_of(standing: Standing, events: list[AuditEvent]) -> list[Tread]:
    """The treads of the journey in which `standing` is; `events` are the account's newest audit events, newest first."""
    journey, progress = standing.journey, standing.progress
    shown = journey.stairs(progress.facts.policy)
    position = journey.tread(standing.step, progress.facts.policy) if standing.step else 0
    told = _Told(events, _browsers(standing.trail.outcomes))
    return [_tread(standing, told, slot, number, position) for number, slot in enumerate(shown, 1)]


@dataclass(frozen=True)
class _Told:
    """What tells how a tread was done: the newest audit events, and the browsers of the outcomes in words, by session."""

    events: list[AuditEvent]
    browsers: dict[str | None, str]


def _browsers(outcomes: tuple[Outcome, ...]) -> dict[str | None, str]:
    used = {row.session_id for row in outcomes if row.session_id}
    rows = db.session.execute(select(Session.id, Session.browser).where(Session.id.in_(used))) if used else ()
    return {session_id: browser_name(browser) for session_id, browser in rows}


def _tread(standing: Standing, told: _Told, slot: Slot, number: int, position: int) -> Tread:
    known = _member(standing, slot)
    step, is_choice = known or slot.members[0], known is None
    if standing.state in NOT_BEGUN:
        return Tread(step.slug, "to-come", is_choice=is_choice)
    if number == position and standing.step is not None and standing.step in slot.members:
        left, refused = standing.state == "away", len(standing.refused)
        return Tread(step.slug, "here", standing.since, browser=_browser_of(standing), refused=refused, has_left=left)
    if _is_done(standing, step, number, position):
        return _done(standing, told, slot, step)
    undone = _reset(told.events, step)
    if undone is not None:
        return Tread(step.slug, "undone", undone.at, reset_by=undone.actor, is_choice=is_choice)
    return Tread(step.slug, "to-come", is_choice=is_choice)


def _member(standing: Standing, slot: Slot) -> Step | None:
    """The member of the slot that this person has done, takes now or would be shown; None: of several it may be any."""
    judged = standing.journey.judged(standing.progress)
    if standing.step is not None and standing.step in slot.members:
        return standing.step
    open_members = [step for step in slot.members if step.guard(judged)]
    done = next((step for step in open_members or slot.members if step.is_done(judged)), None)
    if done is not None or len(slot.members) == 1:
        return done or slot.members[0]
    is_told = open_members and standing.progress.facts.account is not None
    return open_members[0] if is_told else None


def _is_done(standing: Standing, step: Step, number: int, position: int) -> bool:
    """By the judge; what lies before the current step was done or passed over, and whoever stands at no step has done all."""
    if standing.state in {"signed-in", "connected"}:
        return True
    if standing.state == "disabled" and step.proves and standing.account.last_sign_in_at is not None:
        return True  # proofs end with the sessions; that they were given tells the sign-in
    if standing.has_page_open and number < position:
        return True
    return step.is_done(standing.journey.judged(standing.progress))


def _done(standing: Standing, told: _Told, slot: Slot, step: Step) -> Tread:
    slugs = {member.slug for member in slot.members}
    outcome = next((row for row in standing.trail.outcomes if _is_of(row, slugs, standing.journey)), None)
    proof = next((event for event in told.events if _proves(event, slugs)), None)
    button = _button(standing) if outcome is None else None
    if outcome is None and button is None:
        return Tread(step.slug, "done", proof.at if proof else None, _by(proof))
    post = outcome or button
    assert post is not None
    by = "skip" if post.reason == "skip" else "button" if button else _by(proof)
    return Tread(step.slug, "done", post.at, by, told.browsers.get(post.session_id, ""))


def _is_of(row: Outcome, slugs: set[str], journey: Journey) -> bool:
    return row.result == "done" and row.step in slugs and row.journey == journey.name


def _button(standing: Standing) -> Outcome | None:
    """The press of an email's button, by which the first steps are done at once."""
    pressed = (row for row in standing.trail.outcomes if row.step == "button" and row.journey == standing.journey.name)
    return next(pressed, None)


def _proves(event: AuditEvent, slugs: set[str]) -> bool:
    return any(event.kind == PROOFS[slug][0] for slug in slugs & PROOFS.keys())


def _by(event: AuditEvent | None) -> str:
    if event is None or not event.told:
        return ""
    field = next(field for kind, field in PROOFS.values() if kind == event.kind)
    return str(event.told.get(field, ""))


def _reset(events: list[AuditEvent], step: Step) -> AuditEvent | None:
    """The reset of this step, unless it was done once more since."""
    names = {step.slug, ALIKE.get(step.slug, step.slug)}
    resets = (event for event in events if event.kind == "step-reset" and event.told.get("step") in names)
    return next(resets, None)


def _browser_of(standing: Standing) -> str:
    return browser_name(standing.trail.session.browser) if standing.trail.session else ""
