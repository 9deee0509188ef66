"""What an agent does to an account. The addresses stand here, the views beside: `acts_one`, `acts_after`, `acts_approvals`."""

from __future__ import annotations

from flask import Blueprint

from wizard.helpdesk import acts_after, acts_approvals, acts_list, acts_one

blueprint = Blueprint("helpdesk_acts", __name__)
blueprint.add_app_template_global(acts_list.for_card, "acts_for_card")
blueprint.add_app_template_global(acts_approvals.acts_to_approve)

for address, endpoint, view in (
    ("/helpdesk/people/<account_id>/acts/<act>", "one", acts_one.one),
    ("/helpdesk/approvals", "approvals", acts_approvals.approvals),
    ("/helpdesk/approvals/<act_id>", "approval", acts_approvals.approval),
    ("/helpdesk/acts/<act_id>/<what>", "to_card", acts_after.to_card),
):
    blueprint.add_url_rule(address, endpoint, view, methods=["GET"])

for address, endpoint, act in (
    ("/helpdesk/people/<account_id>/acts/<act>", "do", acts_one.do),
    ("/helpdesk/approvals/<act_id>", "settle", acts_approvals.settle),
    ("/helpdesk/acts/<act_id>/undo", "undo", acts_after.undo),
    ("/helpdesk/acts/<act_id>/withdraw", "withdraw", acts_after.withdraw),
    ("/helpdesk/acts/<act_id>/pass", "take_pass", acts_after.take_pass),
):
    blueprint.add_url_rule(address, endpoint, act, methods=["POST"])
