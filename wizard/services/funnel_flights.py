"""A journey as figures see it: its treads, and which tread a post to a step stands on. Derived from the journey's tuple."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, exists, not_, or_

from wizard.domain.assurance import Policy
from wizard.journeys.model import Journey
from wizard.models import Authenticator, Outcome

BUTTON = "button"
"""What a press of a mail's button is written under: no step, it stands for one."""
NEW_ONES = ("resend", "again", "new-qr")
"""What was chosen by who wanted another mail, number or QR code."""
STAYS = (*NEW_ONES, "other", "phone", "message")
"""Choices that leave the person where they were, or take them back."""
STANDS_FOR = ("verify-email", "enter-password")
CODE_APP = "code-app"
SCAN = "scan-qr"


@dataclass(frozen=True)
class Tread:
    """One tread of the stair. `slug` is the step that names it, `steps` every step of its slot."""

    number: int
    slug: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Flight:
    """The stair of one journey.

    `stands` and `leads` give, by step, the tread of a post that leaves the person there and of one that lets them go on; one more than
    the last tread is inside. `unknown_at_most` is how far somebody without an account can come (None: any tread).
    """

    journey: str
    treads: tuple[Tread, ...]
    stands: dict[str, int]
    leads: dict[str, int]
    unknown_at_most: int | None

    @property
    def inside(self) -> int:
        return len(self.treads) + 1

    def slug_at(self, place: int) -> str:
        """The step that names the tread `place`; the last page's for those inside."""
        return self.treads[place - 1].slug if place < self.inside else "finish"

    def number_of(self, slug: str) -> int | None:
        """The tread that `slug` belongs to, None for a step that is none."""
        return next((tread.number for tread in self.treads if slug in tread.steps), None)

    def place(self) -> ColumnElement[int]:
        """The tread on which one outcome leaves its person."""
        stays = case(self.stands, value=Outcome.step, else_=1)
        return case((went_on(), case(self.leads, value=Outcome.step, else_=1)), else_=stays)

    def tread(self) -> ColumnElement[int]:
        """The tread on which the post of an outcome was made."""
        return case(self.stands, value=Outcome.step, else_=1)

    def past_the_square(
        self, place: ColumnElement[int], account_id: SQLColumnExpression[str | None]
    ) -> ColumnElement[int]:
        """`place`, one tread further for who stands before the QR code with a code app: that has its QR code on the next page."""
        scan = self.number_of(SCAN)
        if scan is None:
            return place
        pending = exists().where(
            Authenticator.account_id == account_id,
            Authenticator.ended_at.is_(None),
            Authenticator.proven_at.is_(None),
            Authenticator.kind == CODE_APP,
        )
        return case((and_(place == scan, pending), scan + 1), else_=place)


def flight_of(journey: Journey, policy: Policy) -> Flight:
    """The stair of `journey` as the installation's policy draws it."""
    slots = journey.stairs(policy)
    treads = tuple(
        Tread(number, slot.members[0].slug, tuple(step.slug for step in slot.members))
        for number, slot in enumerate(slots, 1)
    )
    stands: dict[str, int] = {}
    leads: dict[str, int] = {}
    unknown_at_most: int | None = None
    for slot in journey.slots:
        for step in slot.members:
            number = journey.tread(step, policy)
            passed = slot not in slots and not slot.aside
            stands[step.slug] = number + passed
            leads[step.slug] = number + (not slot.aside)
            if slot.aside:
                unknown_at_most = number
    proven = next((slug for slug in STANDS_FOR if slug in leads), None)
    if proven is not None:
        stands[BUTTON] = leads[BUTTON] = leads[proven]
    return Flight(journey.name, treads, stands, leads, unknown_at_most)


def went_on() -> ColumnElement[bool]:
    """Whether the outcome let its person go on."""
    return and_(Outcome.result == "done", or_(Outcome.reason.is_(None), not_(Outcome.reason.in_(STAYS))))


def wanted_a_new_one() -> ColumnElement[bool]:
    return and_(Outcome.result == "done", Outcome.reason.in_(NEW_ONES))
