"""People for tests: invited, placed at a step, all the way through. Everything is done by pages, as the person would.

`place_at` walks a journey from its address and answers each page that comes, by the page's own step; so it needs no
list of what comes before what. A walk moves the clock on by half a minute before each code of a bound code app,
because a code works once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pyotp
from flask import Flask

from tests.support.accounts import add_account, finish_first_connection
from tests.support.clock import MovableClock
from tests.support.kept import kept
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.rows import beside, rows_of
from tests.support.walked import walked
from tests.support.watched import is_watched
from wizard.domain.totp import STEP_SECONDS
from wizard.models import Authenticator, db, write
from wizard.services import enrolment, invitations, people, resets

PASSWORD = "Rabot et 3 copeaux"
NEW_PASSWORD = "Quatre 4 bateaux bleus"
LONGEST_WALK = 25


@dataclass(frozen=True)
class InvitedPerson:
    """Somebody with an invitation. `button` is the path behind the mail's button; `temporary_password` is None where
    the installation's invitations carry the button only.
    """

    account_id: str
    username: str
    temporary_password: str | None
    button: str
    email: str


@dataclass(frozen=True)
class Completed:
    """Somebody whose first connection is finished. `secret` is their code app's, None without a second step."""

    person: InvitedPerson
    password: str
    secret: str | None

    @property
    def account_id(self) -> str:
        return self.person.account_id

    @property
    def username(self) -> str:
        return self.person.username

    @property
    def email(self) -> str:
        return self.person.email


Person = InvitedPerson | Completed


def clock_of(app: Flask) -> MovableClock:
    """The clock of the installation."""
    found = app.extensions["perron"].clock
    assert isinstance(found, MovableClock), "This installation does not run by a clock that a test can move."
    return found


def invite(app: Flask, username: str = "amina.keita", language: str = "en", **account_fields: Any) -> InvitedPerson:
    """An account of first-connection with an invitation in the outbox; `account_fields` are columns that differ."""

    def act() -> tuple[str, str]:
        account = add_account(username, language=language, **account_fields)
        found = account.id, account.email
        assert invitations.send_to([account.id]) == 1, f"{username} could not be invited."
        return found

    def make() -> InvitedPerson:
        account_id, email = beside(app, act)
        return invited(app, account_id, username, email)

    if is_watched(app):
        return make()
    return kept(app, ("invite", username, language, account_fields), make, lambda made, _app: made)


def invite_again(app: Flask, person: Person) -> InvitedPerson:
    """A newer invitation, which replaces the one before."""
    assert beside(app, lambda: invitations.send_to([person.account_id], again=True)) == 1
    return invited(app, person.account_id, person.username, person.email)


def invited(app: Flask, account_id: str, username: str, email: str) -> InvitedPerson:
    """The person as the newest invitation to `email` describes them."""
    mail = Mailbox(app).newest("invitation", to=email)
    assert mail.button_path is not None
    return InvitedPerson(account_id, username, mail.temporary_password, mail.button_path, email)


def code_of(secret: str, clock: MovableClock, offset: int = 0) -> str:
    """What the code app shows, `offset` time steps of 30 seconds from now."""
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=offset * STEP_SECONDS))


def next_code(secret: str, clock: MovableClock) -> str:
    """Wait for the next code of the app."""
    clock.advance(seconds=STEP_SECONDS)
    return code_of(secret, clock)


def wrong_code(secret: str, clock: MovableClock) -> str:
    """Six digits that fit no time step for which the page would have something else to say."""
    near = {code_of(secret, clock, offset) for offset in range(-25, 26)}
    return next(code for number in range(100) if (code := f"{number:06d}") not in near)


def secret_of(app: Flask, person: Person) -> str:
    """The secret of the person's code app, bound or pending."""
    rows = rows_of(app, Authenticator, account_id=person.account_id, ended_at=None)
    assert rows, f"{person.username} has no code app."
    return beside(app, lambda: enrolment.secret_of(rows[-1].id))


def press_button(client: PageClient, person: Person, *, follow: bool = True) -> Page:
    """Open the button of the person's invitation and press it."""
    known = person.person if isinstance(person, Completed) else person
    return client.get(known.button).press("yes", follow=follow)


def place_at(
    client: PageClient, journey: str, step: str, person: Person, *, new_password: str = "", factor: str = "code-app"
) -> Page:
    """Walk `journey` until the page of `step` (a slug) is open and return it.

    Somebody invited types the temporary password, somebody completed their own one. `new_password` is chosen where one
    is asked for, `factor` is the `choice` pressed where a second step is set up.
    """

    def walk_there() -> Page:
        page = client.get(f"/{journey}", follow=True)
        walk = Walk(client, person, new_password, factor)
        for _ in range(LONGEST_WALK):
            if (page.journey, page.step) == (journey, step):
                return page
            assert page.journey == journey, f"The walk to {journey}/{step} has left the journey: {page!r}."
            page = walk.answer(page)
        raise AssertionError(f"{LONGEST_WALK} pages and no {step}: the last one is {page!r}.")

    return walked(client, ("place_at", journey, step, person, new_password, factor), walk_there)


def walk_through(client: PageClient, journey: str, person: Person, *, new_password: str = "", **choices: str) -> Page:
    """Walk `journey` to its end, its last page included, and return the page that comes after it."""
    page = client.get(f"/{journey}", follow=True)
    walk = Walk(client, person, new_password, choices.get("factor", "code-app"))
    client.leaves_to |= portals(client.app)
    for _ in range(LONGEST_WALK):
        if page.journey != journey:
            return page
        page = walk.answer(page)
    raise AssertionError(f"{LONGEST_WALK} pages and no end of {journey}: the last one is {page!r}.")


def portals(app: Flask) -> set[str]:
    """The origin of the installation's portal, where it has one: a journey may end there."""
    parts = urlsplit(app.extensions["perron"].settings.portal_url)
    return {f"{parts.scheme}://{parts.netloc}"} if parts.netloc else set()


def complete(client: PageClient, person: InvitedPerson, app: Flask, *, factor: str = "code-app") -> Completed:
    """The whole first connection in `client`, which is signed in afterwards."""
    walk_through(client, "first-connection", person, factor=factor)
    page = client.get("/account", follow=True)
    assert page.signed_in, f"The first connection of {person.username} has ended at {page!r}."
    bound = rows_of(app, Authenticator, account_id=person.account_id, ended_at=None)
    return Completed(person, PASSWORD, secret_of(app, person) if bound else None)


def completed(app: Flask, username: str = "amina.keita", **account_fields: Any) -> Completed:
    """Somebody who has finished the first connection, in a browser that nobody uses any more.

    Under the policy "required" the rows are written as the walk would leave them, because half of all tests begin here.
    """

    def make() -> Completed:
        person = invite(app, username, **account_fields)
        if app.extensions["perron"].settings.second_factor != "required":
            return complete(PageClient(app), person, app)
        return Completed(person, PASSWORD, beside(app, lambda: finish_first_connection(person.account_id, PASSWORD)))

    return kept(app, ("completed", username, account_fields), make, lambda made, _app: made)


def sign_in(client: PageClient, person: Completed, *, shared: bool = False) -> Page:
    """Sign in the short way, from wherever the browser stands; returns the page after it."""

    def walk_in() -> Page:
        page = client.get("/sign-in", follow=True)
        walk = Walk(client, person, shared=shared)
        client.leaves_to |= portals(client.app)
        while page.journey == "sign-in":
            page = walk.answer(page)
        assert page.location or page.signed_in, f"{person.username} could not sign in: {page!r}."
        return page

    return walked(client, ("sign_in", person, shared), walk_in)


def sign_out(client: PageClient) -> Page:
    """Press "Sign out" on the signed-in home."""
    return client.get("/account").press(in_form="form[action='/sign-out']")


def reset(app: Flask, person: Person, step: str) -> None:
    """An agent resets `step` of this person."""
    beside(app, lambda: resets.reset(person.account_id, step, by="desk"))


def disable(app: Flask, person: Person) -> None:
    """The operator closes the account."""

    def act() -> None:
        with write():
            people.disable(person.account_id, clock_of(app).now())
        db.session.remove()

    beside(app, act)


def mailed_code(app: Flask, person: Person) -> str:
    """The code in the newest mail that proves the person's address."""
    found = Mailbox(app).newest("mailed_code", to=person.email).code
    assert found is not None
    return found


def mailed_button(app: Flask, person: Person) -> str:
    """The path behind the button of the newest mail that proves the person's address."""
    found = Mailbox(app).newest("mailed_code", to=person.email).button_path
    assert found is not None
    return found


@dataclass
class Walk:
    """Answers whatever page comes, as `person` would."""

    client: PageClient
    person: Person
    new_password: str = ""
    factor: str = "code-app"
    shared: bool = False

    def answer(self, page: Page) -> Page:
        answers: dict[str | None, Callable[[Page], Page]] = {
            "prepare": lambda page: page.press(),
            "enter-username": self._name,
            "enter-email": lambda page: page.press(email=self.person.email),
            "create-password": lambda page: page.press(new_password=self._chosen()),
            "check-details": lambda page: page.press(),
            "enter-password": lambda page: page.press(password=self._password(), shared=self.shared),
            "choose-authenticator": lambda page: page.press(self.factor),
            "enter-code": self._code,
            "verify-email": lambda page: page.press(code=mailed_code(self.client.app, self.person)),
            "change-password": lambda page: page.press(new_password=self._chosen()),
            "keep-recovery-codes": lambda page: page.press("skip"),
            "finish": lambda page: page.press("portal"),
        }
        assert page.step in answers, f"A walk has no answer to {page!r}."
        answered = answers[page.step](page)
        taken = answered.status == 200 or answered.location is not None
        assert taken, f"{page!r} did not take the answer: {answered!r} {answered.refused}."
        return answered

    def _name(self, page: Page) -> Page:
        if page.has("[name=known]"):
            page = page.press("other")
        return page.press(username=self.person.username)

    def _password(self) -> str:
        if isinstance(self.person, Completed):
            return self.person.password
        assert self.person.temporary_password is not None, f"{self.person.username} has a button and no password."
        return self.person.temporary_password

    def _chosen(self) -> str:
        return self.new_password or (NEW_PASSWORD if isinstance(self.person, Completed) else PASSWORD)

    def _code(self, page: Page) -> Page:
        clock = clock_of(self.client.app)
        shown = page.soup.select_one("[data-secret]")
        if shown is None:
            return page.press(code=next_code(secret_of(self.client.app, self.person), clock))
        secret = shown.get_text().replace(" ", "")
        self.client.secrets[secret] = ("enter-code",)
        return page.press(code=code_of(secret, clock))
