"""Importing a file and inviting many, by web."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("helpdesk_bulk", __name__)
