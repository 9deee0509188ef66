"""No secret of a person stands in any answer of the console, at whichever step of whichever journey they are (SEC-13, SEC-58)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from tests.helpdesk.conftest import Desk
from tests.support.mails import Mail
from tests.support.moved import moved
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import Completed, Person, Walk, clock_of, completed, invite, reset, sign_in
from tests.support.phones import Linked, Phone, PhoneWalk, linked, scanned
from tests.support.rows import beside
from wizard.extensions import tools
from wizard.models import Account as AccountRow
from wizard.models import ApprovalRequest, Authenticator, PhoneLink, RecoveryCodeSet, TemporaryPass, db, write
from wizard.services import approvals, enrolment, phone_links, recovery_codes, temporary_passes

LONGEST_WALK = 20
IN_ADDRESS = re.compile(r"/(?:i|phone/link|phone/requests)/([\w-]+)|[?&]t=([\w-]+)")


def live_secrets(app: Flask, person: Person, client: PageClient) -> set[str]:
    """Everything secret that the database and the person's browser hold of this person now, in clear."""
    found = set(beside(app, lambda: set(_in_tables(person.account_id))))
    for mail in Mailbox(app).all(to=person.email):
        found |= set(_in_mail(mail))
    cookie = client.cookie()
    return found | {str(cookie[name]) for name in ("t", "n", "csrf_token") if name in cookie}


def _in_tables(account_id: str) -> Iterator[str]:
    for link in db.session.scalars(select(PhoneLink).where(PhoneLink.account_id == account_id)):
        if link.shown is not None:
            yield phone_links.address_of(link).rpartition("/")[2]
    for asked in db.session.scalars(select(ApprovalRequest).where(ApprovalRequest.account_id == account_id)):
        if asked.shown is not None:
            kept = json.loads(tools().keyring.decrypt(approvals.SHOWN, asked.shown))
            yield str(kept["scan"])
            yield asked.challenge
    for bound in db.session.scalars(select(Authenticator).where(Authenticator.account_id == account_id)):
        if bound.secret is not None:
            secret = enrolment.secret_of(bound.id)
            yield from (secret, " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)))
            yield pyotp.TOTP(secret).at(tools().clock.now())
    for row in db.session.scalars(select(RecoveryCodeSet).where(RecoveryCodeSet.account_id == account_id)):
        if row.shown is not None:
            yield from json.loads(tools().keyring.decrypt(recovery_codes.PURPOSE, row.shown))
    account = db.session.get_one(AccountRow, account_id)
    yield from (text for text in (account.password_hash, account.former_password_hash) if text)


def _in_mail(mail: Mail) -> Iterator[str]:
    yield from (text for text in (mail.code, mail.temporary_password) if text)
    if mail.button_path:
        yield mail.button_path.rpartition("/")[2]


def told(answer: Page, secrets: set[str]) -> list[str]:
    """The secrets that stand in this answer: as words of their own, so that six digits within a longer number are none."""
    text = answer.body.decode() + repr(dict(answer.headers))
    return [secret for secret in secrets if re.search(rf"(?<![\w]){re.escape(secret)}(?![\w])", text)]


def look_everywhere(agent: Desk, person: Person, client: PageClient) -> None:
    """Open every page of the console about this person, and compare."""
    secrets = live_secrets(client.app, person, client)
    assert secrets, "There is nothing to look for."
    path = f"/helpdesk/people/{person.account_id}"
    code = client.get("/guide/sign-in").said("[data-help-code]")
    answers = [
        agent.card(person),
        agent.browser.get(f"{path}/state"),
        agent.browser.get(f"/helpdesk/sessions/{code}", follow=True),
    ]
    seen = [agent.sees(person, language) for language in ("en", "fr")]
    for answer in [*answers, *(page for page in seen if page.status == 200)]:
        assert answer.status in {200, 404}, answer
        assert told(answer, secrets) == [], f"{answer!r} tells a secret."
    for page in seen:
        if page.status == 200:
            _covered(page)


def _covered(page: Page) -> None:
    """What would be secret in it is covered, or leads nowhere."""
    for number in page.soup.select("[data-number]"):
        assert not re.search(r"\d", number.get_text()), "A number is shown."
    links = [attribute(link, "href") for link in page.soup.select("[data-qr-link], [data-provisioning-uri]")]
    assert all(link.endswith("/specimen") for link in links), links
    for selector in (".plate svg", ".second-qr svg"):
        if page.has(selector):
            assert scanned(page, selector).endswith("/specimen")
    assert not page.soup.select("form[method], form[action], [formaction], [name=csrf_token], script")


def test_what_is_looked_for_would_be_found(app: Flask, client: PageClient) -> None:
    """The comparison sees a secret where one stands: on the person's own page."""
    person = invite(app)
    walk = Walk(client, person)
    page = client.get("/first-connection", follow=True)
    while page.step != "enter-code":
        page = walk.answer(page)
    assert len(told(page, live_secrets(app, person, client))) >= 2


@pytest.mark.parametrize("factor", ["code-app", "phone"])
def test_the_first_connection_tells_nothing_at_any_step(
    app: Flask, agent: Desk, client: PageClient, factor: str
) -> None:
    person = invite(app, language="fr")
    assert_silent_all_the_way(app, agent, client, person, "first-connection", factor)


@pytest.mark.parametrize("factor", ["code-app", "phone"])
def test_a_moved_account_tells_nothing_at_any_step(app: Flask, agent: Desk, client: PageClient, factor: str) -> None:
    assert_silent_all_the_way(app, agent, client, moved(app), "migrated-account", factor)


def assert_silent_all_the_way(
    app: Flask, agent: Desk, client: PageClient, person: Person, journey: str, factor: str
) -> None:
    phone = Phone(app)
    walk = PhoneWalk(client, phone, person) if factor == "phone" else Walk(client, person)
    page, steps = client.get(f"/{journey}", follow=True), []
    for _ in range(LONGEST_WALK):
        steps.append(page.step)
        look_everywhere(agent, person, client)
        if page.step == "finish":
            break
        page = walk.answer(page)
    assert steps[-1] == "finish", steps
    assert len(steps) > 6


@pytest.mark.parametrize("journey", ["sign-in", "forgotten-password", "replace-phone"])
def test_the_short_journeys_tell_nothing(app: Flask, agent: Desk, client: PageClient, journey: str) -> None:
    person = completed(app)
    if journey == "replace-phone":
        reset(app, person, "choose-authenticator")
    walk, page = Walk(client, person), client.get(f"/{journey}", follow=True)
    for _ in range(LONGEST_WALK):
        look_everywhere(agent, person, client)
        if page.journey != journey or page.step == "finish":
            return
        page = walk.answer(page)
    raise AssertionError(f"{journey} does not end: {page!r}.")


def test_a_number_on_its_way_to_the_phone_is_not_told(app: Flask, agent: Desk) -> None:
    someone, client = linked(app, keeps=True), PageClient(app)
    ask(someone, client)
    look_everywhere(agent, someone.person, client)
    for code in someone.codes:
        assert told(agent.card(someone.person), {code}) == []


def ask(someone: Linked, client: PageClient) -> None:
    clock_of(client.app).advance(seconds=1)
    walk = Walk(client, someone.person)
    page = client.get("/sign-in", follow=True)
    while page.step != "match-number":
        page = walk.answer(page)


def test_an_open_temporary_pass_is_named_and_not_told(app: Flask, agent: Desk, client: PageClient) -> None:
    person: Completed = completed(app)

    def make() -> str:
        with write() as session:
            return temporary_passes.make(session.get_one(AccountRow, person.account_id), "ines").text

    text = beside(app, make)
    sign_in(client, person)
    card = agent.card(person)
    assert "A temporary pass is open." in card.text
    kept = beside(app, lambda: [row.pass_hash for row in db.session.scalars(select(TemporaryPass))])
    assert told(card, {text, text.replace("-", ""), *kept}) == []
