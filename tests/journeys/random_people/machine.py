"""Random people: what may happen, in any order. Hypothesis chooses; after each thing every promise is looked at."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.journeys.random_people import rescue
from tests.journeys.random_people.browser import Browser
from tests.journeys.random_people.casting import BEGINNINGS, WITH_PHONE, Casting
from tests.journeys.random_people.installation import POLICIES
from tests.journeys.random_people.memory import Sending
from tests.journeys.random_people.phone_acts import PhoneActs
from tests.journeys.random_people.players import (
    ATTACKERS,
    FRESH,
    HOLDS_SESSION,
    HONEST,
    JOURNEYS,
    KNOWS_PASSWORD,
    OWNS_MAILBOX,
    STEPS,
    USED,
    WRONG,
)
from tests.journeys.random_people.world import World

RESETS = ("choose-authenticator", "change-password", "enter-password", "verify-email", "keep-recovery-codes")
SPANS = (5, 31, 61, 301, 601, 901, 1801, 7200, 43_201, 172_801)  # seconds, each just past one of the rules' ends
computers, journeys, steps = st.integers(0, 1), st.sampled_from(JOURNEYS), st.sampled_from(STEPS)
ACCOUNT = "account"
places = st.sampled_from((*JOURNEYS, ACCOUNT))
qualities, attackers = st.sampled_from((FRESH, USED, WRONG)), st.sampled_from(ATTACKERS)
lengths, newest = st.integers(1, 9), st.integers(1, 4)


def stood(machine: RandomPeople) -> bool:
    return machine.world.memory.stood


class RandomPeople(PhoneActs, RuleBasedStateMachine):
    """`casting` is set before a run."""

    casting: ClassVar[Casting]
    world: World

    @initialize(policy=st.sampled_from(POLICIES), beginning=st.sampled_from((*BEGINNINGS, *WITH_PHONE)))
    def begins(self, policy: str, beginning: str) -> None:
        self.casting.tally["examples"] += 1
        self.world = self.casting.begin(policy, beginning)

    # The honest person

    @rule(computer=computers, journey=journeys, length=lengths, skip=st.booleans())
    def honest_walks(self, computer: int, journey: str, length: int, skip: bool) -> None:
        self.world.honest.walk(self.world.computers[computer], f"/{journey}", length, skip=skip)

    @rule(computer=computers, journey=journeys, step=steps, quality=qualities)
    def honest_posts_out_of_turn(self, computer: int, journey: str, step: str, quality: str) -> None:
        self.world.honest.post(self.world.computers[computer], journey, step, quality=quality)

    @rule(computer=computers, journey=journeys, step=steps, skip=st.booleans())
    def honest_goes_back(self, computer: int, journey: str, step: str, skip: bool) -> None:
        self.world.honest.walk(self.world.computers[computer], f"/{journey}/{step}", 2, skip=skip)

    @rule(computer=computers, back=newest)
    def honest_presses_a_button(self, computer: int, back: int) -> None:
        letters = self.world.memory.letters
        self.world.honest.press(self.world.computers[computer], letters[-min(back, len(letters))])

    @rule(computer=computers)
    def honest_changes_the_password(self, computer: int) -> None:
        self.world.honest.change_password(self.world.computers[computer])

    @rule(computer=computers)
    def honest_signs_out(self, computer: int) -> None:
        browser = self.world.computers[computer]
        browser.send("/sign-out")

    @precondition(
        lambda self: self.world.knows_own_password and (self.world.holds_factor or not self.world.memory.ever)
    )
    @rule()
    def honest_forgets_the_password(self) -> None:
        self.world.memory.forgotten = True

    @precondition(lambda self: self.world.knows_own_password and self.world.holds_app)
    @rule()
    def honest_loses_the_phone(self) -> None:
        self.world.memory.app = None

    @precondition(lambda self: self.world.knows_own_password or self.world.holds_factor)
    @rule()
    def honest_loses_the_codes(self) -> None:
        self.world.memory.codes = ()

    @rule(computer=computers, journey=journeys, quality=qualities)
    def honest_uses_a_code_of_the_paper(self, computer: int, journey: str, quality: str) -> None:
        """Goes as far as the second step, asks for another way there, and goes on with a recovery code."""
        browser, honest = self.world.computers[computer], self.world.honest
        page = honest.walk(browser, f"/{journey}", 2)
        reply = browser.post(page.path, {"choice": "another-way", "way": "use-recovery-code"}, Sending())
        if reply.location:
            honest.answer(browser, browser.follow(reply.location), quality=quality)

    @rule(computer=computers, skip=st.booleans())
    def honest_makes_new_codes(self, computer: int, skip: bool) -> None:
        browser = self.world.computers[computer]
        page = browser.follow("/account/recovery-codes")
        if page.codes:
            choice = {"choice": "skip" if skip else "continue"}
            browser.post("/account/recovery-codes", choice, Sending(codes=page.codes))

    @rule(computer=computers, length=lengths)
    def honest_adds_another_app(self, computer: int, length: int) -> None:
        self.world.honest.walk(self.world.computers[computer], "/account/ways/add", length)

    # Agents and the clock

    @rule(step=st.sampled_from(RESETS))
    def agent_resets(self, step: str) -> None:
        self.casting.tally["resets"] += self.world.reset(step)

    @precondition(lambda self: self.world.memory.password is None)
    @rule()
    def operator_invites(self) -> None:
        self.world.invite()

    @rule(span=st.sampled_from(SPANS))
    def time_passes(self, span: int) -> None:
        self.world.pass_time(span)

    # Attackers

    @rule(computer=computers, journey=journeys, length=st.integers(0, 5))
    def thief_copies_the_cookies(self, computer: int, journey: str, length: int) -> None:
        """The thief is at the honest person's browser before each of their next steps."""
        browser = self.world.computers[computer]
        self.world.steal(browser)
        page = browser.follow(f"/{journey}") if length else None
        for _ in range(length):
            page = self.world.honest.go_on(browser, page) if page else None
            self.world.steal(browser)

    @precondition(lambda self: not stood(self))
    @rule()
    def who_knows_the_password_signs_in_early(self) -> None:
        """Before a second step exists the password alone opens the account, by nature; what comes later must end that."""
        self.world.attackers[KNOWS_PASSWORD].walk(self.world.lairs[KNOWS_PASSWORD], "/sign-in", 2, quality=WRONG)

    @precondition(stood)
    @rule(who=attackers, journey=journeys, length=lengths, quality=qualities)
    def attacker_walks(self, who: str, journey: str, length: int, quality: str) -> None:
        for browser in self._lairs_of(who):
            self.world.attackers[who].walk(browser, f"/{journey}", length, quality=quality)

    @precondition(stood)
    @rule(who=attackers, journey=journeys, chosen=st.lists(steps, min_size=1, max_size=4), quality=qualities)
    def attacker_posts_out_of_turn(self, who: str, journey: str, chosen: list[str], quality: str) -> None:
        for browser in self._lairs_of(who):
            for step in chosen:
                self.world.attackers[who].post(browser, journey, step, quality=quality)

    @precondition(stood)
    @rule(who=attackers, journey=journeys, quality=qualities)
    def attacker_tries_everything(self, who: str, journey: str, quality: str) -> None:
        """As far as the journey goes, then everything that would be worth having, whether it is shown or not."""
        attacker = self.world.attackers[who]
        for browser in self._lairs_of(who):
            attacker.walk(browser, f"/{journey}", 9, quality=quality)
            attacker.post(browser, journey, "choose-authenticator")
            browser.get(f"/{journey}/enter-code")
            browser.get(f"/{journey}/enter-code/qr.png")
            attacker.post(browser, journey, "enter-code")
            attacker.post(browser, journey, "change-password")
            attacker.post(browser, journey, "create-password")
            for path in (f"/{journey}/keep-recovery-codes", "/account/recovery-codes"):
                browser.get(path)
                browser.get(f"{path}/codes.txt")
                browser.post(path, {"choice": "continue"}, Sending())
            browser.follow("/account/ways/add")
            for bound in self.world.truth.bound:
                browser.send(f"/account/ways/{bound}/remove")
            attacker.change_password(browser)

    @precondition(stood)
    @rule(back=newest)
    def who_owns_the_mailbox_presses_a_button(self, back: int) -> None:
        letters = self.world.memory.letters
        owner = self.world.attackers[OWNS_MAILBOX]
        owner.press(self.world.lairs[OWNS_MAILBOX], letters[-min(back, len(letters))])

    # In the middle of a request

    @rule(computer=computers, journey=places, before=st.integers(0, 5), step=st.sampled_from(RESETS))
    def honest_is_overtaken_by_an_agent(self, computer: int, journey: str, before: int, step: str) -> None:
        self._overtaken(computer, journey, before, partial(self.world.reset, step))

    @rule(computer=computers, journey=places, before=st.integers(0, 5), theirs=journeys, length=lengths)
    def honest_is_overtaken_in_another_window(
        self, computer: int, journey: str, before: int, theirs: str, length: int
    ) -> None:
        other = self.world.computers[1 - computer]
        self._overtaken(computer, journey, before, partial(self.world.honest.walk, other, f"/{theirs}", length))

    @precondition(stood)
    @rule(computer=computers, journey=places, before=st.integers(0, 5), who=attackers)
    def honest_is_overtaken_by_an_attacker(self, computer: int, journey: str, before: int, who: str) -> None:
        def act() -> None:
            for browser in self._lairs_of(who):
                self.world.attackers[who].walk(browser, f"/{journey}", 9, quality=USED)

        self._overtaken(computer, journey, before, act)

    def _overtaken(self, computer: int, journey: str, before: int, act: Callable[[], object]) -> None:
        browser, honest = self.world.computers[computer], self.world.honest
        if journey == ACCOUNT:
            self.world.meanwhile = act
            honest.change_password(browser)
        else:
            page = honest.walk(browser, f"/{journey}", before)
            self.world.meanwhile = act
            honest.go_on(browser, page)
        self.world.meanwhile = None

    # After each thing, and at the end

    def _lairs_of(self, who: str) -> list[Browser]:
        if who == HOLDS_SESSION:
            return self.world.thiefs_browsers()
        return [self.world.lairs[who]]

    @invariant()
    def every_promise_holds(self) -> None:
        self.casting.tally["steps"] += 1
        self.world.check()

    def teardown(self) -> None:
        try:
            if sys.exc_info()[1] is None:  # what was found first is what is told
                self.everybody_gets_in()
        finally:
            self.casting.end()

    def everybody_gets_in(self) -> None:
        """With the first computer as it is now, then with a new one.

        Asked of the application as it is only: what opens the gate also takes away what leads people where they must go.
        """
        if self.world.gate_open:
            return
        for browser in (self.world.computers[0], Browser(self.world, HONEST)):
            how = rescue.let_in(self.world, browser)
            self.casting.tally[f"got in: {how}"] += 1
            self.world.check()
