"""`/organisation`: where one belongs, and the profile of each office within reach."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("organisation", __name__)
