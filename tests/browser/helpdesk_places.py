"""A walk past the pages of the console, with people at several steps. Each walk yields a place's name while the browser stands there."""

from __future__ import annotations

from collections.abc import Iterator

from tests.browser.hands import follow
from tests.browser.helpdesk_hands import Agent
from tests.browser.phones import arrives
from tests.support.moved import moved, prove_address
from tests.support.page_client import PageClient
from tests.support.people import InvitedPerson, completed, invite, place_at, wrong_code
from tests.support.phones import linked
from tests.support.rows import beside, rows_of
from wizard.models import Account, write
from wizard.services import bulk_jobs, people_search

Places = Iterator[str]
LONG_NAME = "International Alliance of Harbour, River and Coastal Communities for Mutual Help"
LONG_WORD = "Küstengemeinschaftshafenwiederaufbauhilfsgesellschaftsverband"
STEPS = (
    "enter-username",
    "enter-password",
    "choose-authenticator",
    "choose-authenticator",
    "enter-code",
    "change-password",
)
ROWS = "username,email,given_name,family_name,language\nhawa.issa,hawa.issa@people.example,Hawa,Issa,fr\n,nobody,No,Body,xx\n"


def walk(agent: Agent, second: Agent) -> Places:
    """Search, card, acts, approval, caller, queue, funnel and files, as `agent` sees them; `second` asks for what is to be approved."""
    caller = people_at_steps(agent)
    yield from searching(agent)
    yield from acting(agent, caller)
    yield from with_a_second_agent(agent, second)
    yield from checking_the_caller(agent)
    agent.live.clock.advance(minutes=11)
    for path in ("/helpdesk/queue", "/helpdesk/queue?step=choose-authenticator", "/helpdesk/funnel"):
        agent.open(path)
        yield path
    yield from files(agent)


def people_at_steps(agent: Agent) -> InvitedPerson:
    """People of two journeys, some of whom wait; returns one who was refused a code."""
    app = agent.live.app
    for number, step in enumerate(STEPS):
        person = invite(app, f"adama.{number}", "fr" if number % 2 else "en", given_name="Adama", family_name="Traoré")
        place_at(PageClient(app), "first-connection", step, person)
    for name in ("lea.morel", "noor.haddad"):
        person = moved(app, f"{name}@harbour.example", office=LONG_WORD, organisation=LONG_NAME)
        prove_address(PageClient(app), person.email)
    caller = invite(app, "amadou.sani", "fr", given_name="Amadou", family_name="Sani")
    page = place_at(PageClient(app), "first-connection", "enter-code", caller)
    page.press(code=wrong_code(page.said("[data-secret]").replace(" ", ""), agent.live.clock))
    everybody = [row.id for row in rows_of(app, Account)]

    def index() -> None:
        with write():
            people_search.refresh(everybody)

    beside(app, index)
    return caller


def searching(agent: Agent) -> Places:
    for query, name in (("", "search"), ("?q=adama", "search, several"), ("?q=nobody-at-all", "search, nobody")):
        agent.open("/helpdesk/people" + query)
        yield name


def acting(agent: Agent, caller: InvitedPerson) -> Places:
    agent.open_card(caller)
    yield "card"
    agent.choose("reset-step", "change-password")
    yield "act"
    agent.confirm()
    yield "act, refused"
    agent.confirm("known")
    yield "card, after an act"
    agent.open_card(caller)
    agent.choose("change-address")
    yield "change of the address"
    agent.open_card(caller)
    agent.choose("disable")
    yield "closing the account"


def with_a_second_agent(agent: Agent, second: Agent) -> Places:
    app = agent.live.app
    agent.open("/helpdesk/approvals")
    yield "approvals, none"
    people = [
        completed(app, name, given_name="Ousmane", family_name="Diallo") for name in ("ousmane.one", "ousmane.two")
    ]
    for person in people:
        second.open_card(person)
        second.choose("temporary-pass")
        second.confirm("called-back")
    agent.open("/helpdesk/approvals")
    yield "approvals"
    follow(agent.page.locator("main .rows a").first)
    yield "approval"
    agent.open_card(people[0])
    agent.choose("temporary-pass")
    agent.confirm("called-back")
    second.open("/helpdesk/approvals")
    follow(second.page.locator("main .rows a").first)
    follow(second.page.locator("button[value=yes]"))
    agent.open_card(people[0])
    yield "card, with acts that wait"
    follow(agent.page.locator("form[action$='/pass'] button"))
    yield "pass"


def checking_the_caller(agent: Agent) -> Places:
    someone = linked(agent.live.app, "fatou.ba", given_name="Fatou", family_name="Ba")
    agent.open_card(someone.person)
    yield "card, of somebody complete"
    agent.open(f"/helpdesk/people/{someone.person.account_id}/caller?act=reset-step&step=change-password")
    yield "caller, before"
    agent.open_card(someone.person)
    agent.choose("reset-step", "change-password")
    yield "act, with a phone to ask"
    follow(agent.page.locator("main form[action*='/caller?'] button"))
    yield "caller, number"
    someone.phone.say(agent.page.locator("[data-number]").inner_text())
    arrives(agent.page, f"/helpdesk/people/{someone.person.account_id}/acts/reset-step")
    yield "act, allowed by the phone"


def files(agent: Agent) -> Places:
    agent.open("/helpdesk/bulk")
    yield "files"
    follow(agent.page.locator("main form button").first)
    yield "files, none chosen"
    agent.page.locator("#file").set_input_files(
        {"name": "people-of-niger.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    )
    follow(agent.page.locator("main form button").first)
    yield "file, being read"
    beside(agent.live.app, bulk_jobs.work)
    agent.page.reload()
    yield "file, looked at"
    follow(agent.page.locator("main form button"))
    beside(agent.live.app, bulk_jobs.work)
    agent.page.reload()
    yield "file, imported"
    agent.open("/helpdesk/bulk")
    yield "files, with one"
