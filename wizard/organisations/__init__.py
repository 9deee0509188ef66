"""An organisation's own pages: its profile, its people, and what it offers to whom."""

from __future__ import annotations

from flask import Flask
from flask_babel.speaklater import LazyString

from wizard.domain import organisation_words
from wizard.organisations import offers, people, profile
from wizard.services.memberships import Place


def init_app(app: Flask) -> None:
    app.register_blueprint(profile.blueprint)
    app.register_blueprint(people.blueprint)
    app.register_blueprint(offers.blueprint)
    app.add_template_filter(role_words)
    app.add_template_filter(reach_words)


def role_words(role: str) -> LazyString:
    """`{{ place.role|role_words }}`."""
    return organisation_words.ROLE_WORDS[role]


def reach_words(place: Place) -> LazyString:
    """`{{ place|reach_words }}`: how far this membership sees."""
    return organisation_words.reach_words(place.office, all_offices=place.all_offices)
