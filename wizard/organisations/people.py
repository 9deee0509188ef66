"""`/organisation/people`: the colleagues, and inviting them (S-37). Administrators only, within their reach; to others nothing is there.

The addresses stand here, the views beside: `people_list`, `people_invite`, `people_acts`. Each view declares the right that it needs.
"""

from __future__ import annotations

from flask import Blueprint

from wizard.organisations import people_acts, people_invite, people_list
from wizard.organisations.people_words import step_title

LIST = "/organisation/people"
COLLEAGUE = f"{LIST}/<membership_id>"

blueprint = Blueprint("organisation_people", __name__)
blueprint.add_app_template_filter(step_title)

for address, endpoint, view in (
    (LIST, "people", people_list.people),
    (COLLEAGUE, "colleague", people_list.colleague),
    (f"{LIST}/invite", "invitation", people_invite.invitation),
    (f"{COLLEAGUE}/invited", "invited", people_invite.invited),
):
    blueprint.add_url_rule(address, endpoint, view, methods=["GET"])

for address, endpoint, act in (
    (f"{LIST}/invite", "invite", people_invite.invite),
    (f"{COLLEAGUE}/resend", "resend", people_acts.resend),
    (f"{COLLEAGUE}/withdraw", "withdraw", people_acts.withdraw),
    (f"{COLLEAGUE}/role", "change_role", people_acts.change_role),
    (f"{COLLEAGUE}/end", "end", people_acts.end),
    (f"{LIST}/names/<correction_id>", "settle_name", people_acts.settle_name),
):
    blueprint.add_url_rule(address, endpoint, act, methods=["POST"])
