"""Journeys as data: an ordered tuple of slots, and one judge of where a person must be.

The order is written in a journey's tuple and nowhere else. Position is derived from facts, never stored: `current_step` is the
only answer to "where must this person be now", `may_open` the only gate.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from flask import Blueprint
from flask_babel.speaklater import LazyString as LazyText
from flask_wtf import FlaskForm

from wizard.domain.assurance import Policy
from wizard.journeys.progress import Progress

Needs = Mapping[str, timedelta]


@dataclass(frozen=True, eq=False)
class Guide:
    """The step's printed text: the paper guides' columns (S-05). The page's heading is its title, so the two cannot drift.

    `way` is what the step is called where it is offered beside another one; the title when None.
    """

    title: LazyText
    actions: tuple[LazyText, ...]
    notes: tuple[LazyText, ...] = ()
    way: LazyText | None = None


@dataclass(frozen=True)
class Done:
    """The step's work is done; the person goes on."""


@dataclass(frozen=True)
class Waits:
    """Nothing is decided yet; the page goes on waiting."""


@dataclass(frozen=True)
class Chose:
    """The person chose another way on; `place` is where it leads, None for wherever the judge says."""

    what: str
    place: str | None = None


class StepRefused(Exception):
    """The post was understood and refused: `field` gets `message`; `reason` is the stable word for pages and outcomes."""

    def __init__(self, field: str, reason: str, message: LazyText | str) -> None:
        self.field = field
        self.reason = reason
        self.message = message
        super().__init__(reason)


class NoWayOn(Exception):
    """A slot of proofs has no open member for this account: the page says whom to call.

    `reason` is what the person has said of the phone, "" for nothing; the page says more of "lost" and "not-here". `back` is where who
    has found it goes on.
    """

    def __init__(self, reason: str = "", back: str = "/") -> None:
        self.reason = reason
        self.back = back
        super().__init__(reason)


def always(_progress: Progress) -> bool:
    return True


def needs_nothing(_progress: Progress) -> Needs:
    return {}


def nothing(_progress: Progress) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Step:
    """One page. It knows its own work and never its neighbours.

    `attempt` counts a try at a secret and commits; `check` does slow work without a transaction and returns evidence; `do` runs in
    the one write transaction. `needs` says which proofs, and how young, the step's own work will want, so that the judge has them
    asked again before the step is reached; `keep` takes care of what was typed when that was too late. `proves` names the kind of
    proof that the step yields, `sets` the lasting fact. An `optional` step may be left for later, one `aside` opens only where
    the way on is closed, a `terminal` one stands last.
    """

    name: str
    form: type[FlaskForm]
    guide: Guide
    blueprint: Blueprint
    is_done: Callable[[Progress], bool]
    do: Callable[[Any, Progress], Done | Waits | Chose]
    check: Callable[[FlaskForm, Progress], Any] = lambda form, _progress: form.data
    page: Callable[[Progress], Any] = nothing
    specimen: Any = None
    guard: Callable[[Progress], bool] = always
    arrive: Callable[[Progress], None] | None = None
    attempt: Callable[[FlaskForm, Progress], None] | None = None
    keep: Callable[[FlaskForm, Progress], None] | None = None
    needs: Callable[[Progress], Needs] = needs_nothing
    undo: Callable[[Progress], None] | None = None
    proves: str | None = None
    sets: str | None = None
    when_off: bool = True
    optional: bool = False
    aside: bool = False
    terminal: bool = False

    @property
    def slug(self) -> str:
        return self.name.replace("_", "-")

    @property
    def template(self) -> str:
        return f"steps/{self.name}.html"

    @property
    def members(self) -> tuple[Step, ...]:
        return (self,)


@dataclass(frozen=True, eq=False)
class either:  # noqa: N801 - reads as the word it is in a journey's tuple
    """A slot of which the person sees one member."""

    members: tuple[Step, ...]
    optional: ClassVar[bool] = False
    aside: ClassVar[bool] = False
    terminal: ClassVar[bool] = False

    def __init__(self, *members: Step) -> None:
        object.__setattr__(self, "members", members)

    @property
    def when_off(self) -> bool:
        return any(step.when_off for step in self.members)


Slot = Step | either


@dataclass(frozen=True, eq=False)
class Journey:
    """A name and the tuple of slots. `renews` names what its set-up steps make anew although it exists."""

    name: str
    title: LazyText
    slots: tuple[Slot, ...]
    renews: frozenset[str] = frozenset()

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for slot in self.slots for step in slot.members)

    @property
    def enrols(self) -> bool:
        """Whether an authenticator is bound in this journey."""
        return any(step.sets == "pending" for step in self.steps)

    def step_named(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def judged(self, progress: Progress) -> Progress:
        """`progress` with `since`: how young a proof must be for the steps that are still to do."""
        since: dict[str, datetime] = dict(progress.since)
        for step in self.steps:
            if step.guard(progress) and (step.proves or not step.is_done(progress)):
                for kind, age in step.needs(progress).items():
                    since[kind] = max(since.get(kind, progress.now - age), progress.now - age)
        return dataclasses.replace(progress, since=since)

    def path(self, progress: Progress) -> Iterator[Step]:
        """The steps this person walks, in order: of each slot the open member. Raises `NoWayOn` where nobody can go on."""
        for slot in self.slots:
            member = self._open_member(slot, progress)
            if member is not None:
                yield member

    def current_step(self, progress: Progress) -> Step | None:
        """Where must this person be now? None: the journey is complete. Raises `NoWayOn`."""
        return self._walked(self.judged(progress))[1]

    def may_open(self, step: Step, progress: Progress) -> bool:
        """The current step, or a finished one with nothing irreversible since. Raises `NoWayOn`."""
        return self._opens(step, self.judged(progress))

    def would_open(self, step: Step, progress: Progress) -> bool:
        """Whether `step` would be open if no proof grew too old. Raises `NoWayOn`."""
        return self._opens(step, progress)

    def _opens(self, step: Step, progress: Progress) -> bool:
        finished, current = self._walked(progress)
        if step not in finished:
            return step is current
        return all(later.undo for later in finished[finished.index(step) :])

    def later_finished(self, step: Step, progress: Progress) -> list[Step]:
        """The finished steps from `step` on, last first: what going back to it undoes."""
        finished, _current = self._walked(self.judged(progress))
        return list(reversed(finished[finished.index(step) :])) if step in finished else []

    def _walked(self, progress: Progress) -> tuple[list[Step], Step | None]:
        """The steps that are done, in order, and the first that is not; None: the journey is complete. Raises `NoWayOn`."""
        finished: list[Step] = []
        for step in self.path(progress):
            if not step.is_done(progress):
                return finished, step
            finished.append(step)
        return finished, None

    def step_before(self, step: Step, progress: Progress) -> Step | None:
        """The step that Back leads to, None where there is none or it may not be opened again."""
        progress = self.judged(progress)
        earlier: Step | None = None
        for candidate in self.path(progress):
            if candidate is step:
                break
            earlier = candidate
        return earlier if earlier and self.may_open(earlier, progress) else None

    def other_ways(self, step: Step, progress: Progress) -> tuple[Step, ...]:
        """The other members of the step's slot that are open to this person now."""
        slot = next(slot for slot in self.slots if step in slot.members)
        judged = self.judged(progress)
        return tuple(member for member in slot.members if member is not step and member.guard(judged))

    def stairs(self, policy: Policy) -> tuple[Slot, ...]:
        """The slots that are drawn as treads: by policy, never by account."""
        treads = (slot for slot in self.slots if not (slot.optional or slot.aside or slot.terminal))
        return tuple(slot for slot in treads if policy != "off" or slot.when_off)

    def tread(self, step: Step, policy: Policy) -> int:
        """The number of the tread that `step` stands on, from 1; a step that is no tread stands on the one before it."""
        treads, reached = self.stairs(policy), 0
        for slot in self.slots:
            reached += slot in treads
            if step in slot.members:
                break
        return max(reached, 1)

    def _open_member(self, slot: Slot, progress: Progress) -> Step | None:
        open_members = [step for step in slot.members if step.guard(progress)]
        if not open_members:
            self._pass_over(slot, progress)
            return None
        done = next((step for step in open_members if step.is_done(progress)), None)
        chosen = next((step for step in open_members if step.slug == progress.typed.way), None)
        return done or chosen or open_members[0]

    def _pass_over(self, slot: Slot, progress: Progress) -> None:
        """A slot of second-step proofs without an open member may be passed over only by who never had an authenticator."""
        account = progress.facts.account
        if account and account.ever_had_factor and any(step.proves for step in slot.members):
            raise NoWayOn("lost" if progress.typed.lost and account.authenticators else "")
