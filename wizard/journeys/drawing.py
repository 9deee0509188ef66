"""Drawing a step: its template, with the guide, the stair, the form and what was refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, url_for
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from wizard.journeys.model import Journey, Step, StepRefused
from wizard.journeys.progress import Progress

_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_FORM_SECRET = re.compile(r'<input type="hidden"[^>]*>')
_SENDS = re.compile(r'(<(?:form|button)\b[^>]*?) (?:method|action|formaction)="[^"]*"')


ASKED_FOR = {
    "new-password": _l("Before you change your password, confirm that it is you."),
    "ways": _l("Before you add or remove a phone or code app, confirm that it is you."),
    "codes": _l("Before you make new recovery codes, confirm that it is you."),
}
"""Why a page of the account has sent somebody who is signed in to confirm again, by the purpose of the proof."""


@dataclass(frozen=True)
class Stair:
    """What the flight of steps shows: how many treads, on which one the person stands, whether the door is open."""

    count: int
    position: int
    open: bool = False


@dataclass(frozen=True)
class FieldError:
    """What the error summary and the field say."""

    field: str
    message: object


def draw(journey: Journey, step: Step, progress: Progress, form: FlaskForm, refusal: StepRefused | None = None) -> str:
    """Render the step's page; `refusal` is shown in the summary and at its field."""
    if refusal:
        _empty_secrets(form)
    return _rendered(journey, step, progress, form, page=step.page(journey.judged(progress)), refusal=refusal)


def draw_specimen(
    journey: Journey,
    step: Step,
    progress: Progress,
    *,
    language: str,
    live: Mapping[str, Any],
    refusal: StepRefused | None = None,
    help_code: str | None = None,
) -> str:
    """The step's page as somebody sees it now, for others to look at: by its own template, and inert.

    Its data are those of the step's specimen, with the fields in `live` in their place; so no secret of anybody is in it. `language` is the
    tag in which it is drawn, `refusal` what it said last, `help_code` that of the person's browser. Nothing in it can be pressed or sent.
    """
    page = replace(step.specimen, **live) if live else step.specimen
    # What base.html reads of the asking browser is somebody else's here.
    somebody_else = {
        "help_code": help_code,
        "session_ends": None,
        "signed_in": None,
        "here": "/",
        "csrf_token": lambda: "",
    }
    with force_locale(language.replace("-", "_")):
        form = step.form(formdata=None)
        drawn = _rendered(journey, step, progress, form, page=page, refusal=refusal, **somebody_else)
    return _inert(drawn)


def _rendered(
    journey: Journey,
    step: Step,
    progress: Progress,
    form: FlaskForm,
    *,
    page: Any,
    refusal: StepRefused | None,
    **besides: Any,
) -> str:
    policy = progress.facts.policy
    before = journey.step_before(step, progress)
    return render_template(
        step.template,
        journey=journey,
        step=step,
        form=form,
        page=page,
        ways=journey.other_ways(step, progress),
        asked_for=ASKED_FOR.get(progress.purpose or ""),
        stair=Stair(len(journey.stairs(policy)), journey.tread(step, policy), open=step.terminal),
        errors=_errors(form, refusal),
        refused=refusal.reason if refusal else None,
        back_url=url_for(f"{journey.name}.{before.name}.page") if before else None,
        **besides,
    )


def _inert(page: str) -> str:
    """`page` without scripts, without the secrets of its forms and without addresses to send them to."""
    page = _FORM_SECRET.sub("", _SCRIPT.sub("", page))
    while _SENDS.search(page):
        page = _SENDS.sub(r"\1", page)
    return page.replace("<body", "<body inert", 1)


def _errors(form: FlaskForm, refusal: StepRefused | None) -> list[FieldError]:
    if refusal is None:
        return []
    found = [FieldError(name, message) for name, messages in form.errors.items() for message in messages[:1]]
    return found or [FieldError(refusal.field, refusal.message)]


def _empty_secrets(form: FlaskForm) -> None:
    """What was typed is kept, secrets are not."""
    for field in form:
        if field.type == "PasswordField" or field.name in {"code", "pass"}:
            field.data = None
