"""One example: the installation, everybody in it, and what is checked after each thing that happens."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData

from tests.journeys.random_people import promises, truth
from tests.journeys.random_people.browser import HOME, Answer, Browser
from tests.journeys.random_people.installation import USERNAME, Installation, Moment
from tests.journeys.random_people.keys import BrowserKey, Key, PasskeyKey
from tests.journeys.random_people.mail import new_letters
from tests.journeys.random_people.memory import Memory, Pocket, Sending, Stolen
from tests.journeys.random_people.phones import Phone
from tests.journeys.random_people.players import (
    HOLDS_SESSION,
    HONEST,
    KNOWS_PASSWORD,
    OWN_PHONE,
    OWNS_MAILBOX,
    PUSHER,
    HasAPhone,
    HoldsASession,
    HonestPerson,
    KnowsThePassword,
    OwnsTheMailbox,
    Player,
    Pusher,
)
from tests.journeys.random_people.violations import Violation
from wizard.domain import assurance
from wizard.domain.totp import CLOCK_STEPS, STEP_SECONDS
from wizard.models import Account, db
from wizard.services import invitations, resets
from wizard.services.facts import account_facts

COMPUTER, OTHER_COMPUTER = "first computer", "second computer"
ON_THE_ROAD = "198.51.100.7"
LAIRS = {KNOWS_PASSWORD: "203.0.113.1", OWNS_MAILBOX: "203.0.113.2", PUSHER: "203.0.113.3", OWN_PHONE: "203.0.113.4"}
DEVICE_COOKIE = "perron-phone"


@dataclass(frozen=True)
class Kept:
    """A moment of a world, to begin examples at."""

    moment: Moment
    memory: Memory


class World:
    """One example. `gate_open` says that the courtesy of the gate is taken away: faults are then answers like others."""

    def __init__(self, installation: Installation, begin: Kept | None = None, *, gate_open: bool = False) -> None:
        self.installation = installation
        self.gate_open = gate_open
        self.requests = 0
        self.tally: Counter[str] = Counter()
        self.meanwhile: Callable[[], object] | None = None
        installation.go_to(begin.moment if begin else installation.start)
        self.memory = copy.deepcopy(begin.memory) if begin else Memory()
        self.account_id = installation.inside(
            lambda: str(db.session.query(Account.id).filter_by(username=USERNAME).scalar())
        )
        self.truth = truth.read(installation, self.account_id)
        self.honest = HonestPerson(self)
        self.attackers: dict[str, Player] = {
            KNOWS_PASSWORD: KnowsThePassword(self),
            OWNS_MAILBOX: OwnsTheMailbox(self),
            HOLDS_SESSION: HoldsASession(self),
            PUSHER: Pusher(self),
            OWN_PHONE: HasAPhone(self),
        }
        self.computers = [self._computer(name) for name in (COMPUTER, OTHER_COMPUTER)]
        self.lairs = {name: Browser(self, name, address=address) for name, address in LAIRS.items()}
        if not self.memory.phones:
            self.memory.phones = [Pocket(BrowserKey()), Pocket(PasskeyKey(HOME))]
        self.phones = [self._phone(pocket) for pocket in self.memory.phones]
        self.strangers_phone = self.foreign_phone(installation.strangers_cookies)
        self.copies = {id(stolen): Browser(self, HOLDS_SESSION, stolen.cookies) for stolen in self.memory.stolen}
        self.required = self._required()

    def _computer(self, name: str) -> Browser:
        browser = Browser(self, HONEST, self.memory.cookies.get(name))
        browser.key = name
        return browser

    def _phone(self, pocket: Pocket) -> Phone:
        return Phone(Browser(self, HONEST, pocket.cookies, address=ON_THE_ROAD), pocket.key)

    def foreign_phone(self, cookies: dict[str, str]) -> Phone:
        """What signs by the stranger's key, whichever device its cookies name."""
        return Phone(Browser(self, OWN_PHONE, cookies, address=LAIRS[OWN_PHONE]), self.installation.strangers_key)

    @property
    def app(self) -> Flask:
        return self.installation.app

    @property
    def knows_own_password(self) -> bool:
        """Whether the honest person has an own password in force and in mind."""
        return self.truth.password_hash is not None and not self.memory.forgotten

    @property
    def holds_app(self) -> bool:
        """Whether the honest person's code app is bound and in hand."""
        if self.memory.app is None:
            return False
        held = truth.secrets_of(self.installation)
        return any(held.get(item) == self.memory.app for item in self.truth.bound)

    @property
    def holds_codes(self) -> bool:
        """Whether a recovery code on the honest person's paper is good."""
        return self.truth.codes_set is not None and bool(self.honest.codes())

    @property
    def in_hand(self) -> Phone:
        """The phone that the honest person takes first."""
        return self.phones[self.memory.hand]

    @property
    def holds_phone(self) -> bool:
        """Whether a phone of the honest person is linked, proven and in hand."""
        return any(phone.device in self.truth.confirming for phone in self.phones)

    @property
    def holds_factor(self) -> bool:
        return self.holds_app or self.holds_phone

    def phones_asked(self) -> list[Phone]:
        """The honest person's phones at which requests arrive."""
        return [phone for phone in self.phones if phone.device in self.truth.linked]

    def links_a_foreign_phone(self, browser: Browser) -> bool:
        """Whether this browser's session is about to bind a phone that is not in the honest person's hands any more, or never was."""
        own, session_id = {phone.device for phone in self.phones}, self.session_of(browser)
        pending = [row for row in self.truth.phones.values() if row.session_id == session_id and not row.is_proven]
        return any(row.device_id is not None and row.device_id not in own for row in pending)

    def lose_phone(self, index: int) -> None:
        """The phone is gone with its key; the person buys another one."""
        key: Key = BrowserKey() if index == 0 else PasskeyKey(HOME)
        self.memory.phones[index] = Pocket(key)
        self.phones[index] = self._phone(self.memory.phones[index])

    # What is asked of phones

    def device_of(self, browser: Browser) -> str | None:
        return truth.device_named(self.installation, browser.cookies.get(DEVICE_COOKIE))

    def shown(self, request_id: str) -> tuple[str, str] | None:
        """The number and the token that the asking page shows."""
        return truth.shown(self.installation, request_id)

    def request_of(self, browser: Browser) -> str | None:
        """The request that this browser's session has asked last and that still waits."""
        session_id = self.session_of(browser)
        waiting = [
            name
            for name, row in self.truth.requests.items()
            if row.session_id == session_id and row.answer is None and not row.is_ended
        ]
        return waiting[-1] if waiting else None

    def wrong_number(self, request_id: str, guess: str = "47") -> str:
        """A guess at a number that is not this request's: luck is another test's subject."""
        return "48" if guess in (self.shown(request_id) or ()) else guess

    def keep(self) -> Kept:
        """Keep this moment."""
        for pocket, phone in zip(self.memory.phones, self.phones, strict=True):
            pocket.cookies = dict(phone.browser.cookies)
        for browser in self.computers:
            self.memory.cookies[browser.key] = dict(browser.cookies)
        return Kept(self.installation.keep(), copy.deepcopy(self.memory))

    # Time

    def now(self) -> datetime:
        return self.installation.clock.now()

    def tick(self) -> None:
        self.pass_time(1)

    def pass_time(self, seconds: float) -> None:
        self.installation.clock.advance(seconds=seconds)

    # What players ask for

    def new_password(self) -> str:
        self.memory.passwords_made += 1
        return f"Rabot et {self.memory.passwords_made} copeaux"

    def wrong_code(self) -> str:
        """A code that fits none of the code apps for some time around now: luck is another test's subject."""
        here = int(self.now().timestamp()) // STEP_SECONDS
        near = range(here - CLOCK_STEPS - 2, here + CLOCK_STEPS + 3)
        secrets = set(truth.secrets_of(self.installation).values())
        fitting = {pyotp.TOTP(secret).generate_otp(step) for secret in secrets for step in near}
        return next(code for code in map("{:06}".format, range(0, 10**6, 111_111)) if code not in fitting)

    def wrong_mailed_code(self) -> str:
        sent = {letter.code for letter in self.memory.letters}
        return next(code for code in map("{:06}".format, range(0, 10**6, 111_111)) if code not in sent)

    # What agents do

    def reset(self, step: str) -> bool:
        """An agent resets `step`; False when there is nothing to reset."""
        try:
            self.installation.inside(lambda: resets.reset(self.account_id, step, by="agent"))
        except resets.NothingToReset:
            return False
        self._after_agent()
        return True

    def invite(self) -> bool:
        """The operator sends an invitation; False when this person may not have one any more."""
        sent = self.installation.inside(lambda: invitations.send([USERNAME])).sent
        self._after_agent()
        return sent == 1

    def _after_agent(self) -> None:
        self.truth = truth.read(self.installation, self.account_id)
        if self.truth.password_hash is None and not self.truth.password_ended:
            self.memory.ever = bool(self.truth.bound)
        if self.truth.password_hash is None:
            self.memory.forgotten = False
        if self.truth.codes_set is None:
            self.memory.codes = ()
        self.required = self._required()
        self._read_letters("an agent")

    # What is looked at after every request and every act

    def seen(self, browser: Browser, answer: Answer, sending: Sending) -> None:
        """Take down what a request has changed, and judge it."""
        if answer.secret:
            browser.secret_shown = answer.secret
        browser.codes_shown = answer.codes or browser.codes_shown
        before, self.truth = self.truth, truth.read(self.installation, self.account_id)
        self._read_letters(browser.key)
        promises.judge_request(self, browser, answer, sending, before)

    def run_meanwhile(self) -> None:
        """Let happen, once, what was to happen in the middle of somebody's request."""
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()

    def check(self) -> None:
        """What must hold at every moment."""
        self.truth = truth.read(self.installation, self.account_id)
        required = self._required()
        if not required >= self.required:
            raise Violation("what is required was lowered", f"{set(self.required)} became {set(required)}")
        self.required = required
        for browser in [*self.computers, *self.lairs.values(), self.strangers_phone.browser, *self.thiefs_browsers()]:
            if browser.has_acted or self._cookie(browser).get("t"):
                browser.has_acted = False
                promises.judge_sign_in(self, browser)

    def steal(self, browser: Browser) -> None:
        """Copy the cookies of the honest person's browser; the thief keeps the newest few."""
        stolen = Stolen(dict(browser.cookies), self.session_of(browser), self.truth.last_number)
        del self.memory.stolen[:-5]
        self.memory.stolen.append(stolen)
        self.copies[id(stolen)] = Browser(self, HOLDS_SESSION, stolen.cookies)

    def thiefs_browsers(self) -> list[Browser]:
        """The two newest stolen cookies of sessions that have ended or have proven more since.

        Those of a session that still stands where it was copied are power by nature: the thief is that browser.
        """
        live = {row["id"] for row in self._rows("SELECT id FROM sessions WHERE revoked_at IS NULL")}
        proofs = self._rows("SELECT session_id, rowid AS number FROM proofs")
        risen = {(row["session_id"], row["number"]) for row in proofs}
        stale = [
            self.copies[id(item)]
            for item in self.memory.stolen
            if item.session_id not in live
            or any(number > item.last_number for session, number in risen if session == item.session_id)
        ]
        return stale[-2:]

    def session_of(self, browser: Browser) -> str | None:
        """The live session that the browser's cookie opens."""
        return truth.live_session(self.installation, self._cookie(browser).get("t"))

    def _rows(self, statement: str) -> list[dict[str, Any]]:
        assert self.installation.reader is not None
        return [dict(row) for row in self.installation.reader.execute(statement)]

    def _cookie(self, browser: Browser) -> dict[str, str]:
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer is not None
        try:
            return dict(signer.loads(browser.cookies.get(self.app.config["SESSION_COOKIE_NAME"], "")))
        except BadData:
            return {}

    def _read_letters(self, asked_by: str) -> None:
        memory = self.memory
        letters, memory.last_letter = new_letters(self.installation, memory.last_letter, asked_by)
        memory.letters += letters

    def _required(self) -> frozenset[str]:
        """What the application itself says is required now."""

        def asked() -> frozenset[str]:
            account = db.session.get_one(Account, self.account_id)
            return assurance.required(account_facts(account), self.installation.policy)  # type: ignore[arg-type]

        return self.installation.inside(asked)
