"""The players: all answer a step in the same way, and differ in what they know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp

from tests.journeys.random_people.browser import Answer, Browser
from tests.journeys.random_people.installation import EMAIL, USERNAME
from tests.journeys.random_people.mail import Letter
from tests.journeys.random_people.memory import (
    BY_NUMBER,
    BY_SCAN,
    CODE_APP,
    NOT_AT_ALL,
    PHONE,
    WRONGLY,
    Sending,
    UsedCode,
)
from wizard.domain.totp import STEP_SECONDS

if TYPE_CHECKING:
    from tests.journeys.random_people.phones import Phone
    from tests.journeys.random_people.world import World

HONEST, KNOWS_PASSWORD, OWNS_MAILBOX, HOLDS_SESSION = "honest person", "knows the password", "owns the mailbox", "thief"
PUSHER, OWN_PHONE = "pushes requests", "has a phone of his own"
ATTACKERS = (KNOWS_PASSWORD, OWNS_MAILBOX, HOLDS_SESSION, PUSHER, OWN_PHONE)
KEPT_LINKS = 4
JOURNEYS = ("first-connection", "sign-in", "forgotten-password", "replace-phone", "migrated-account")
STEPS = (
    "prepare", "enter-username", "enter-password", "choose-authenticator", "scan-qr", "match-number", "enter-code",
    "use-recovery-code", "use-temporary-pass", "enter-email", "verify-email", "create-password", "check-details", "change-password",
    "keep-recovery-codes", "finish",
)  # fmt: skip
RECOVERY = "recovery"
FRESH, USED, WRONG = "fresh", "used", "wrong"


class Player:
    """Somebody with browsers, who fills in steps with what they know."""

    name = ""
    way = CODE_APP

    def __init__(self, world: World) -> None:
        self.world = world

    def password(self) -> str:
        """The password to type."""
        return f"Not the right {self.world.requests}"

    def letters(self) -> list[Letter]:
        """The mails that this player reads, oldest first."""
        return []

    def secret(self) -> str | None:
        """The secret of the code app that this player holds."""
        return None

    def codes(self) -> list[str]:
        """The recovery codes that this player holds and that have not worked yet."""
        return []

    def lacks(self, page: Answer) -> bool:
        """Whether the page asks for something that this player has not got and would look for another way."""
        return page.step == "use-recovery-code" and not self.codes()

    def other_way(self, page: Answer) -> dict[str, str]:
        """The fields that ask for another way than the page's."""
        return {"choice": "another-way"}

    def take_phone(self, browser: Browser, page: Answer | None, quality: str) -> str:
        """Carry what the page shows to a phone, if this player has one; returns what is then pressed at the computer."""
        if page is not None and page.step == "match-number" and not page.offers("continue"):
            return "again"
        return "continue"

    def walk(self, browser: Browser, start: str, steps: int, *, skip: bool = False, quality: str = FRESH) -> Answer:
        """Open `start` and do at most `steps` steps, as far as nothing is refused."""
        answer = browser.follow(start)
        for _ in range(steps):
            further = self.go_on(browser, answer, skip=skip, quality=quality)
            if further is None:
                break
            answer = further
        return answer

    def go_on(self, browser: Browser, page: Answer, *, skip: bool = False, quality: str = FRESH) -> Answer | None:
        """Do the step that `page` shows; the next page, None when there was no step or it was refused."""
        reply = self.answer(browser, page, skip=skip, quality=quality) if page.step else None
        return browser.follow(reply.location) if reply and reply.location else None

    def answer(self, browser: Browser, page: Answer, *, skip: bool = False, quality: str = FRESH) -> Answer:
        """Fill in the step that `page` shows and send it."""
        if quality == FRESH and self.lacks(page):
            return browser.post(page.path, self.other_way(page), Sending())
        fields, sending = self.fields(page.step, browser, page, skip=skip, quality=quality)
        return browser.post(page.path, fields, sending)

    def post(self, browser: Browser, journey: str, step: str, *, skip: bool = False, quality: str = FRESH) -> Answer:
        """Send the form of a step without having been given it."""
        fields, sending = self.fields(step, browser, None, skip=skip, quality=quality)
        return browser.post(f"/{journey}/{step}", fields, sending)

    def press(self, browser: Browser, letter: Letter) -> Answer:
        """Press the button of a mail and go where it leads."""
        browser.get(letter.button)
        spends = ("mail", letter.id) if letter.kind == "mailed_code" else None
        reply = browser.post(letter.button, {"choice": "yes"}, Sending(spends=spends))
        return browser.follow(reply.location) if reply.location else reply

    def change_password(self, browser: Browser) -> Answer:
        """Set a new password at the account's own page."""
        new = self.world.new_password()
        fields = {"current_password": self.password(), "new_password": new}
        return browser.post("/account/password", fields, Sending(new_password=new, current=True))

    def fields(
        self, step: str, browser: Browser, page: Answer | None, *, skip: bool, quality: str
    ) -> tuple[dict[str, str], Sending]:
        """What this player enters at `step`."""
        if step in {"enter-username", "enter-email"}:
            return {"username": USERNAME, "email": EMAIL}, Sending()
        if step == "enter-password":
            return {"password": self.password()}, Sending()
        if step == "choose-authenticator":
            return {"choice": "skip" if skip else self.way}, Sending()
        if step in {"scan-qr", "match-number"}:
            return {"choice": self.take_phone(browser, page, quality)}, Sending()
        if step == "enter-code":
            return self._code(browser, page, quality)
        if step == "use-recovery-code":
            return self._recovery_code(quality)
        if step == "keep-recovery-codes":
            return {"choice": "skip" if skip else "continue"}, Sending(codes=browser.codes_shown)
        if step == "verify-email":
            return self._mailed_code(browser, quality)
        if step in {"change-password", "create-password"}:
            new = self.world.new_password()
            return {"new_password": new}, Sending(new_password=new)
        if step == "finish":
            return {"choice": "new-session" if skip else "portal"}, Sending()
        return {}, Sending()

    def _code(self, browser: Browser, page: Answer | None, quality: str) -> tuple[dict[str, str], Sending]:
        shown = page.secret if page else browser.secret_shown
        secret = shown or self.secret()
        used = self.world.memory.used_codes
        if quality == USED and used:
            again = used[-1]
            return {"code": again.code}, Sending(("totp", again.secret, str(again.step)), again, secret=shown)
        if quality != FRESH or secret is None:
            return {"code": self.world.wrong_code()}, Sending()
        made = self._fresh(secret)
        return {"code": made.code}, Sending(("totp", secret, str(made.step)), made, secret=shown)

    def _fresh(self, secret: str) -> UsedCode:
        """The code that the app shows, or the next one when this one was used."""
        now = int(self.world.now().timestamp())
        if ("totp", secret, str(now // STEP_SECONDS)) in self.world.memory.spent:
            self.world.pass_time(STEP_SECONDS - now % STEP_SECONDS)
            now = int(self.world.now().timestamp())
        return UsedCode(secret, now // STEP_SECONDS, pyotp.TOTP(secret).at(now))

    def _recovery_code(self, quality: str) -> tuple[dict[str, str], Sending]:
        used = sorted(code for kind, *code in self.world.memory.spent if kind == RECOVERY)
        fresh = self.codes()
        if quality == USED and used:
            return {"code": used[-1][0]}, Sending((RECOVERY, used[-1][0]))
        if quality != FRESH or not fresh:
            return {"code": "aaaa-bbbb-cccc-dddd"}, Sending()
        return {"code": fresh[0]}, Sending((RECOVERY, fresh[0]))

    def _mailed_code(self, browser: Browser, quality: str) -> tuple[dict[str, str], Sending]:
        mine = [item for item in self.letters() if item.code and item.asked_by == browser.key]
        spent = self.world.memory.spent
        fresh = [item for item in mine if ("mail", item.id) not in spent]
        used = [item for item in mine if ("mail", item.id) in spent]
        found = used if quality == USED else fresh
        if quality == WRONG or not found:
            return (
                ({"choice": "resend"}, Sending())
                if self.letters() and not fresh
                else ({"code": self.world.wrong_mailed_code()}, Sending())
            )
        return {"code": found[-1].code}, Sending(("mail", found[-1].id))


class HonestPerson(Player):
    """Reads the own mail, knows the own password unless forgotten, holds the code app and the phones unless lost."""

    name = HONEST

    @property
    def way(self) -> str:  # type: ignore[override]
        return self.world.memory.way

    def lacks(self, page: Answer) -> bool:
        if page.step == "match-number":
            return not self.world.phones_asked() or not (page.offers("continue") or page.offers("again"))
        if page.step == "enter-code":
            return not page.secret and not self.world.holds_app
        return super().lacks(page)

    def other_way(self, page: Answer) -> dict[str, str]:
        """Whichever is at hand, by its name; in the middle of a journey that links a phone another way is another phone."""
        if page.journey not in {"sign-in", "forgotten-password"}:
            return super().other_way(page)
        at_hand = {
            "match-number": self.world.holds_phone,
            "enter-code": self.world.holds_app,
            "use-recovery-code": self.world.holds_codes,
        }
        ways = [way for way, held in at_hand.items() if held and way != page.step]
        return super().other_way(page) | ({"way": ways[0]} if ways else {})

    def answer(self, browser: Browser, page: Answer, *, skip: bool = False, quality: str = FRESH) -> Answer:
        """Where the phone that has opened the code is not one of theirs, they have a new code shown."""
        if page.step == "match-number" and quality == FRESH and self.world.links_a_foreign_phone(browser):
            before = browser.get(f"/{page.journey}/scan-qr")
            if before.step == "scan-qr":
                return browser.post(before.path, {"choice": "again"}, Sending())
        return super().answer(browser, page, skip=skip, quality=quality)

    def take_phone(self, browser: Browser, page: Answer | None, quality: str) -> str:
        if page is not None and page.step == "scan-qr":
            return self._link(browser, page)
        if page is not None and page.number and quality != WRONG:
            self._confirm(browser, page.number)
        return super().take_phone(browser, page, quality)

    def _link(self, browser: Browser, page: Answer) -> str:
        """Open the address of the code with the phone in the hand."""
        memory = self.world.memory
        if page.link is None:
            return "again" if self.world.links_a_foreign_phone(browser) else "continue"
        memory.links = [*memory.links, page.link][-KEPT_LINKS:]
        self.world.in_hand.open_link(page.link)
        return "continue"

    def _confirm(self, browser: Browser, number: str) -> None:
        """Answer what this very computer asks, in the manner that was decided for this once."""
        memory = self.world.memory
        manner, memory.manner = memory.manner, BY_NUMBER
        found = self.world.request_of(browser)
        shown = self.world.shown(found) if found else None
        phone = self._phone_with(found) if found and manner != NOT_AT_ALL else None
        if found is None or shown is None or phone is None:
            return
        if manner == BY_SCAN:
            phone.say(found, scan=shown[1])
        else:
            phone.say(found, self.world.wrong_number(found) if manner == WRONGLY else number)

    def _phone_with(self, request_id: str) -> Phone | None:
        phones = [self.world.in_hand, *(phone for phone in self.world.phones if phone is not self.world.in_hand)]
        return next((phone for phone in phones if request_id in phone.waiting()), None)

    def password(self) -> str:
        invitations = [item.temporary_password for item in self.letters() if item.temporary_password]
        if self.world.knows_own_password:
            return self.world.memory.password or ""
        return invitations[-1] if invitations else super().password()

    def letters(self) -> list[Letter]:
        return self.world.memory.letters

    def secret(self) -> str | None:
        return self.world.memory.app

    def codes(self) -> list[str]:
        memory = self.world.memory
        return [code for code in memory.codes if (RECOVERY, code) not in memory.spent]


class KnowsThePassword(Player):
    """Knows the own password, whenever it changes; never the temporary one, the mail or the app."""

    name = KNOWS_PASSWORD

    def password(self) -> str:
        return self.world.memory.password or super().password()


class OwnsTheMailbox(Player):
    """Reads every mail, old ones too; acts only after own password and authenticator stood together."""

    name = OWNS_MAILBOX

    def password(self) -> str:
        invitations = [item.temporary_password for item in self.letters() if item.temporary_password]
        return invitations[-1] if invitations else super().password()

    def letters(self) -> list[Letter]:
        return self.world.memory.letters


class HoldsASession(Player):
    """Holds copies of the honest person's cookies, each from before that session proved more."""

    name = HOLDS_SESSION


class Pusher(KnowsThePassword):
    """Knows the own password and has her phones asked again and again."""

    name = PUSHER


class HasAPhone(KnowsThePassword):
    """Knows the own password and holds a phone that is rightly linked to an account of his own, with its key."""

    name = OWN_PHONE
    way = PHONE

    def take_phone(self, browser: Browser, page: Answer | None, quality: str) -> str:
        if page is not None and page.link:
            self.world.strangers_phone.open_link(page.link)
        if page is not None and page.number and quality == FRESH:
            self.confirm(browser)
        return super().take_phone(browser, page, quality)

    def confirm(self, browser: Browser) -> None:
        """Answer with his own phone what his own computer asks her for: he sees number and token, and signs rightly."""
        found = self.world.request_of(browser)
        shown = self.world.shown(found) if found else None
        if found and shown:
            self.world.strangers_phone.say(found, shown[0])
            self.world.strangers_phone.say(found, scan=shown[1])
