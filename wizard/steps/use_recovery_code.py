"""Use a recovery code in place of the authenticator: once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from wizard.domain import assurance
from wizard.domain import recovery_codes as codes
from wizard.journeys.model import Done, Guide, Step, StepRefused
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.services import attempts, enrolment, last_recovery_code, recovery_codes
from wizard.services.last_recovery_code import Pause
from wizard.services.recovery_codes import RecoveryEvidence
from wizard.services.visits import current_visit
from wizard.steps.forms import Needed, StepForm, refuse_in_pause


class UseRecoveryCodeForm(StepForm):
    code = StringField(_l("Recovery code"), validators=[Needed(_l("Enter one of your recovery codes."))])


@dataclass(frozen=True)
class UseRecoveryCodePage:
    """`length` is how many letters and digits a code has; `last_for` and `ends` are those of `last_recovery_code.Pause`."""

    paused_until: datetime | None
    length: int = codes.LENGTH
    last_for: int | None = None
    ends: int = 0


def page(progress: Progress) -> UseRecoveryCodePage:
    account = progress.facts.account
    if account is None:
        return UseRecoveryCodePage(None)
    known = current_visit().account
    pause = last_recovery_code.pause_after(known, account.codes_left, progress.renews) if known else Pause()
    return UseRecoveryCodePage(
        paused_until=attempts.paused_until(recovery_codes.ATTEMPTS, account.id),
        **pause._asdict(),
    )


def attempt(form: UseRecoveryCodeForm, progress: Progress) -> None:
    if not codes.is_shaped_like_one(codes.fold_recovery_code(form.code.data or "")):
        raise StepRefused(
            "code",
            "wrong-code",
            _l(
                "A recovery code has %(num)s letters and digits, in groups of %(group)s. Enter a whole one.",
                num=codes.LENGTH,
                group=codes.GROUP,
            ),
        )
    assert progress.facts.account is not None
    verdict = attempts.count(recovery_codes.ATTEMPTS, progress.facts.account.id, attempts.code_app_rule())
    refuse_in_pause("code", verdict)


def check(form: UseRecoveryCodeForm, progress: Progress) -> RecoveryEvidence:
    assert progress.facts.account is not None
    evidence = recovery_codes.check(progress.facts.account.id, form.code.data or "")
    if evidence is None:
        raise _wrong()
    return evidence


def _wrong() -> StepRefused:
    return StepRefused(
        "code",
        "wrong-code",
        _l("This code does not fit, or it was used already. Each code works once: try the next one."),
    )


def do(evidence: RecoveryEvidence, progress: Progress) -> Done:
    if not recovery_codes.accept(current_visit(), evidence, progress.journey):
        raise _wrong()
    if progress.renews:
        enrolment.end_lost_phones(current_visit())
    if "authenticator" in progress.renews:
        last_recovery_code.end_replaced(current_visit())
    return Done()


def guard(progress: Progress) -> bool:
    account = progress.facts.account
    if progress.by_own:
        return False
    return account is not None and (account.codes_left > 0 or _used_here(progress) or _adds_beside(progress))


def _used_here(progress: Progress) -> bool:
    return progress.facts.proven(assurance.FACTOR, methods=assurance.ONE_TIME_METHODS) is not None


def _adds_beside(progress: Progress) -> bool:
    """Somebody who has just proven an authenticator of their own binds another one beside it: no code is needed."""
    if "authenticator" not in progress.renews:
        return False
    facts = progress.facts
    bound = facts.account.authenticators if facts.account else ()
    fresh = facts.without_sign_in_numbers().own_factor_proof(facts.ages.step_up) is not None
    return fresh or (bool(bound) and bool(progress.pending or progress.counting_authenticators))


def is_done(progress: Progress) -> bool:
    """By its own proof; where the second step is renewed also by the new one, which the code was for."""
    if "authenticator" in progress.renews:
        return bool(progress.counting_authenticators) or _used_here(progress) or _adds_beside(progress)
    return progress.proven(assurance.FACTOR) is not None


step = Step(
    name="use_recovery_code",
    form=UseRecoveryCodeForm,
    guide=Guide(
        title=_l("Use a recovery code"),
        actions=(_l("Enter one of the codes that you have kept."), _l("Press “Continue”.")),
        notes=(_l("Each code works once. A mail tells you that it was used and how many are left."),),
    ),
    blueprint=step_blueprint("use_recovery_code"),
    page=page,
    specimen=UseRecoveryCodePage(paused_until=None),
    guard=guard,
    attempt=attempt,
    check=check,
    is_done=is_done,
    do=do,
    proves=assurance.FACTOR,
    when_off=False,
)
