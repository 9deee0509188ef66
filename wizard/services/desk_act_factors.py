"""Acts on password, second step and recovery codes: reset one step, switch the second step off, give a temporary pass."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext

from wizard.extensions import tools
from wizard.locale import whole_minutes
from wizard.models import Account, DeskAct
from wizard.services import resets
from wizard.services.desk_act_endings import Doing
from wizard.services.desk_act_plans import NotPossible, Plan, Work, end_all
from wizard.services.desk_act_words import NOTICES, Notice
from wizard.services.desk_subject import Subject
from wizard.services.resets import ONE_WAY, WAY, NothingToReset, UnknownStep

PASSWORD_STEPS = ("create-password", "change-password")
SWITCHED_OFF = ("authenticators", "pending", "recovery-codes", "passes", "second-step", "sessions")


def _plan_reset(subject: Subject, step: str) -> Plan:
    try:
        planned = resets.plan(subject, step)
    except (NothingToReset, UnknownStep):
        raise NotPossible(_l("This step is not done, so there is nothing to reset.")) from None
    return Plan(
        ends=planned.ends,
        step=step,
        notice=_notice(planned),
        takes_last_way=resets.ends_last_way(subject, planned.ends),
    )


def _notice(planned: resets.Plan) -> Notice | None:
    if planned.ends_password:
        return None  # the notice that the password has ended says it all
    if planned.step in PASSWORD_STEPS:
        return NOTICES["reset-step:password"]
    if planned.step.startswith(WAY):
        return NOTICES["reset-step:way" if planned.word == ONE_WAY else "reset-step:choose-authenticator"]
    step = "choose-authenticator" if planned.step == "enter-code" else planned.step
    return NOTICES[f"reset-step:{step}"]


def _do_reset(account: Account, plan: Plan, doing: Doing, _row: DeskAct) -> None:
    assert plan.step is not None
    resets.carry_out(account, resets.Plan(plan.step, "", plan.ends), doing)


def _plan_switch_off(subject: Subject, _step: str) -> Plan:
    if tools().settings.second_factor == "required":
        raise NotPossible(_l("This installation asks everybody for a second step, so it cannot be switched off."))
    if subject.account.disabled_at is not None:
        raise NotPossible(_l("The account is closed."))
    if subject.account.factor_since is None:
        raise NotPossible(_l("This person has no second step."))
    return Plan(ends=subject.ends(*SWITCHED_OFF), notice=NOTICES["switch-off-second-step"])


def _plan_pass(subject: Subject, _step: str) -> Plan:
    if subject.account.disabled_at is not None:
        raise NotPossible(_l("The account is closed."))
    if subject.account.factor_since is None:
        raise NotPossible(_l("This person has no second step yet, so a pass has nothing to stand in for."))
    says = (
        _l("You read a pass to the caller. It stands in for the second step once, and never for the password."),
        lazy_ngettext(
            "It is shown once and works for %(num)s minute.",
            "It is shown once and works for %(num)s minutes.",
            num=whole_minutes(tools().settings.temporary_pass_lifetime),
        ),
    )
    return Plan(ends=subject.ends("passes"), says=says, notice=NOTICES["temporary-pass"])


def _pass_is_made_when_shown(_account: Account, _plan: Plan, _doing: Doing, _row: DeskAct) -> None:
    """Nothing yet: the pass is made by the post of the agent who asked for it, because nobody else is to see it."""


def _plan_withdraw_pass(subject: Subject, _step: str) -> Plan:
    ends = subject.ends("allowed-passes", "passes")
    if not ends:
        raise NotPossible(_l("No temporary pass is approved or open."))
    return Plan(ends=ends, notice=NOTICES["withdraw-pass"])


RESET_STEP = Work(_plan_reset, _do_reset)
SWITCH_OFF = Work(_plan_switch_off, end_all)
WITHDRAW_PASS = Work(_plan_withdraw_pass, end_all)
TEMPORARY_PASS = Work(_plan_pass, _pass_is_made_when_shown, waits=True)
