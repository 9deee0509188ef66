"""A membership that is only offered gives nobody anything: no agent sees somebody because a colleague has typed their address."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.helpdesk import conftest as desks
from tests.helpdesk.conftest import MakeAgent
from tests.organisations.colleagues import LIST, administrator, invite
from tests.support.moved import HEADQUARTERS, NIGER, add_office, arrived, moved
from tests.support.page_client import PageClient
from tests.support.people import sign_in
from tests.support.rows import beside, row_of
from wizard.models import Account, Membership, write
from wizard.services import staff

VICTIM = "ibrahim.sow@river.example"

new_agent = desks.new_agent


@pytest.mark.parametrize("by", ["organisation", "country"])
def test_an_offer_brings_nobody_into_an_agents_scope(app: Flask, new_agent: MakeAgent, by: str) -> None:
    """An administrator offers a membership to a stranger's address; the organisation's own agent could then reset that person."""
    victim = arrived(app, VICTIM, organisation="River Trust", office=HEADQUARTERS)
    browser = administrator(app)
    beside(app, lambda: add_office(NIGER).id)
    invite(browser, VICTIM, office=NIGER)
    offered = row_of(app, Membership, account_id=victim.account_id, accepted_at=None)
    scope = {"organisation_id": offered.organisation_id} if by == "organisation" else {"country": "NE"}
    desk = new_agent("moussa.diop", **scope)
    desk.browser.get("/helpdesk/people")
    for path in ("", "/sees", "/state", "/acts/reset-step?step=change-password", "/acts/disable"):
        assert desk.browser.get(f"/helpdesk/people/{victim.account_id}{path}").status == 404
    for question in (VICTIM, "ibrahim.sow", "river"):
        assert victim.account_id not in desk.browser.get(f"/helpdesk/people?q={question}", follow=True).html
    refused = desk.browser.post(f"/helpdesk/people/{victim.account_id}/acts/disable", {"form_id": "a" * 26})
    assert refused.status == 404
    assert row_of(app, Account, id=victim.account_id).disabled_at is None


def test_who_takes_the_offer_is_in_scope(app: Flask, new_agent: MakeAgent) -> None:
    victim = arrived(app, VICTIM, organisation="River Trust", office=HEADQUARTERS)
    invite(administrator(app), VICTIM)
    offered = row_of(app, Membership, account_id=victim.account_id, accepted_at=None)
    person = PageClient(app)
    sign_in(person, victim)
    person.get("/organisation").press("yes", in_form=f"form[action='/organisation/offers/{offered.id}']")
    desk = new_agent("moussa.diop", organisation_id=offered.organisation_id)
    assert desk.card(victim).status == 200


def test_no_administrator_closes_the_account_of_an_agent(app: Flask) -> None:
    """Withdrawing a colleague who has not come yet closes the account made for them; one that the operator has appointed is not theirs."""
    agent = moved(app, "moussa.diop@harbour.example")

    def appoint() -> None:
        with write():
            staff.appoint(agent.account_id, "supervise", staff.Scope(), "operator")

    beside(app, appoint)
    browser = administrator(app)
    browser.get(LIST)
    assert browser.post(f"{LIST}/{agent.membership_id}/withdraw").location == LIST
    assert row_of(app, Membership, id=agent.membership_id).ended_at is not None
    assert row_of(app, Account, id=agent.account_id).disabled_at is None
