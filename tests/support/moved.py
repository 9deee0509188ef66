"""People whose account was moved from an old portal: their organisations and offices, and their walk from an address to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.support.accounts import finish_first_connection
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, Completed, InvitedPerson, Walk, secret_of
from tests.support.rows import beside
from wizard.domain.canonical_names import canonical_email
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, Membership, Office, Organisation, db, write

NIGER, SENEGAL, HEADQUARTERS = "Niger", "Senegal", "Headquarters"
COUNTRIES = {NIGER: "NE", SENEGAL: "SN", HEADQUARTERS: "KE"}


@dataclass(frozen=True)
class MovedPerson(InvitedPerson):
    """Somebody who brings an address and nothing else."""

    organisation_id: str = ""
    office_id: str = ""
    membership_id: str = ""


def add_office(
    name: str = NIGER, organisation: str = "Harbour Aid", kind: str = "international-ngo", office_kind: str = ""
) -> Office:
    """The office of that name, made with its organisation when it is not there. Runs inside an application context."""
    now = tools().clock.now()
    with write() as session:
        owner = session.scalar(select(Organisation).where(Organisation.name == organisation))
        if owner is None:
            key = organisation.casefold()
            owner = Organisation(id=new_id(), name=organisation, name_key=key, kind=kind, created_at=now)
            session.add(owner)
            session.flush()
        there = select(Office).where(Office.organisation_id == owner.id, Office.name == name)
        office = session.scalar(there)
        if office is None:
            office = Office(
                id=new_id(),
                organisation_id=owner.id,
                name=name,
                name_key=name.casefold(),
                kind=office_kind or ("headquarters" if name == HEADQUARTERS else "country-office"),
                country=COUNTRIES.get(name),
                created_at=now,
            )
            session.add(office)
    return office


def add_moved(
    email: str, office: str = NIGER, role: str = "reader", organisation: str = "Harbour Aid", **facts: Any
) -> MovedPerson:
    """An imported account of migrated-account with its membership. Runs inside an application context."""
    place = add_office(office, organisation)
    office_id, organisation_id = place.id, place.organisation_id
    now, account_id, membership_id = tools().clock.now(), new_id(), new_id()
    row = {
        "id": account_id,
        "created_at": now,
        "journey": "migrated-account",
        "email": email,
        "email_key": canonical_email(email),
        "given_name": "Amina",
        "family_name": "Keita",
        "language": "en",
    }
    with write() as session:
        session.add(Account(**(row | facts)))
        session.flush()
        session.add(
            Membership(
                id=membership_id,
                account_id=account_id,
                organisation_id=organisation_id,
                office_id=office_id,
                role=role,
                created_at=now,
                accepted_at=now,
            )
        )
    username = str(facts.get("username") or email)
    return MovedPerson(account_id, username, None, "", email, organisation_id, office_id, membership_id)


def moved(app: Flask, email: str = "amina.keita@harbour.example", **facts: Any) -> MovedPerson:
    """Somebody who was imported and has not come yet."""
    return beside(app, lambda: add_moved(email, **facts))


def arrived(app: Flask, email: str = "amina.keita@harbour.example", **facts: Any) -> Completed:
    """Somebody who has walked migrated-account to its end, in a browser that nobody uses any more."""
    person = moved(app, email, **facts)

    def act() -> str:
        secret = finish_first_connection(person.account_id, PASSWORD)
        with write() as session:
            account = session.get_one(Account, person.account_id)
            account.details_confirmed_at = tools().clock.now()
        db.session.remove()
        return secret

    return Completed(person, PASSWORD, beside(app, act))


def code_for(app: Flask, email: str) -> str:
    """The code in the newest mail to this address."""
    found = Mailbox(app).newest("mailed_code", to=email).code
    assert found is not None
    return found


def prove_address(client: PageClient, email: str) -> Page:
    """Enter the address and the mailed code; the page after them."""
    page = client.get("/migrated-account", follow=True)
    assert page.step == "enter-email", f"{page!r} does not ask for an address."
    page = page.press(email=email)
    return page.press(code=code_for(client.app, email))


def walk_migrated(client: PageClient, person: MovedPerson, factor: str = "code-app") -> Page:
    """From the address to the last page, which is returned and not answered."""
    page = prove_address(client, person.email)
    walk = Walk(client, person, PASSWORD, factor)
    while page.step != "finish":
        page = walk.answer(page)
    return page


def ask_for_code(client: PageClient, email: str) -> Page:
    """Enter the address; the page that waits for its mail, or whatever answers."""
    page = client.get("/migrated-account", follow=True)
    assert page.step == "enter-email", f"{page!r} does not ask for an address."
    return page.press(email=email)


def button_for(app: Flask, email: str) -> str:
    """The path behind the button of the newest mail to this address."""
    found = Mailbox(app).newest("mailed_code", to=email).button_path
    assert found is not None
    return found


def mails_to(app: Flask) -> list[str]:
    """Whom the mails that prove an address went to, oldest first."""
    return [mail.to for mail in Mailbox(app).all("mailed_code")]


def as_arrived(app: Flask, person: MovedPerson) -> Completed:
    """The same person after their own walk to the end, with the code app that they have bound in it."""
    return Completed(person, PASSWORD, secret_of(app, person))
