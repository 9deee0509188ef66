"""Acts on who gets in: end a pause, end sessions, report abuse, close and open the account."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from wizard.domain.throttle import Window
from wizard.extensions import tools
from wizard.models import Account, DeskAct, Session, db
from wizard.services import (
    addresses,
    approvals,
    attempts,
    audit,
    desk_act_endings,
    enrolment,
    passwords,
    recovery_codes,
    temporary_passes,
)
from wizard.services.desk_act_endings import Doing
from wizard.services.desk_act_plans import NotPossible, Plan, Work, end_all
from wizard.services.desk_act_words import NOTICES

ABUSED = (
    "approvals", "phone-links", "pending", "mailed-codes", "address-proofs", "passes", "waiting-acts", "sessions",
)  # fmt: skip
DAY = 86400


@dataclass(frozen=True)
class Counted:
    """One counter of tries of the account; `rule` for those that pause only by their window."""

    kind: str
    name: str
    rule: Window | None = None

    @property
    def pauses(self) -> bool:
        if attempts.paused_until(self.kind, self.name) is not None:
            return True
        return self.rule is not None and attempts.left_of(self.kind, self.name, self.rule)[0] == 0


def keys_of(account: Account) -> list[str]:
    """The names under which tries of this account are counted."""
    return [key for key in (account.username_key, account.email_key) if key]


def counters(account: Account) -> list[Counted]:
    """The counters of tries whose pause keeps this person waiting."""
    settings = tools().settings
    tries_a_day = Window(settings.mailed_code_tries_a_day, DAY)
    named = [Counted(passwords.KIND, key) for key in keys_of(account)]
    named += [Counted(addresses.ADDRESS, key, tries_a_day) for key in keys_of(account)]
    own = [
        Counted(enrolment.ATTEMPTS, account.id),
        Counted(enrolment.ATTEMPTS_A_DAY, account.id, attempts.code_app_day_rule()),
        Counted(recovery_codes.ATTEMPTS, account.id),
        Counted(temporary_passes.ATTEMPTS, account.id),
    ]
    asked_from = select(Session.source).where(Session.account_id == account.id).distinct()
    asked = [Counted(approvals.PER_SOURCE, f"{account.id}:{source}") for source in db.session.scalars(asked_from)]
    return named + own + asked


def _plan_unlock(account: Account, _step: str) -> Plan:
    if not any(counter.pauses for counter in counters(account)):
        raise NotPossible(_l("Nothing is paused for this person."))
    return Plan(
        ends={},
        says=(_l("The pause ends at once, and tries are counted from the beginning."),),
        notice=NOTICES["unlock"],
    )


def _unlock(account: Account, _plan: Plan, _doing: Doing, _row: DeskAct) -> None:
    for counter in counters(account):
        if counter.pauses:
            attempts.reset(counter.kind, counter.name)


def _plan_end_sessions(account: Account, _step: str) -> Plan:
    ends = desk_act_endings.found(account, ("sessions",))
    if not ends:
        raise NotPossible(_l("No session is open."))
    return Plan(ends=ends, notice=NOTICES["end-sessions"])


def _plan_abuse(account: Account, _step: str) -> Plan:
    says = (_l("The card shows a caution to every agent from now on."),)
    return Plan(ends=desk_act_endings.found(account, ABUSED), says=says, notice=NOTICES["report-abuse"])


def _plan_disable(account: Account, _step: str) -> Plan:
    if account.disabled_at is not None:
        raise NotPossible(_l("The account is closed already."))
    return Plan(ends=desk_act_endings.found(account, ("open", "sessions")), notice=NOTICES["disable"])


def _disable(account: Account, plan: Plan, doing: Doing, _row: DeskAct) -> None:
    desk_act_endings.end(account, plan.ends, doing)
    audit.record("account-disabled", account_id=account.id, actor=doing.by)


def _plan_enable(account: Account, _step: str) -> Plan:
    if account.disabled_at is None:
        raise NotPossible(_l("The account is open."))
    says = (_l("The person can sign in again. Ended sessions stay ended."),)
    return Plan(ends={}, says=says, notice=NOTICES["enable"])


def _enable(account: Account, _plan: Plan, doing: Doing, _row: DeskAct) -> None:
    account.disabled_at = None
    audit.record("account-enabled", account_id=account.id, actor=doing.by)


UNLOCK = Work(_plan_unlock, _unlock)
END_SESSIONS = Work(_plan_end_sessions, end_all)
REPORT_ABUSE = Work(_plan_abuse, end_all)
DISABLE = Work(_plan_disable, _disable)
ENABLE = Work(_plan_enable, _enable)
