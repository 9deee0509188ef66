"""Enter the code of the code app: sets it up (QR code, key and field on one page) or proves it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from flask import Response, g, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext
from flask_babel.speaklater import LazyString
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from wtforms import StringField

from wizard.adapters import qr
from wizard.domain import assurance, totp
from wizard.domain.digits import fold_digits
from wizard.domain.journey_names import REPLACE_PHONE
from wizard.extensions import tools
from wizard.journeys.model import Done, Guide, Step, StepRefused
from wizard.journeys.needs import enrolment_needs
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.models import Authenticator, db
from wizard.services import attempts, enrolment
from wizard.services.visits import current_visit
from wizard.steps.forms import Needed, StepForm, refuse_in_pause

blueprint = step_blueprint("enter_code")


class EnterCodeForm(StepForm):
    code = StringField(
        _l("Code of %(num)s digits", num=totp.DIGITS), validators=[Needed(_l("Enter the 6 digits that the app shows."))]
    )


@dataclass(frozen=True)
class EnterCodePage:
    """`setting_up`: the app is being bound, so QR code, key and `label` stand on the page; `other_ways` are words and address of each.

    `is_new`: a QR code that was shown before, in this set-up or in one that was left, is no longer good.
    """

    setting_up: bool
    qr_svg: Markup | None
    png_url: str | None
    provisioning_uri: str | None
    secret_groups: str | None
    label: str
    issuer: str
    other_ways: tuple[tuple[LazyString, str], ...]
    paused_until: datetime | None
    is_new: bool = False


def _candidates(progress: Progress) -> list[str]:
    """Which code apps a code may be of here: the pending one while setting up, else the bound ones."""
    found = progress.pending or (progress.facts.account.authenticators if progress.facts.account else ())
    if not progress.pending and progress.counting_authenticators:
        found = progress.counting_authenticators
    return [item.id for item in found if item.kind == enrolment.CODE_APP]


def _pending(progress: Progress) -> Authenticator | None:
    found = progress.pending_of(enrolment.CODE_APP)
    return db.session.get(Authenticator, found.id) if found else None


def page(progress: Progress) -> EnterCodePage:
    pending = _pending(progress)
    issuer = tools().settings.brand_name
    account = progress.facts.account
    paused = attempts.paused_until(enrolment.ATTEMPTS, account.id) if account else None
    if pending is None:
        return EnterCodePage(False, None, None, None, None, "", issuer, _other_ways(progress), paused)
    secret = enrolment.secret_of(pending.id)
    uri = _uri(pending, secret)
    return EnterCodePage(
        setting_up=True,
        qr_svg=qr.svg(uri),
        png_url=url_for(".picture"),
        provisioning_uri=uri,
        secret_groups=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        label=pending.label,
        issuer=issuer,
        other_ways=(),
        paused_until=paused,
        is_new=enrolment.follows_another(pending),
    )


def _uri(pending: Authenticator, secret: str) -> str:
    return totp.provisioning_uri(secret, tools().settings.brand_name, pending.label)


def _other_ways(progress: Progress) -> tuple[tuple[LazyString, str], ...]:
    if progress.journey == REPLACE_PHONE:
        return ()
    place = f"/{REPLACE_PHONE}" if progress.enrols else f"/without-phone?from={progress.journey}"
    return ((_l("I cannot use my phone") if _has_phone(progress) else _l("I cannot use my code app"), place),)


def _has_phone(progress: Progress) -> bool:
    return any(item.device_id for item in (progress.facts.account.authenticators if progress.facts.account else ()))


@blueprint.get("/qr.png")
def picture() -> Response:
    """The QR code as a picture, for browsers that draw no SVG and for saving."""
    pending = _pending(g.here.progress)
    if pending is None:
        raise NotFound
    return Response(qr.png(_uri(pending, enrolment.secret_of(pending.id))), mimetype="image/png")


def attempt(form: EnterCodeForm, progress: Progress) -> None:
    _refuse_what_is_no_code(form.code.data or "")
    assert progress.facts.account is not None
    account_id = progress.facts.account.id
    verdict = attempts.first_refusal(
        [
            (enrolment.ATTEMPTS, account_id, attempts.code_app_rule()),
            (enrolment.ATTEMPTS_A_DAY, account_id, attempts.code_app_day_rule()),
        ]
    )
    refuse_in_pause("code", verdict)
    current_visit().verdict = verdict


def _refuse_what_is_no_code(typed: str) -> None:
    digits = fold_digits(typed)
    if not digits.isdigit():
        raise StepRefused("code", "wrong-code", _l("Enter the 6 digits that the app shows, and nothing else."))
    if len(digits) != totp.DIGITS:
        message = _l(
            "Enter the %(length)s digits of the code. You entered %(num)s.", length=totp.DIGITS, num=len(digits)
        )
        raise StepRefused("code", "wrong-code", message)


def check(form: EnterCodeForm, progress: Progress) -> enrolment.CodeEvidence:
    found = enrolment.check(_candidates(progress), form.code.data or "")
    if isinstance(found, enrolment.CodeEvidence):
        return found
    if found.reason is totp.Reason.USED:
        raise _used()
    if found.reason is totp.Reason.CLOCK and found.seconds_ahead:
        raise StepRefused("code", "clock", _clock_advice(found.seconds_ahead))
    raise _does_not_fit("wrong-code", progress)


def _does_not_fit(reason: str, progress: Progress) -> StepRefused:
    pending = _pending(progress)
    if pending is not None and enrolment.follows_another(pending):
        message = _l(
            "This code does not fit. Enter the code of “%(label)s”. If the app has no such entry, scan the QR code of this page.",
            label=pending.label,
        )
        return StepRefused("code", reason, message)
    return StepRefused("code", reason, _l("This code does not fit. Wait for the next one in the app and enter that."))


def _used() -> StepRefused:
    return StepRefused(
        "code", "code-used", _l("This code was used already. Wait for the next one in the app and enter that.")
    )


def _clock_advice(seconds_ahead: int) -> LazyString:
    minutes = max(1, math.ceil(abs(seconds_ahead) / 60))
    if seconds_ahead > 0:
        return lazy_ngettext(
            "The clock of your phone is about %(num)s minute ahead. Let it set its time by itself, then enter the next code.",
            "The clock of your phone is about %(num)s minutes ahead. Let it set its time by itself, then enter the next code.",
            num=minutes,
        )
    return lazy_ngettext(
        "The clock of your phone is about %(num)s minute behind. Let it set its time by itself, then enter the next code.",
        "The clock of your phone is about %(num)s minutes behind. Let it set its time by itself, then enter the next code.",
        num=minutes,
    )


def do(evidence: enrolment.CodeEvidence, progress: Progress) -> Done:
    refused = enrolment.accept(current_visit(), evidence, progress.journey)
    if refused == "code-used":
        raise _used()
    if refused:
        raise _does_not_fit(refused, progress)
    if progress.renews and _has_phone(progress):
        enrolment.end_lost_phones(current_visit())
    return Done()


def guard(progress: Progress) -> bool:
    return bool(_candidates(progress))


step = Step(
    name="enter_code",
    form=EnterCodeForm,
    guide=Guide(
        title=_l("Enter the code from your app"),
        actions=(
            _l("The first time: in the code app, add an account and scan the QR code of the page."),
            _l("Enter the 6 digits that the app shows."),
            _l("Press “Continue”."),
        ),
        notes=(
            _l("The code changes every 30 seconds. Each code works once."),
            _l("If the code does not fit, let the phone set its time by itself and enter the next code."),
        ),
    ),
    blueprint=blueprint,
    page=page,
    specimen=EnterCodePage(
        setting_up=True,
        qr_svg=None,
        png_url=None,
        provisioning_uri=None,
        secret_groups="ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567",
        label="lea.morel",
        issuer="Perron",
        other_ways=(),
        paused_until=None,
    ),
    guard=guard,
    attempt=attempt,
    check=check,
    is_done=lambda progress: progress.has_proven_factor,
    do=do,
    needs=lambda progress: enrolment_needs(progress) if progress.pending else {},
    proves=assurance.FACTOR,
    when_off=False,
)
