"""Acts on who gets in: end a pause, end sessions, report abuse, close and open the account."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from wizard.domain.desk_words import CLOSED_WORDS
from wizard.domain.throttle import Window
from wizard.extensions import tools
from wizard.models import Account, DeskAct
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
from wizard.services.attempts import Counters
from wizard.services.desk_act_endings import Doing
from wizard.services.desk_act_plans import NotPossible, Plan, Work, end_all
from wizard.services.desk_act_words import NOTICES
from wizard.services.desk_subject import Subject

ABUSED = (
    "approvals", "phone-links", "pending", "mailed-codes", "address-proofs", "passes", "waiting-acts", "sessions",
)  # fmt: skip
DAY = 86400


@dataclass(frozen=True)
class Counted:
    """One counter of tries; `rule` for those that pause only by their window."""

    kind: str
    name: str
    rule: Window | None = None

    def pauses(self, counters: Counters) -> bool:
        if counters.paused_until(self.kind, self.name) is not None:
            return True
        return self.rule is not None and counters.left_of(self.kind, self.name, self.rule)[0] == 0


def _paused(subject: Subject) -> list[Counted]:
    """The counters of tries that keep this person waiting."""
    settings = tools().settings
    tries_a_day, tries_here = Window(settings.mailed_code_tries_a_day, DAY), Window(settings.mailed_code_tries, DAY)
    own = subject.account.id
    counted = [
        *(Counted(passwords.KIND, key) for key in subject.keys),
        *(Counted(addresses.ADDRESS, key, tries_a_day) for key in subject.keys),
        *(Counted(addresses.BROWSER, name, tries_here) for key in subject.keys for name in subject.asking_names(key)),
        Counted(enrolment.ATTEMPTS, own),
        Counted(enrolment.ATTEMPTS_A_DAY, own, attempts.code_app_day_rule()),
        Counted(recovery_codes.ATTEMPTS, own),
        Counted(temporary_passes.ATTEMPTS, own),
        *(Counted(approvals.PER_SOURCE, subject.source_name(source)) for source in subject.sources),
    ]
    return [each for each in counted if each.pauses(subject.counters)]


def _plan_unlock(subject: Subject, _step: str) -> Plan:
    if not _paused(subject):
        raise NotPossible(_l("Nothing is paused for this person."))
    return Plan(
        ends={},
        says=(_l("The pause ends at once, and tries are counted from the beginning."),),
        notice=NOTICES["unlock"],
    )


def _unlock(account: Account, _plan: Plan, _doing: Doing, _row: DeskAct) -> None:
    for counter in _paused(Subject(account)):
        attempts.reset(counter.kind, counter.name)


def _plan_end_sessions(subject: Subject, _step: str) -> Plan:
    ends = subject.ends("sessions")
    if not ends:
        raise NotPossible(_l("No session is open."))
    return Plan(ends=ends, notice=NOTICES["end-sessions"])


def _plan_abuse(subject: Subject, _step: str) -> Plan:
    says = (_l("The card shows a caution to every agent from now on."),)
    return Plan(ends=subject.ends(*ABUSED), says=says, notice=NOTICES["report-abuse"])


def _plan_disable(subject: Subject, _step: str) -> Plan:
    if subject.account.disabled_at is not None:
        raise NotPossible(_l("The account is closed already."))
    return Plan(ends=subject.ends("open", "sessions"), notice=NOTICES["disable"])


def _disable(account: Account, plan: Plan, doing: Doing, _row: DeskAct) -> None:
    desk_act_endings.end(account, plan.ends, doing)
    audit.record("account-disabled", account_id=account.id, actor=doing.by)


def _plan_enable(subject: Subject, _step: str) -> Plan:
    if subject.account.disabled_at is None:
        raise NotPossible(_l("The account is open."))
    if subject.closed_by != "helpdesk":
        raise NotPossible(CLOSED_WORDS[str(subject.closed_by)])
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
