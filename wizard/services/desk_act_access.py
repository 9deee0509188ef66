"""Acts on who gets in: end a pause, end sessions, report abuse, close and open the account."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select

from wizard.domain.desk_words import CLOSED_WORDS
from wizard.models import Account, DeskAct, MailedCode, db
from wizard.services import addresses, attempts, audit, desk_act_endings
from wizard.services.desk_act_endings import Doing
from wizard.services.desk_act_plans import NotPossible, Plan, Work, end_all
from wizard.services.desk_act_words import NOTICES
from wizard.services.desk_pauses import MAILS, Counted
from wizard.services.desk_subject import Subject

ABUSED = (
    "approvals", "phone-links", "pending", "mailed-codes", "address-proofs", "passes", "waiting-acts", "sessions",
)  # fmt: skip


def _paused(subject: Subject) -> list[Counted]:
    """The counters of tries that keep this person waiting; mails are another act's."""
    return [counted for counted, _until in subject.paused if counted.what != MAILS]


def _plan_unlock(subject: Subject, _step: str) -> Plan:
    """Anybody who typed the name may have guessed at a mailed code: the codes end, so that nobody gets new tries at the same one."""
    if subject.account.disabled_at is not None:
        raise NotPossible(_l("The account is closed."))
    paused = _paused(subject)
    if not paused:
        raise NotPossible(_l("Nothing is paused for this person."))
    at_codes = any(counted.kind in {addresses.BROWSER, addresses.ADDRESS} for counted in paused)
    ends = subject.ends("mailed-codes") if at_codes else {}
    says = [_l("The pause ends at once, and tries are counted from the beginning.")]
    if ends:
        says.append(
            _l(
                "Browsers with these help codes have asked for mailed codes: %(codes)s. Ask the caller which one is on their page.",
                codes=LazyString(_help_codes, ends["mailed-codes"]),  # only the act's own page has to ask for them
            )
        )
    return Plan(ends=ends, says=tuple(says), notice=NOTICES["unlock"])


def _help_codes(ids: Collection[str]) -> str:
    """What the browsers show that have asked for these mailed codes."""
    asked = select(MailedCode.help_code).where(MailedCode.id.in_(ids), MailedCode.help_code.is_not(None))
    return ", ".join(sorted(str(code) for code in db.session.scalars(asked.distinct())))


def _unlock(account: Account, plan: Plan, doing: Doing, _row: DeskAct) -> None:
    desk_act_endings.end(account, plan.ends, doing)
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
