"""The players: all answer a step in the same way, and differ in what they know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp

from tests.journeys.random_people.browser import Answer, Browser
from tests.journeys.random_people.installation import USERNAME
from tests.journeys.random_people.mail import Letter
from tests.journeys.random_people.memory import Sending, UsedCode
from wizard.domain.totp import STEP_SECONDS

if TYPE_CHECKING:
    from tests.journeys.random_people.world import World

HONEST, KNOWS_PASSWORD, OWNS_MAILBOX, HOLDS_SESSION = "honest person", "knows the password", "owns the mailbox", "thief"
ATTACKERS = (KNOWS_PASSWORD, OWNS_MAILBOX, HOLDS_SESSION)
JOURNEYS = ("first-connection", "sign-in", "forgotten-password", "replace-phone")
STEPS = (
    "prepare", "enter-username", "enter-password", "choose-authenticator", "scan-qr", "match-number", "enter-code",
    "use-recovery-code", "verify-email", "change-password", "keep-recovery-codes", "finish",
)  # fmt: skip
RECOVERY = "recovery"
FRESH, USED, WRONG = "fresh", "used", "wrong"


class Player:
    """Somebody with browsers, who fills in steps with what they know."""

    name = ""

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
        if page.step == "use-recovery-code":
            return not self.codes()
        return self.name == HONEST and page.step == "enter-code" and not page.secret and not self.world.holds_app

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
            return browser.post(page.path, {"choice": "another-way"}, Sending())
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
        if step == "enter-username":
            return {"username": USERNAME}, Sending()
        if step == "enter-password":
            return {"password": self.password()}, Sending()
        if step == "choose-authenticator":
            return {"choice": "skip" if skip else "code-app"}, Sending()
        if step == "enter-code":
            return self._code(browser, page, quality)
        if step == "use-recovery-code":
            return self._recovery_code(quality)
        if step == "keep-recovery-codes":
            return {"choice": "skip" if skip else "continue"}, Sending(codes=browser.codes_shown)
        if step == "verify-email":
            return self._mailed_code(browser, quality)
        if step == "change-password":
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
    """Reads the own mail, knows the own password unless forgotten, holds the code app unless lost."""

    name = HONEST

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
