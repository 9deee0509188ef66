"""A new second step for who has none left."""

from flask_babel import lazy_gettext as _l

from wizard.domain import journey_names
from wizard.journeys.model import Journey, either
from wizard.steps import (
    choose_authenticator,
    enter_code,
    enter_password,
    enter_username,
    finish,
    match_number,
    scan_qr,
    use_recovery_code,
    use_temporary_pass,
    verify_email,
)

REPLACE_PHONE = Journey(
    journey_names.REPLACE_PHONE,
    _l("A new second step"),
    (
        enter_username.step,
        enter_password.step,
        either(use_recovery_code.step, use_temporary_pass.step, verify_email.step),
        choose_authenticator.step,
        scan_qr.step,
        either(match_number.step, enter_code.step),
        finish.step,
    ),
    renews=frozenset({"authenticator"}),
)
