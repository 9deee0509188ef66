"""Verifying who calls, by the phone that is linked."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("helpdesk_caller", __name__)
