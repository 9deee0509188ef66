"""`/organisation/offers`: memberships offered to an account that existed before."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("organisation_offers", __name__)
