"""The words of steps that the pages about colleagues say, as the steps themselves say them."""

from __future__ import annotations

from flask_babel.speaklater import LazyString

from wizard.journeys import JOURNEYS

_TITLES: dict[str, LazyString] = {
    step.slug: step.guide.title for journey in JOURNEYS.values() for step in journey.steps
}


def step_title(slug: str) -> LazyString:
    """The heading of the step's own page: an administrator and the person read the same words."""
    return _TITLES[slug]
