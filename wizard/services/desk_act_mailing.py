"""Acts that send something: the invitation again, a new code allowed, the guide."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.domain import assurance
from wizard.domain.address_match import Doubt
from wizard.domain.desk_words import STEP_WORDS, said
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.domain.throttle import Window
from wizard.extensions import tools
from wizard.models import Account, DeskAct
from wizard.services import attempts, audit, invitees, issues, mails
from wizard.services.desk_act_endings import Doing
from wizard.services.desk_act_plans import NotPossible, Plan, Work
from wizard.services.desk_act_words import NOTICES
from wizard.services.desk_pauses import MAILS, Counted
from wizard.services.desk_standing import Standing
from wizard.services.desk_subject import Subject

RESENDS = "desk-resends"
RESENDS_AN_HOUR = Window(5, 3600)

_WHY_NOT: dict[str, LazyString] = {
    "disabled": _l("The account is closed."),
    "own-password": _l("The person has an own password, so no invitation is sent. A code is asked for on their page."),
    "colleague": _l(
        "A colleague has invited this person: an administrator of their organisation sends that mail again."
    ),
}
_DOUBTS: dict[Doubt, LazyString] = {
    "several-accounts": _l("Several accounts have this address, so it leads to none of them by itself."),
    "shared-mailbox": _l("Several people may read this mailbox."),
    "placeholder": _l("This address looks filled in for want of one: nobody may read it."),
}


def doubt_words(doubt: Doubt) -> LazyString:
    return _DOUBTS[doubt]


def takes_back(subject: Subject) -> bool:
    """Whether the person is on the way now by the invitation that they have: a new one takes them back to where it is asked for."""
    return any(proof.method in assurance.ISSUE_METHODS for proof in subject.standing.progress.facts.proofs)


def _plan_resend(subject: Subject, _step: str) -> Plan:
    reason = invitees.why_not([subject.account], invitees.INVITATION)
    if reason is None:
        says = [_l("A new invitation is mailed to %(address)s.", address=subject.account.email)]
        step = subject.standing.step
        if step and takes_back(subject):
            words = said(STEP_WORDS, step.slug)
            says.append(
                _l("The person is at “%(step)s” now. They are taken back, and need the new mail to go on.", step=words)
            )
        return Plan(ends=subject.ends("issue"), says=tuple(says))
    words = _WHY_NOT.get(reason) or _DOUBTS.get(reason)  # type: ignore[call-overload]
    raise NotPossible(words or _l("There is no mail to send again."))


def _resend(account: Account, _plan: Plan, doing: Doing, _row: DeskAct) -> None:
    moved = account.journey == MIGRATED_ACCOUNT
    secrets = issues.issue(account, with_password=not moved)
    if moved:
        mails.migrated_invitation(account, secrets)
    else:
        mails.invitation(account, secrets)
    audit.record("invited", account_id=account.id, actor=doing.by, issue=secrets.issue_id)


def may_resend(account_id: str) -> bool:
    """Count one resending; False when there were too many this hour. Commits by itself."""
    return attempts.count(RESENDS, account_id, RESENDS_AN_HOUR).allowed


def _send_limits(subject: Subject) -> list[Counted]:
    """The counters that keep this person from having a code sent, now."""
    return [counted for counted, _until in subject.paused if counted.what == MAILS]


def _plan_new_code(subject: Subject, _step: str) -> Plan:
    if subject.account.disabled_at is not None:
        raise NotPossible(_WHY_NOT["disabled"])
    if not _send_limits(subject):
        raise NotPossible(_l("The person can have a code sent now: there is no limit to lift."))
    says = (_l("The person can have codes sent again. The codes that were sent stay good until their own end."),)
    return Plan(ends={}, says=says, notice=NOTICES["new-code"])


def _allow_new_code(account: Account, _plan: Plan, _doing: Doing, _row: DeskAct) -> None:
    for counter in _send_limits(Subject(account)):
        attempts.reset(counter.kind, counter.name)


def guide_address(standing: Standing) -> str:
    """The absolute address of the guide to the journey that the person walks, from the step on where they stand."""
    step = f"#{standing.step.slug}" if standing.step else ""
    return f"{tools().settings.public_url.rstrip('/')}/guide/{standing.journey.name}{step}"


def _plan_guide(subject: Subject, _step: str) -> Plan:
    if subject.account.disabled_at is not None:
        raise NotPossible(_WHY_NOT["disabled"])
    says = _l("A mail with the guide’s address goes to %(address)s.", address=subject.account.email)
    return Plan(ends={}, says=(says,))


def _send_guide(account: Account, _plan: Plan, _doing: Doing, _row: DeskAct) -> None:
    mails.desk_guide(account, guide_address(Subject(account).standing))


RESEND = Work(_plan_resend, _resend)
NEW_CODE = Work(_plan_new_code, _allow_new_code)
SEND_GUIDE = Work(_plan_guide, _send_guide)
