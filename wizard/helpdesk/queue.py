"""`/helpdesk/queue`: who is stuck the longest."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("helpdesk_queue", __name__)
