"""The honest person can always still get in: alone, or with one act of an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.random_people.browser import Browser
from tests.journeys.random_people.promises import SHUT_OUT
from tests.journeys.random_people.violations import Violation

if TYPE_CHECKING:
    from tests.journeys.random_people.world import World

A_DAY = 86_400
LONGEST_WALK = 24


def excused(world: World) -> bool:
    """Own password, code app, phones and recovery codes are gone, all of them: a temporary pass, which does not exist yet, will do."""
    memory = world.memory
    factor_is_gone = memory.ever and not world.holds_factor and not world.holds_codes
    return memory.password is not None and factor_is_gone and not world.knows_own_password


def let_in(world: World, browser: Browser) -> str:
    """Let the honest person try with this browser; says how they got in. Raises `Violation`.

    What an attacker can do is spend the tries of a day: waiting for the next one belongs to "alone".
    """
    if excused(world):
        return "excused"
    for how in ("alone", "a day later", "by an agent's act"):
        if how == "a day later":
            world.pass_time(A_DAY)
        if how == "by an agent's act":
            _ask_agent(world)
        if _tries(world, browser):
            return how
    raise Violation(SHUT_OUT, f"with {'the' if browser.cookies else 'a new'} browser: {world.truth}")


def _tries(world: World, browser: Browser) -> bool:
    page = browser.follow(_entrance(world))
    for _ in range(LONGEST_WALK):
        if page.step in {"", "finish"} and browser.is_signed_in():
            return True
        if not page.step:
            return False
        reply = world.honest.answer(browser, page, skip=page.step == "choose-authenticator")
        if reply.status == 422 and page.step == "choose-authenticator":
            reply = world.honest.answer(browser, page)
        if not reply.location:
            return False
        page = browser.follow(reply.location)
    return False


def _entrance(world: World) -> str:
    if world.knows_own_password:
        return "/sign-in"
    return "/forgotten-password" if world.memory.password is not None else "/first-connection"


def _ask_agent(world: World) -> None:
    """The caller says what they lack; the agent does the one thing that gives it back."""
    if world.memory.password is None:
        world.invite()
    elif world.memory.ever and not world.holds_factor:
        world.reset("choose-authenticator")
