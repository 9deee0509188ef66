"""What an agent does to an account."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("helpdesk_acts", __name__)
