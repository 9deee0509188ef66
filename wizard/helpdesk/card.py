"""`/helpdesk/people/<id>`: the card of one person."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("helpdesk_card", __name__)
