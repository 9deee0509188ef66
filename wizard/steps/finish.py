"""Finish: what was set, add to the favourites, on to the portal, or a new session on a shared computer (S-53, S-77, S-78)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.domain import assurance
from wizard.domain.browsers import favourites_kind
from wizard.domain.journey_names import FIRST_CONNECTION, MIGRATED_ACCOUNT, REPAIRS, REPLACE_PHONE
from wizard.domain.return_paths import AFTER_THE_PASSWORD
from wizard.extensions import tools
from wizard.journeys.model import Chose, Guide, Step
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.services import last_recovery_code, memberships
from wizard.services.memberships import Place
from wizard.services.visits import current_visit
from wizard.steps.forms import StepForm

NEW_SESSION = "/sign-in"


class FinishForm(StepForm):
    choices_offered = ("portal", "new-session")


@dataclass(frozen=True)
class FinishPage:
    """`lines` are what was reached, in strong and in plain words; `browser` is how the page says where favourites are kept.

    `inside` is False where another journey comes next: this page is then no end, and nothing on it may sound like one; its last line says
    what comes. `may_stop`: who leaves here goes on later with the new password.
    """

    lines: tuple[tuple[LazyString | str, LazyString | str], ...]
    portal_url: str | None
    portal_name: str
    browser: str
    print_url: str
    places: tuple[Place, ...] = ()
    inside: bool = True
    may_stop: bool = False


def page(progress: Progress) -> FinishPage:
    settings = tools().settings
    inside = assurance.signed_in(progress.facts) and not _replaces_next()
    return FinishPage(
        lines=tuple(_lines(progress)),
        portal_url=(settings.portal_url or None) if inside else None,
        portal_name=settings.brand_name,
        browser=favourites_kind(request.user_agent.string or ""),
        print_url=f"/guide/{progress.journey}",
        places=_places(progress),
        inside=inside,
        may_stop=not inside and _may_stop(progress),
    )


def _replaces_next() -> bool:
    """Whether the person has said that the phone is new or broken: it confirms nothing next time, and is replaced after this page."""
    return current_visit().return_to() == AFTER_THE_PASSWORD


def _may_stop(progress: Progress) -> bool:
    """Whether the new password is enough to go on after a pause; not where a code or pass that is used up was the only way."""
    known, account = current_visit().account, progress.facts.account
    if known is None or account is None or "password" not in progress.renews:
        return False
    return account.codes_left > 0 or not last_recovery_code.only_a_code_opens(known, progress.facts)


def _places(progress: Progress) -> tuple[Place, ...]:
    """ "This is your organisation": said at the end of the journey in which it was met for the first time."""
    account = progress.facts.account
    if account is None or progress.journey != MIGRATED_ACCOUNT:
        return ()
    return tuple(memberships.places_of(account.id))


_SET_UP = {
    True: (_l("Your phone is linked."), _l("Keep it at hand: it is asked at every sign-in.")),
    False: (_l("Your code app is set up."), _l("Keep it: it is asked for at every sign-in.")),
}
_NEXT_TIME = {
    "phone": (_l("Next time:"), _l("user name, password, then a number on the phone.")),
    "code-app": (_l("Next time:"), _l("user name, password, then a code from the app.")),
    "password": (_l("Next time:"), _l("user name and password.")),
}
_NEXT_TIME_BY_ADDRESS = {
    "phone": (_l("Next time:"), _l("email address, password, then a number on the phone.")),
    "code-app": (_l("Next time:"), _l("email address, password, then a code from the app.")),
    "password": (_l("Next time:"), _l("email address and password.")),
}

_AT_FIRST = {
    FIRST_CONNECTION: _l("The temporary password no longer works."),
    MIGRATED_ACCOUNT: _l("The one of the old portal no longer works."),
}
_OWED_NEXT = {
    "first-time": (_l("Next:"), _l("the remaining steps. They take a few minutes.")),
    "repair": (_l("Next:"), _l("a new way to confirm that it is you.")),
    "ended": (_l("Next:"), _l("a new way to confirm that it is you. The old one confirms nothing any more.")),
}


def _lines(progress: Progress) -> list[tuple[LazyString | str, LazyString | str]]:
    account = progress.facts.account
    has_factor = bool(account and account.authenticators)
    has_phone = bool(account and any(item.device_id for item in account.authenticators))
    lines: list[tuple[LazyString | str, LazyString | str]] = []
    known = current_visit().account
    renewed = "password" in progress.renews
    if renewed and known is not None and known.former_password_hash:
        lines.append((_("Your new password is set."), _("The old one no longer works.")))
    elif renewed or progress.journey in _AT_FIRST:
        lines.append((_("Your password is set."), _AT_FIRST[account.journey if account else progress.journey]))
    if has_factor and not renewed:
        lines.append(_SET_UP[has_phone])
    debt = assurance.owed(account, progress.facts.policy) if account else None
    if debt or _replaces_next():
        return [*lines, _OWED_NEXT[_next_work(debt)]]
    next_time = _NEXT_TIME if known is None or known.username else _NEXT_TIME_BY_ADDRESS
    lines.append(next_time["phone" if has_phone else "code-app" if has_factor else "password"])
    if "authenticator" in progress.renews and account is not None and not account.codes_left:
        lines.append((_l("You have no recovery codes now."), _l("Make new ones on your signed-in page.")))
    return lines


def _next_work(debt: str | None) -> str:
    if debt and debt not in REPAIRS:
        return "first-time"
    return "ended" if debt == REPLACE_PHONE else "repair"


def do(chosen: str, progress: Progress) -> Chose:
    visit = current_visit()
    if chosen == "new-session":
        visit.sign_out("new-session")
        return Chose("new-session", NEW_SESSION)
    visit.leave(progress.journey)
    place = assurance.next_place(progress.facts, None, visit.return_to(), tools().settings.portal_url)
    if assurance.signed_in(progress.facts):
        visit.after_commit(visit.arrived)
    return Chose("portal", place)


step = Step(
    name="finish",
    form=FinishForm,
    guide=Guide(
        title=_l("You are in"),
        actions=(
            _l("Add the sign-in page to your favourites: the page says how, for your browser or phone."),
            _l("Go on to the portal."),
        ),
        notes=(_l("On a shared computer press “New session” when you are done: it signs you out."),),
    ),
    blueprint=step_blueprint("finish"),
    page=page,
    specimen=FinishPage(
        lines=(), portal_url=None, portal_name="Perron", browser="other", print_url="/guide/first-connection"
    ),
    check=lambda form, _progress: form.chosen,
    is_done=lambda _progress: False,
    do=do,
    terminal=True,
)
