"""`/helpdesk/funnel`: the way of all people through a journey."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("helpdesk_funnel", __name__)
