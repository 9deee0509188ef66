"""What people do with phones, and what attackers do about them: rules of the machine of random people."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.journeys.random_people.browser import Answer, Browser
from tests.journeys.random_people.casting import Casting
from tests.journeys.random_people.memory import BY_NUMBER, BY_SCAN, CODE_APP, NOT_AT_ALL, PHONE, WRONGLY, Sending
from tests.journeys.random_people.phones import NOT_ME, Phone, aimed_at
from tests.journeys.random_people.players import JOURNEYS, OWN_PHONE, PUSHER, WRONG
from tests.journeys.random_people.world import World

REFUSES, GUESSES = "refuses", "guesses"
OWN_COOKIE, COPIED_COOKIE, REPLAY = (
    "his cookie and key",
    "a copy of her cookie and his key",
    "what her phone has signed",
)
computers, hands, journeys = st.integers(0, 1), st.integers(0, 1), st.sampled_from(JOURNEYS)
confirmed = st.sampled_from(("sign-in", "sign-in", "first-connection", "forgotten-password"))
claimants = st.sampled_from((PUSHER, OWN_PHONE))


class PhoneActs:
    """Mixed into the machine, which has the world."""

    casting: ClassVar[Casting]
    world: World

    # The honest person

    @rule(
        computer=computers,
        journey=journeys,
        hand=hands,
        length=st.integers(2, 9),
        manner=st.sampled_from((BY_NUMBER, BY_SCAN, WRONGLY, NOT_AT_ALL)),
    )
    def honest_walks_with_a_phone(self, computer: int, journey: str, hand: int, length: int, manner: str) -> None:
        """Chooses the phone where there is a choice, and answers the first request in this manner."""
        self._take(hand, manner)
        self.world.honest.walk(self.world.computers[computer], f"/{journey}", length)
        self.world.memory.way, self.world.memory.manner = CODE_APP, BY_NUMBER

    @precondition(lambda self: self.world.holds_factor)
    @rule(computer=computers, hand=hands, length=st.integers(3, 9))
    def honest_adds_a_phone(self, computer: int, hand: int, length: int) -> None:
        self._take(hand)
        self.world.honest.walk(self.world.computers[computer], "/account/ways/add", length)
        self.world.memory.way = CODE_APP

    @rule(hand=hands, reaction=st.sampled_from((REFUSES, GUESSES, NOT_AT_ALL)))
    def honest_looks_at_a_phone(self, hand: int, reaction: str) -> None:
        self._react(hand, reaction)

    @precondition(lambda self: self.world.knows_own_password and self.world.holds_phone)
    @rule(hand=hands)
    def honest_loses_a_phone(self, hand: int) -> None:
        self.world.lose_phone(hand)

    @precondition(lambda self: self.world.holds_codes)
    @rule(computer=computers, hand=hands, loses=st.booleans())
    def honest_says_that_the_phone_is_lost(self, computer: int, hand: int, loses: bool) -> None:
        """And links the next one by a recovery code."""
        if loses:
            self.world.lose_phone(hand)
        browser = self.world.computers[computer]
        self._take(hand)
        browser.get("/without-phone")
        browser.post("/without-phone", {"reason": "lost"}, Sending())
        self.world.honest.walk(browser, "/replace-phone", 9)
        self.world.memory.way = CODE_APP

    # Attackers

    @precondition(lambda self: self.world.memory.stood)
    @rule(
        reactions=st.lists(st.sampled_from((REFUSES, GUESSES, NOT_AT_ALL)), min_size=1, max_size=4),
        journey=confirmed,
        hand=hands,
    )
    def pusher_asks_again_and_again(self, reactions: list[str], journey: str, hand: int) -> None:
        """Each time a phone of hers is taken out, or not; then he presses "Continue"."""
        pusher, lair = self.world.attackers[PUSHER], self.world.lairs[PUSHER]
        pusher.walk(lair, f"/{journey}", 4)
        for reaction in reactions:
            self._react(hand, reaction)
            pusher.post(lair, journey, "match-number")
            lair.post(f"/{journey}/match-number", {"choice": "again"}, Sending())

    @precondition(lambda self: self.world.memory.stood)
    @rule(computer=computers, journey=confirmed, hand=hands)
    def pusher_comes_between(self, computer: int, journey: str, hand: int) -> None:
        """She carries the number of her own screen to whatever request her phone shows, and that is his by now."""
        browser, lair = self.world.computers[computer], self.world.lairs[PUSHER]
        self.world.attackers[PUSHER].walk(lair, f"/{journey}", 4)
        page = self._ask(browser, journey)
        number = page.number if page else None
        lair.post(f"/{journey}/match-number", {"choice": "again"}, Sending())
        phone = self._asked_phone(hand)
        for found in phone.waiting():
            if number and found != self.world.request_of(browser):
                phone.say(found, self.world.wrong_number(found, number))
        self.world.attackers[PUSHER].post(lair, journey, "match-number")
        self.world.honest.post(browser, journey, "match-number")

    @precondition(lambda self: self.world.memory.stood)
    @rule(who=claimants, computer=computers, journey=confirmed, manner=st.sampled_from((BY_NUMBER, BY_SCAN)))
    def attacker_claims_her_answer(self, who: str, computer: int, journey: str, manner: str) -> None:
        """He waits at the same step; between her phone's yes and her own press he presses."""
        lair, browser = self.world.lairs[who], self.world.computers[computer]
        self.world.attackers[who].walk(lair, f"/{journey}", 4, quality=WRONG)
        page = self._ask(browser, journey)
        if page is not None and page.number:
            self.world.memory.manner = manner
            self.world.honest.take_phone(browser, page, manner)
        for theirs in (journey, "sign-in"):
            self.world.attackers[who].post(lair, theirs, "match-number")
        self.world.honest.post(browser, journey, "match-number")

    @precondition(lambda self: self.world.memory.stood)
    @rule(
        computer=computers,
        journey=confirmed,
        hand=hands,
        by=st.sampled_from((OWN_COOKIE, COPIED_COOKIE, REPLAY)),
        decision=st.sampled_from(("yes", NOT_ME)),
    )
    def attacker_answers_her_request(self, computer: int, journey: str, hand: int, by: str, decision: str) -> None:
        """He has looked over her shoulder: he knows the number, and still it is not her phone that answers."""
        browser = self.world.computers[computer]
        self._ask(browser, journey)
        self._answer_as_she_would(self.world.request_of(browser), hand, by, decision)
        self.world.honest.post(browser, journey, "match-number")

    @precondition(lambda self: self.world.memory.stood)
    @rule(journey=confirmed, hand=hands, by=st.sampled_from((OWN_COOKIE, COPIED_COOKIE, REPLAY)))
    def attacker_answers_his_own_request(self, journey: str, hand: int, by: str) -> None:
        """His computer shows number and token; what he lacks is a phone that is linked to her account."""
        lair = self.world.lairs[OWN_PHONE]
        self.world.attackers[OWN_PHONE].walk(lair, f"/{journey}", 4, quality=WRONG)
        self._answer_as_she_would(self.world.request_of(lair), hand, by, "yes")
        self.world.attackers[OWN_PHONE].post(lair, journey, "match-number")

    @precondition(lambda self: self.world.memory.links)
    @rule(back=st.integers(1, 4))
    def attacker_opens_a_code_that_she_has_used_or_left(self, back: int) -> None:
        """A photograph of her screen: what was opened, replaced or has run out links nothing; what is fresh waits for a number."""
        links = self.world.memory.links
        self.world.strangers_phone.open_link(links[-min(back, len(links))])

    @precondition(lambda self: self.world.holds_factor or not self.world.memory.ever)
    @rule(computer=computers, hand=hands, guesses=st.booleans(), notices=st.booleans())
    def attacker_opens_her_code_first(self, computer: int, hand: int, guesses: bool, notices: bool) -> None:
        """His phone takes the code that her computer shows; the number on her computer it does not know."""
        browser, honest = self.world.computers[computer], self.world.honest
        self._take(hand)
        page = honest.walk(browser, "/account/ways/add", 0)
        for _ in range(8):
            if page.step == "scan-qr" and page.link:
                break
            page = honest.go_on(browser, page) or page
        if page.step == "scan-qr" and page.link:
            self.world.strangers_phone.open_link(page.link)
            page = browser.follow(f"/{page.journey}")
            asked = self.world.request_of(browser)
            if guesses and asked:
                self.world.strangers_phone.say(asked, self.world.wrong_number(asked))
            if notices:
                honest.walk(browser, f"/{page.journey}", 4)
        self.world.memory.way = CODE_APP

    @precondition(lambda self: not self.world.memory.stood and self.world.knows_own_password)
    @rule()
    def who_has_a_phone_begins_early(self) -> None:
        """While the password alone opens the account he has a code shown and opens it; what she binds later must end that."""
        lair, attacker = self.world.lairs[OWN_PHONE], self.world.attackers[OWN_PHONE]
        attacker.walk(lair, "/sign-in", 2, quality=WRONG)
        attacker.walk(lair, "/replace-phone", 9, quality=WRONG)

    # What they have in common

    def _take(self, hand: int, manner: str = BY_NUMBER) -> None:
        memory = self.world.memory
        memory.way, memory.hand, memory.manner = PHONE, hand, manner

    def _ask(self, browser: Browser, journey: str) -> Answer | None:
        """Walk until the page shows a number, as far as nothing else has to be carried anywhere."""
        page = self.world.honest.walk(browser, f"/{journey}", 0)
        for _ in range(3):
            if page.step in {"match-number", "scan-qr"}:
                break
            further = self.world.honest.go_on(browser, page)
            if further is None:
                return None
            page = further
        return page if page.step == "match-number" else None

    def _react(self, hand: int, reaction: str) -> None:
        """Take a phone out, this one if it is asked: what none of the own computers asks is refused, guessed at, or left alone."""
        phone = self._asked_phone(hand)
        own = {self.world.request_of(browser) for browser in self.world.computers}
        for found in phone.waiting():
            if found in own or reaction == NOT_AT_ALL:
                continue
            if reaction == REFUSES:
                phone.say(found, decision=NOT_ME)
            else:
                phone.say(found, self.world.wrong_number(found))

    def _asked_phone(self, hand: int) -> Phone:
        """This phone, or the other one where requests arrive only there."""
        asked, first = self.world.phones_asked(), self.world.phones[hand]
        return first if first in asked or not asked else asked[0]

    def _answer_as_she_would(self, found: str | None, hand: int, by: str, decision: str) -> None:
        shown = self.world.shown(found) if found else None
        if found is None or shown is None:
            return
        hers = self._asked_phone(hand).browser
        his = self.world.strangers_phone if by == OWN_COOKIE else self.world.foreign_phone(dict(hers.cookies))
        if by == REPLAY:
            for saying in self.world.memory.sayings:
                his.send(saying)
                his.send(aimed_at(saying, found))
            return
        his.say(found, shown[0] if decision == "yes" else "", decision)
        if decision == "yes":
            his.say(found, scan=shown[1])
