"""Where a person stands now: the judge's own answer for the browser that they use, never a stored cursor.

The facts are those that the gate reads. What only the browser's cookie knows (a typed name, a pressed button) is taken from the
outcomes, which tell that it was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from flask import current_app
from sqlalchemy import select

from wizard.domain import assurance
from wizard.domain.assurance import AccountFacts, Facts
from wizard.domain.journey_names import FIRST_CONNECTION, FORGOTTEN_PASSWORD, REPAIRS, SIGN_IN
from wizard.domain.typed import Typed
from wizard.extensions import tools
from wizard.journeys.model import Journey, NoWayOn, Step
from wizard.journeys.progress import Progress
from wizard.models import Account, Issue, Outcome, db
from wizard.services import names
from wizard.services.desk_trail import Trail, trail_of
from wizard.services.facts import facts_of

State = Literal[
    "here", "away", "finished", "signed-in", "connected", "invited", "not-invited", "invitation-ended", "no-way-on", "disabled"
]  # fmt: skip
NOT_BEGUN = frozenset({"invited", "not-invited", "invitation-ended"})
STAYS = frozenset({"again", "new-qr", "resend"})
"""What is chosen at a step without leaving it."""


@dataclass(frozen=True)
class Standing:
    """Where somebody stands. `step` is None where no step waits; `since` is when the step was reached, None when nothing tells it.
    In the state "away" it is when they were seen last.

    `has` are the account's lasting facts, also where the browser in use has not proven it, so that `progress` does not tell them.
    `refused` are the refusals at this step since then, newest first; `shows_refusal`: the page that is open says the newest of them.
    """

    account: Account
    has: AccountFacts
    journey: Journey
    step: Step | None
    state: State
    progress: Progress
    trail: Trail
    since: datetime | None
    refused: tuple[Outcome, ...] = ()

    @property
    def shows_refusal(self) -> bool:
        newest = next(iter(self.trail.here), None)
        return bool(self.refused) and newest is not None and newest.id == self.refused[0].id

    @property
    def has_page_open(self) -> bool:
        return self.state in {"here", "finished"}


def standing_of(account: Account, now: datetime) -> Standing:
    """Where `account` stands at `now`."""
    trail = trail_of(account, now)
    facts = facts_of(account, trail.session, now)
    journey, step, state, progress = _place(account, facts, trail)
    here = [row for row in trail.here if row.journey == journey.name]
    since = _since(here, step, trail) if step is not None else None
    refused = tuple(row for row in here if step and _is_refused_at(row, step, since))
    assert facts.account is not None
    return Standing(account, facts.account, journey, step, state, progress, trail, since or _last(trail), refused)


def _place(account: Account, facts: Facts, trail: Trail) -> tuple[Journey, Step | None, State, Progress]:
    journeys: Mapping[str, Journey] = current_app.extensions["perron-journeys"]
    candidates = [journeys[name] for name in _journeys_in_question(facts, trail, journeys)]
    own = candidates[0] if candidates else journeys[account.journey]
    if account.disabled_at is not None:
        return own, None, "disabled", _progress(account, facts, own, trail)
    for journey in candidates:
        progress = _progress(account, facts, journey, trail)
        try:
            step = journey.current_step(progress)
        except NoWayOn:
            if journey is not candidates[-1] and _owed(facts) not in {None, journey.name}:
                continue
            return journey, None, "no-way-on", progress
        if step is not None and not (step.terminal and _has_left(trail, step)):
            state = _state_at(account, step, trail)
            if state in NOT_BEGUN:  # they will come with nothing, and see the first page
                progress = replace(progress, facts=_without_account(facts))
                step = journey.current_step(progress)
            return journey, step, state, progress
    return own, None, "signed-in" if assurance.signed_in(facts) else "connected", _progress(account, facts, own, trail)


def _journeys_in_question(facts: Facts, trail: Trail, journeys: Mapping[str, Journey]) -> list[str]:
    """In the order of the gate: the one that is walked (unless something must be repaired first), the owed one, signing in."""
    owed = _owed(facts)
    walked = _walked(trail, journeys)
    detour = trail.is_proven and owed in REPAIRS and walked not in {owed, FORGOTTEN_PASSWORD}
    signs_in = trail.has_browser and not assurance.signed_in(facts)
    order = (None if detour else walked, owed, SIGN_IN if signs_in else None)
    return [name for name in dict.fromkeys(order) if name]


def _owed(facts: Facts) -> str | None:
    assert facts.account is not None
    return assurance.owed(facts.account, facts.policy)


def _walked(trail: Trail, journeys: Mapping[str, Journey]) -> str | None:
    newest = next((row for row in trail.here if row.journey in journeys), None)
    mailed = trail.mailed
    if mailed is not None and mailed.journey in journeys and (newest is None or newest.at <= mailed.created_at):
        return mailed.journey
    return newest.journey if newest else None


def _progress(account: Account, facts: Facts, journey: Journey, trail: Trail) -> Progress:
    is_typed = trail.has_browser and not trail.is_proven
    return Progress(
        facts=_without_account(facts) if is_typed else facts,
        journey=journey.name,
        typed=Typed(
            username_key=names.key_of(account) if trail.has_browser else "",
            email_key=account.email_key if trail.has_browser else "",
            prepared=any(row.step == "prepare" and row.result == "done" for row in trail.here),
            way=_way(journey, trail),
        ),
        enrols=journey.enrols,
        renews=journey.renews,
        entered_at=_entered_at(journey, trail),
    )


def _way(journey: Journey, trail: Trail) -> str:
    """The slug of the step that this browser was at last, which says which one of several was chosen; "" when it has gone on from it."""
    newest = next(iter(trail.here), None)
    if newest is None or newest.journey != journey.name:
        return ""
    return newest.step if newest.result == "refused" or newest.reason in STAYS else ""


def _without_account(facts: Facts) -> Facts:
    """What the gate knows of a browser that has proven nothing: no account."""
    return Facts(account=None, proofs=(), pending=(), policy=facts.policy, now=facts.now, ages=facts.ages)


def _entered_at(journey: Journey, trail: Trail) -> datetime | None:
    """When this browser has entered the journey: its first outcome there since its last page was left."""
    entered: datetime | None = None
    for row in trail.here:
        if row.journey == journey.name and row.step == "finish" and row.result == "done":
            break
        if row.journey == journey.name:
            entered = row.at
    return entered


def _has_left(trail: Trail, step: Step) -> bool:
    newest = next(iter(trail.here), None)
    return newest is None or (newest.step == step.slug and newest.result == "done")


def _state_at(account: Account, step: Step, trail: Trail) -> State:
    if trail.has_browser:
        return "finished" if step.terminal else "here"
    has_own_password = bool(account.password_hash or account.password_ended_at)
    has_begun = has_own_password or bool(account.factor_since or trail.outcomes)
    if has_own_password or (has_begun and account.journey != FIRST_CONNECTION):
        return "away"
    newest = select(Issue).where(Issue.account_id == account.id).order_by(Issue.created_at.desc(), Issue.id)
    issue = db.session.scalar(newest.limit(1))
    if issue is None:
        return "away" if has_begun else "not-invited"
    if issue.ended_at is not None or issue.ends_at <= tools().clock.now():
        return "invitation-ended"  # whatever was done: without its password nobody comes back
    return "away" if has_begun or issue.first_used_at is not None else "invited"


def _since(here: list[Outcome], step: Step, trail: Trail) -> datetime | None:
    before = next((row for row in here if row.result == "done" and _leads_on(row, step)), None)
    if before is not None:
        return before.at
    if trail.mailed is not None:
        return trail.mailed.created_at
    return trail.session.created_at if trail.session else None


def _leads_on(row: Outcome, step: Step) -> bool:
    return row.step != step.slug or row.reason not in STAYS


def _is_refused_at(row: Outcome, step: Step, since: datetime | None) -> bool:
    return row.result == "refused" and row.step == step.slug and (since is None or row.at >= since)


def _last(trail: Trail) -> datetime | None:
    return trail.outcomes[0].at if trail.outcomes else None
