"""Drawing a step: its template, with the guide, the stair, the form and what was refused."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, url_for
from flask_wtf import FlaskForm

from wizard.journeys.model import Journey, Step, StepRefused
from wizard.journeys.progress import Progress


@dataclass(frozen=True)
class Stair:
    """What the flight of steps shows: how many treads, on which one the person stands, whether the door is open."""

    count: int
    position: int
    open: bool = False
    lamp: bool = True


@dataclass(frozen=True)
class FieldError:
    """What the error summary and the field say."""

    field: str
    message: object


def draw(journey: Journey, step: Step, progress: Progress, form: FlaskForm, refusal: StepRefused | None = None) -> str:
    """Render the step's page; `refusal` is shown in the summary and at its field."""
    policy = progress.facts.policy
    treads = journey.stairs(policy)
    judged = journey.judged(progress)
    before = journey.step_before(step, progress)
    if refusal:
        _empty_secrets(form)
    return render_template(
        step.template,
        journey=journey,
        step=step,
        form=form,
        page=step.page(judged),
        ways=journey.other_ways(step, progress),
        stair=Stair(len(treads), journey.tread(step, policy), open=step.terminal),
        errors=_errors(form, refusal),
        refused=refusal.reason if refusal else None,
        back_url=url_for(f"{journey.name}.{before.name}.page") if before else None,
    )


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
