"""The promises about phones: who may answer and link, and that each answer and each link code counts once.

Sources: DESIGN section 3, "The phone"; SEC-11 to SEC-15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.random_people.browser import Answer, Browser
from tests.journeys.random_people.memory import Sending
from tests.journeys.random_people.phones import NOT_ME, YES
from tests.journeys.random_people.players import ATTACKERS, HONEST
from tests.journeys.random_people.truth import RequestRow, Truth
from tests.journeys.random_people.violations import Violation

if TYPE_CHECKING:
    from tests.journeys.random_people.world import World

TWICE = "a secret worked twice"
CLAIMED_ELSEWHERE = "an answer was claimed by another session"
ANSWERED_UNLAWFULLY = "a request was answered without the right"
LINKED_LATE = "a phone was linked by a code that had ended"
ANSWER = "answer"


def judge_phones(world: World, browser: Browser, answer: Answer, sending: Sending, before: Truth) -> None:
    """What this request has changed at the requests and the links must have been its sender's right; then it is taken down."""
    for name, row in world.truth.requests.items():
        earlier = before.requests.get(name)
        if earlier is None:
            world.tally["pushes"] += browser.owner in ATTACKERS
            world.tally["requests asked"] += 1
        elif earlier.answer != row.answer:
            _judge_answer(world, browser, (name, row), sending, before)
        if earlier is not None and earlier.is_claimed and not row.is_claimed:
            raise Violation(TWICE, f"{ANSWER} at {answer.path}")
    for name, link in world.truth.links.items():
        older = before.links.get(name)
        if older is None or older.device_id == link.device_id:
            continue
        if older.device_id is not None:
            raise Violation(TWICE, f"link at {answer.path}, {browser.owner}")
        if older.ends <= world.now():
            raise Violation(LINKED_LATE, browser.owner)
        world.tally[f"links opened: {browser.owner}"] += 1
        if browser.owner == HONEST and link.device_id:
            world.memory.devices.add(link.device_id)


def _judge_answer(
    world: World, browser: Browser, found: tuple[str, RequestRow], sending: Sending, before: Truth
) -> None:
    """One answer, by a phone that is linked, in its own hands, and "yes" only with the very number that the computer shows."""
    name, row = found
    if before.requests[name].answer is not None:
        raise Violation(TWICE, f"{ANSWER} to a request, {browser.owner}")
    device = world.device_of(browser)
    own = device in world.memory.devices if browser.owner == HONEST else device not in world.memory.devices
    if device not in before.linked or not own:
        raise Violation(ANSWERED_UNLAWFULLY, f"{row.answer} by {browser.owner}, whose phone is not linked")
    if row.answer == YES:
        if sending.confirms != name or browser.owner != HONEST:
            raise Violation(ANSWERED_UNLAWFULLY, f"{browser.owner}, who does not know the number")
        world.memory.confirmed.add(name)
    world.tally["refusals" if row.answer == NOT_ME else f"answers: {row.answer}"] += 1


def is_foreign(world: World, authenticator_id: str) -> bool:
    """Whether this authenticator is a phone that is not one of the honest person's."""
    phone = world.truth.phones.get(authenticator_id)
    return phone is not None and phone.device_id not in world.memory.devices
