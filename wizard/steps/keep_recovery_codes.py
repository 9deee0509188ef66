"""Keep the recovery codes: print, download or copy them, say that they are kept, or leave it for later."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from wizard.domain import assurance
from wizard.extensions import tools
from wizard.journeys.model import Chose, Done, Guide, Step, StepRefused
from wizard.journeys.progress import Progress
from wizard.journeys.runner import step_blueprint
from wizard.models import write
from wizard.services import recovery_codes
from wizard.services.visits import Visit, current_visit
from wizard.steps.forms import StepForm

blueprint = step_blueprint("keep_recovery_codes")


class KeepRecoveryCodesForm(StepForm):
    choices_offered = ("continue", "skip")


@dataclass(frozen=True)
class KeepRecoveryCodesPage:
    """`codes` are as people read them, in groups; `file_url` is where they can be downloaded."""

    codes: tuple[str, ...]
    file_url: str | None
    username: str


def page(_progress: Progress) -> KeepRecoveryCodesPage:
    visit = current_visit()
    account = visit.account
    return KeepRecoveryCodesPage(
        codes=recovery_codes.shown_codes(visit),
        file_url=url_for(".as_file"),
        username=account.sign_in_name if account else "",
    )


@blueprint.get("/codes.txt")
def as_file() -> Response:
    found = codes_file(current_visit())
    if found is None:
        raise NotFound
    return found


def codes_file(visit: Visit) -> Response | None:
    """The shown codes as a text file, with the name of the installation and of the account; None when none are shown."""
    codes = recovery_codes.shown_codes(visit)
    if not codes or visit.account is None:
        return None
    lines = [tools().settings.brand_name, visit.account.sign_in_name, "", *codes, ""]
    response = Response("\r\n".join(lines), mimetype="text/plain")
    response.headers["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response


def arrive(progress: Progress) -> None:
    """The set is made once; loading the page again shows the same."""
    if progress.facts.showing_codes:
        return
    with write():
        visit = current_visit()
        visit.reload()
        recovery_codes.make(visit)


def do(chosen: str, _progress: Progress) -> Done | Chose:
    visit = current_visit()
    if chosen == "skip":
        recovery_codes.skip(visit)
        return Chose("skip")
    if not recovery_codes.keep(visit):
        raise StepRefused("", "not-allowed", _l("These codes are not good any more. Look at the new ones."))
    return Done()


def guard(progress: Progress) -> bool:
    """Offered to who has just proven an authenticator; nobody is sent back to a code for something that may be left out."""
    return progress.facts.showing_codes or assurance.may_make_codes(progress.facts)


def is_done(progress: Progress) -> bool:
    account = progress.facts.account
    return (
        account is not None and (account.codes_left > 0 or account.skipped_codes) and not progress.facts.showing_codes
    )


step = Step(
    name="keep_recovery_codes",
    form=KeepRecoveryCodesForm,
    guide=Guide(
        title=_l("Keep your recovery codes"),
        actions=(
            _l("Print the codes, download them or write them down."),
            _l("Keep them where you keep important papers, and press “I have kept them”."),
        ),
        notes=(
            _l("Each code works once, when your phone is not at hand. With them you need not call anybody."),
            _l("You can leave it for later: your signed-in page offers them again."),
        ),
    ),
    blueprint=blueprint,
    page=page,
    specimen=KeepRecoveryCodesPage(codes=("abcd-efgh-ijkl-mnop",) * 10, file_url=None, username="lea.morel"),
    guard=guard,
    arrive=arrive,
    check=lambda form, _progress: form.chosen,
    is_done=is_done,
    do=do,
    sets="codes",
    when_off=False,
    optional=True,
)
