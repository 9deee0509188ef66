"""Enter the email address that the old portal knew: the one thing that people of a moved account bring (S-01, S-18, S-19)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from wizard.domain import assurance
from wizard.domain.canonical_names import LONGEST_TYPED, NameRefused, canonical_email
from wizard.extensions import tools
from wizard.journeys.model import Done, Guide, Step, StepRefused, nothing
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.services import matches
from wizard.services.visits import current_visit
from wizard.steps.forms import Needed, StepForm


class EnterEmailForm(StepForm):
    email = StringField(
        _l("Email address"),
        validators=[
            Needed(
                _l("Enter your email address."),
                LONGEST_TYPED,
                _l("Enter your email address. This text is too long for one."),
            )
        ],
    )


@dataclass(frozen=True)
class EnterEmailPage:
    """`moved_from` is the old portal's name, `on_behalf_of` in whose name the mail comes; None: nothing is said."""

    typed: str
    moved_from: str | None
    on_behalf_of: str | None
    sender: str
    username_url: str


@dataclass(frozen=True)
class EmailEvidence:
    """What was typed, composed, and its canonical form."""

    email: str
    key: str


def page(progress: Progress) -> EnterEmailPage:
    settings = tools().settings
    return EnterEmailPage(
        typed=progress.typed.email,
        moved_from=settings.migrated_from or None,
        on_behalf_of=settings.mail_on_behalf_of or None,
        sender=settings.sender,
        username_url="/first-connection",
    )


def check(form: EnterEmailForm, _progress: Progress) -> EmailEvidence:
    typed = unicodedata.normalize("NFKC", (form.email.data or "").strip())
    try:
        return EmailEvidence(typed, canonical_email(typed))
    except NameRefused:
        message = _l("Enter an email address like name@example.org.")
        raise StepRefused("email", "not-an-address", message) from None


def do(evidence: EmailEvidence, progress: Progress) -> Done:
    """Another address than the one proven, or than the account's, ends what this browser had proven."""
    visit = current_visit()
    proven = progress.facts.proven(assurance.ADDRESS)
    if visit.account is not None:
        if matches.match(evidence.key).account_id != visit.account.id:
            visit.sign_out("another-address")
    elif visit.session is not None and (proven is None or proven.target != evidence.key):
        visit.sign_out("another-address")
    visit.remember(email=evidence.email, email_key=evidence.key, way="")
    return Done()


def is_done(progress: Progress) -> bool:
    return bool(progress.typed.email_key) or progress.facts.account is not None or _proven_without_typing(progress)


def _proven_without_typing(progress: Progress) -> bool:
    """By the button of a mail, in a browser in which nothing was typed."""
    return progress.facts.proven(assurance.ADDRESS) is not None


step = Step(
    name="enter_email",
    form=EnterEmailForm,
    guide=Guide(
        title=_l("Enter your email address"),
        actions=(_l("Enter the email address that you used in the old portal."), _l("Press “Continue”.")),
        notes=(
            _l("Your account, your organisation and your rights were moved: nothing was lost."),
            _l("You do this once. The old password no longer works and is never asked for."),
        ),
    ),
    blueprint=step_blueprint("enter_email"),
    page=page,
    specimen=EnterEmailPage(
        typed="",
        moved_from=None,
        on_behalf_of=None,
        sender="Perron <access@perron.example>",
        username_url="/first-connection",
    ),
    check=check,
    is_done=is_done,
    do=do,
    undo=nothing,
)
