"""Whether an address is taken: said of the accounts that an agent sees, and of nobody else."""

from __future__ import annotations

from flask import Flask

from tests.helpdesk.conftest import MakeAgent
from tests.helpdesk.test_acts import acts_of, do_act, open_act, press_act
from tests.helpdesk.test_acts_approvals import approval
from tests.support.people import completed


def test_whom_an_agent_does_not_see_is_not_found_by_trying_addresses(app: Flask, new_agent: MakeAgent) -> None:
    """Both agents are told that they see a part only; who sees everybody reads the doubt, which names nobody (SEC-55)."""
    second = new_agent("moussa.diop", role="approve")
    narrow, person = new_agent("ines.kouma", role="reset", only_language="fr"), completed(app, language="fr")
    completed(app, "lea.morel", language="fr")
    foreign, nobodys = completed(app, "omar.ba", language="en").email, "new@people.example"
    page = open_act(narrow, person, "change-address")
    assert page.has("[data-part-only]")
    near = press_act(page, address="lea.morel@people.example", checked_how="known")
    assert "Another account has this address" in near.errors["address"]
    assert not near.has("[data-part-only]"), "It is said once."
    cards = []
    for address in (foreign, nobodys):
        cards.append(do_act(narrow, person, "change-address", address=address))
        assert cards[-1].page == "helpdesk-person", cards[-1].errors
    assert cards[0].said("[data-act-notice]") == cards[1].said("[data-act-notice]")

    other = new_agent("tomas.lind", role="approve", only_language="fr")
    act = next(row for row in acts_of(app, person) if row.details["address"] == foreign)
    assert (approval(other, act).has("[data-doubt]"), approval(other, act).has("[data-part-only]")) == (False, True)
    assert "ask the caller" not in approval(other, act).said("[data-part-only]")
    told = approval(second, act)
    assert "Another account has this address already" in told.said("[data-doubt]")
    assert not told.has("[data-part-only]")
    assert "omar" not in told.text.replace(foreign, "")
