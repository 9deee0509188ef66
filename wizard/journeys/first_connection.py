"""From the mail to "you are in", in the order of the paper guide (S-43, S-83)."""

from flask_babel import lazy_gettext as _l

from wizard.domain import journey_names
from wizard.journeys.model import Journey, either
from wizard.steps import (
    change_password,
    choose_authenticator,
    enter_code,
    enter_password,
    enter_username,
    finish,
    keep_recovery_codes,
    match_number,
    prepare,
    scan_qr,
)

FIRST_CONNECTION = Journey(
    journey_names.FIRST_CONNECTION,
    _l("Your first connection"),
    (
        prepare.step,
        enter_username.step,
        enter_password.step,
        choose_authenticator.step,
        scan_qr.step,
        either(match_number.step, enter_code.step),
        change_password.step,
        keep_recovery_codes.step,
        finish.step,
    ),
)
