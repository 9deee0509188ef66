"""`/organisation/people`: the colleagues, and inviting them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("organisation_people", __name__)
