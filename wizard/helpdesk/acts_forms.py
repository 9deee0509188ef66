"""The form of an act: what it may carry, what was typed, what is missing. A field twice or an unknown one is no form of ours (SEC-04)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import cast

from flask import request
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import BadRequest, NotFound

from wizard.domain.desk_rights import ACTS, OTHER, REASONS, Act, ActName, Check, checks_for
from wizard.domain.secrets_made import new_id
from wizard.helpdesk.guard import current_agent, kept_here, person_or_404
from wizard.journeys.drawing import FieldError
from wizard.models import Account
from wizard.services.desk_act_hold import may_act
from wizard.services.desk_act_words import CHECK_WORDS, REASON_WORDS

FIELDS = ("csrf_token", "form_id", "seen", "reason", "note", "checked_how", "address", "doubts_seen", "choice")
KEPT = ("reason", "note", "address")  # how the caller was checked is said anew
LONGEST_NOTE = 500  # characters
_STEP = re.compile(r"[a-z0-9-]{1,60}")
_FORM_ID = re.compile(r"[a-z2-7]{26}")


@dataclass(frozen=True)
class Field:
    """One field as the macros of templates/macros/field.html read it."""

    name: str
    data: str | None = None

    @property
    def id(self) -> str:
        return self.name


@dataclass(frozen=True)
class Typed:
    """What the form of one act holds."""

    form_id: str
    seen: str
    reason: str
    note: str
    checked_how: str
    address: str
    doubts_seen: str


def begun(act: Act) -> Typed:
    """The form as it opens: the usual reason chosen, and filled with what was typed before the second step was asked for again."""
    kept = kept_here()
    return Typed(
        form_id=new_id(),
        seen="",
        reason=kept.get("reason", REASONS[act.name][0]),
        note=kept.get("note", ""),
        checked_how="",
        address=kept.get("address", ""),
        doubts_seen="",
    )


def subject(account_id: str, act: str) -> tuple[Account, Act]:
    """The person and the act of this address; 404 unless this agent may do just that to just them."""
    account, found = person_or_404(account_id), ACTS.get(cast("ActName", act))
    if found is None or not may_act(current_agent(), account, found.right):
        raise NotFound
    return account, found


def step_asked() -> str | None:
    """The step in the page's address."""
    steps = request.args.getlist("step")
    if len(steps) > 1 or (steps and not _STEP.fullmatch(steps[0])):
        raise BadRequest
    return steps[0] if steps else None


def read() -> Typed:
    """What was posted. Raises BadRequest for what no form of ours sends."""
    if request.files or set(request.form) - set(FIELDS):
        raise BadRequest
    if any(len(values) > 1 or "\0" in values[0] for _name, values in request.form.lists()):
        raise BadRequest
    said = request.form
    if not _FORM_ID.fullmatch(said.get("form_id", "")):
        raise BadRequest
    note = unicodedata.normalize("NFC", said.get("note", "")[: 10 * LONGEST_NOTE]).strip()
    return Typed(
        said["form_id"],
        said.get("seen", ""),
        said.get("reason", ""),
        note,
        said.get("checked_how", ""),
        said.get("address", ""),
        said.get("doubts_seen", ""),
    )


def reasons_of(act: Act) -> list[tuple[str, LazyString]]:
    return [(reason, REASON_WORDS[reason]) for reason in REASONS[act.name]]


def checks_of(act: Act, *, allowed: bool) -> list[tuple[Check, LazyString]]:
    """How the caller may have been checked; the phone only when it has just `allowed` this very act."""
    checks = [check for check in checks_for(act) if check != "phone" or allowed]
    return [(check, CHECK_WORDS[check]) for check in checks] if act.checks_caller else []


def faults(act: Act, typed: Typed) -> list[FieldError]:
    """What is missing, in words that say what to do."""
    found = []
    if typed.reason not in REASONS[act.name]:
        found.append(FieldError("reason", _("Select why you do this.")))
    if typed.reason == OTHER and not typed.note:
        found.append(FieldError("note", _("Write the reason in a few words.")))
    if len(typed.note) > LONGEST_NOTE:
        found.append(FieldError("note", _("Write the reason in %(most)s characters or fewer.", most=LONGEST_NOTE)))
    if act.checks_caller and typed.checked_how not in checks_for(act):
        found.append(FieldError("checked_how", _("Select how you checked who is calling.")))
    return found
