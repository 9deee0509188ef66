"""The promises of DESIGN section 7, each with its name. Any of them broken raises `Violation`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.random_people.browser import Answer, Browser
from tests.journeys.random_people.memory import Sending
from tests.journeys.random_people.phone_promises import (
    ANSWER,
    CLAIMED_ELSEWHERE,
    TWICE,
    is_foreign,
    judge_phones,
)
from tests.journeys.random_people.players import ATTACKERS
from tests.journeys.random_people.truth import NUMBER, ProofRow, Truth
from tests.journeys.random_people.violations import Violation

if TYPE_CHECKING:
    from tests.journeys.random_people.world import World

SIGNED_IN = "signed in without the required proofs"
ATTACKER_IN = "an attacker signed in"
ATTACKER_BINDS = "an attacker bound an authenticator"
ATTACKER_SETS = "an attacker set a password"
ATTACKER_KEEPS = "an attacker put recovery codes in force"
ATTACKER_SEES = "an attacker saw a secret"
FROM_NOTHING = "a proof came from no secret"
BOUND_UNLAWFULLY = "an authenticator was bound without the right"
SET_UNLAWFULLY = "a password was set without the right"
SHUT_OUT = "the honest person cannot get in"


def judge_request(world: World, browser: Browser, answer: Answer, sending: Sending, before: Truth) -> None:
    """What this request has changed must have been its sender's right; then it is taken down."""
    now, truth = world.now(), world.truth
    is_attacker = browser.owner in ATTACKERS and world.memory.stood
    if is_attacker and answer.tells_a_secret:
        raise Violation(ATTACKER_SEES, f"{browser.owner} at {answer.path}")
    judge_phones(world, browser, answer, sending, before)
    for found in truth.bound.keys() - before.bound.keys():
        if is_attacker or is_foreign(world, found):
            raise Violation(ATTACKER_BINDS, f"{browser.owner} at {answer.path}")
        if not before.allows_binding(truth.bound[found], now, world.memory.ever):
            raise Violation(BOUND_UNLAWFULLY, f"{browser.owner} at {answer.path}")
    if truth.password_hash != before.password_hash and truth.password_hash is not None:
        if is_attacker:
            raise Violation(ATTACKER_SETS, f"{browser.owner} at {answer.path}")
        setter = truth.password_session_id or ""
        if not before.allows_password(setter, now, world.memory.ever, sending.current):
            raise Violation(SET_UNLAWFULLY, f"{browser.owner} at {answer.path}")
    if is_attacker and truth.codes_set not in {None, before.codes_set}:
        raise Violation(ATTACKER_KEEPS, f"{browser.owner} at {answer.path}")
    _keep_ledger(world, answer, sending, before)
    _take_down(world, browser, sending, before)


def _keep_ledger(world: World, answer: Answer, sending: Sending, before: Truth) -> None:
    """Every proof of a factor or an address was made by a one-time secret that had not worked before."""
    made = [
        proof
        for proof in world.truth.proofs
        if proof.number > before.last_number and proof.kind in {"factor", "address"}
    ]
    spent = world.memory.spent
    if made and made[0].method == NUMBER:
        _spend_number(world, answer, made[0], before)
        return
    if not made:
        return
    if sending.spends is None:
        raise Violation(FROM_NOTHING, f"{made[0].kind} at {answer.path}")
    if sending.spends in spent:
        raise Violation(TWICE, f"{sending.spends[0]} at {answer.path}")
    spent.add(sending.spends)
    if sending.spends[0] == "mail":
        # The first use of any mailed code ends the others.
        spent |= {("mail", letter.id) for letter in world.memory.letters if letter.kind == "mailed_code"}
    world.tally[f"worked: {sending.spends[0]}"] += 1
    if sending.code is not None:
        world.memory.used_codes.append(sending.code)


def _spend_number(world: World, answer: Answer, proof: ProofRow, before: Truth) -> None:
    """The number was matched for this very session by one of the honest person's phones, and works once."""
    claimed = [
        name
        for name, row in world.truth.requests.items()
        if row.is_claimed and not before.requests[name].is_claimed and row.session_id == proof.session_id
    ]
    if not claimed:
        raise Violation(CLAIMED_ELSEWHERE, f"at {answer.path}")
    if claimed[0] not in world.memory.confirmed:
        raise Violation(FROM_NOTHING, f"number at {answer.path}")
    if (ANSWER, claimed[0]) in world.memory.spent:
        raise Violation(TWICE, f"answer at {answer.path}")
    world.memory.spent.add((ANSWER, claimed[0]))
    world.tally["numbers matched"] += 1


def _take_down(world: World, browser: Browser, sending: Sending, before: Truth) -> None:
    memory, truth = world.memory, world.truth
    if truth.password_hash not in {None, before.password_hash}:
        memory.password, memory.forgotten = sending.new_password, False
        world.tally["passwords set"] += 1
    if truth.bound.keys() - before.bound.keys():
        memory.app, memory.ever, browser.secret_shown = sending.secret or memory.app, True, None
        world.tally["authenticators bound"] += 1
        world.tally["phones linked"] += bool(truth.bound.keys() & truth.phones.keys() - before.bound.keys())
    if truth.codes_set != before.codes_set:
        memory.codes = sending.codes if truth.codes_set else ()
        world.tally["codes kept"] += truth.codes_set is not None
    if truth.password_hash is not None and truth.bound and not memory.stood:
        memory.stood = True
    if browser.owner in ATTACKERS and memory.stood:
        world.tally[f"requests: {browser.owner}"] += 1


def judge_sign_in(world: World, browser: Browser) -> None:
    """A browser that `/account` opens for has a live session whose rows hold everything required; no attacker has one."""
    session_id = world.session_of(browser)
    if not browser.is_signed_in():
        return
    if browser.owner in ATTACKERS and world.memory.stood:
        raise Violation(ATTACKER_IN, browser.owner)
    ever = world.memory.ever or world.installation.policy == "required"
    required = frozenset({"password", "factor"} if ever else {"password"})
    if session_id is None or not world.truth.reaches(session_id, required):
        raise Violation(SIGNED_IN, f"{browser.owner}, {set(required)} required")
    world.tally[f"signed in: {browser.owner}"] += 1
