"""No account for a verified address: say it before anything is asked, name the role to contact, pass a message on (S-36).

Nobody gets here with an address that is not theirs, so nobody learns who has an account; and no organisation is named. An account that
got the address later wants a proof of its own (decision 0009): the page offers that to everybody, so it does not tell of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import StringField

from wizard.domain import assurance
from wizard.domain.organisation_rights import ORGANISATION_KINDS
from wizard.domain.organisation_words import ORGANISATION_KIND_WORDS
from wizard.journeys.model import Chose, Guide, Step, StepRefused
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.locale import locale_info
from wizard.services import access_requests, addresses
from wizard.services.visits import current_visit
from wizard.steps.forms import StepForm, too_many_mails

LEADS_AWAY = frozenset({"resend", "other"})


class NoAccountForm(StepForm):
    choices_offered = ("continue", "resend", "other")
    organisation_kind = StringField(_l("Your organisation"))


@dataclass(frozen=True)
class NoAccountPage:
    """`kind` is why the address leads nowhere, `sent_at` when the message went out, `contact` whom to ask in the meantime."""

    address: str
    kind: str
    kinds: tuple[tuple[str, LazyString], ...]
    sent_at: datetime | None
    contact: LazyString | None


CONTACTS = {
    "national-ngo": _l("Ask an administrator of your organisation: they can invite you."),
    "international-ngo": _l("Ask the administrator at the headquarters of your organisation: they can invite you."),
    "company": _l("Ask the person who keeps your company’s access: they can invite you."),
}


def page(progress: Progress) -> NoAccountPage:
    key = access_requests.proven_address(current_visit()) or ""
    request = access_requests.sent(key)
    return NoAccountPage(
        address=_typed(progress, key),
        kind=access_requests.kind_of(key),
        kinds=tuple((kind, ORGANISATION_KIND_WORDS[kind]) for kind in ORGANISATION_KINDS),
        sent_at=request.created_at if request else None,
        contact=CONTACTS.get(request.organisation_kind) if request else None,
    )


def _typed(progress: Progress, proven: str) -> str:
    """The address as its person wrote it, as long as that is the proven one."""
    return progress.typed.email if progress.typed.email_key == proven else proven


def check(form: NoAccountForm, _progress: Progress) -> str:
    """Which kind of organisation; or the button that leads away: another address, or this one once more."""
    if form.chosen == "resend":
        _refuse_without_mails()
    if form.chosen in LEADS_AWAY:
        return form.chosen
    kind = form.organisation_kind.data or ""
    if kind not in ORGANISATION_KINDS:
        raise StepRefused("organisation_kind", "missing", _l("Select the kind of organisation."))
    return kind


def _refuse_without_mails() -> None:
    """What is proven here is given up only for a mail that may leave."""
    key = access_requests.proven_address(current_visit()) or ""
    if not addresses.may_send(key):
        raise too_many_mails(addresses.waiting(current_visit(), key).resend_at)


def do(chosen: str, progress: Progress) -> Chose:
    visit = current_visit()
    key = access_requests.proven_address(visit)
    if chosen in LEADS_AWAY:
        visit.sign_out("address-again" if chosen == "resend" else "another-address")
        if chosen == "resend" and key is not None:
            visit.remember(email=_typed(progress, key), email_key=key, way="")
        return Chose(chosen)
    if key is None:
        raise StepRefused("", "not-allowed", _l("Verify your address once more."))
    if not access_requests.send(visit, key, _typed(progress, key), chosen, locale_info().tag):
        raise StepRefused(
            "", "too-many-mails", _l("The helpdesk has your message already. It answers to this address.")
        )
    return Chose("message")


step = Step(
    name="no_account",
    form=NoAccountForm,
    guide=Guide(
        title=_l("There is no account for this address yet"),
        actions=(
            _l("Check the address: perhaps the old portal knew another one of yours."),
            _l("Select the kind of your organisation and press “Send a message”."),
        ),
        notes=(
            _l(
                "You see this page only if your address is in no account. An administrator of your organisation can invite you."
            ),
        ),
    ),
    blueprint=step_blueprint("no_account"),
    page=page,
    specimen=NoAccountPage(
        address="amina.keita@tamaris.example",
        kind=access_requests.NO_ACCOUNT,
        kinds=tuple((kind, ORGANISATION_KIND_WORDS[kind]) for kind in ORGANISATION_KINDS),
        sent_at=None,
        contact=None,
    ),
    guard=lambda progress: progress.facts.account is None and progress.facts.proven(assurance.ADDRESS) is not None,
    check=check,
    is_done=lambda _progress: False,
    do=do,
    aside=True,
)
