"""For every broken rule a short trace that shows it, in the machine's own acts."""

from __future__ import annotations

from typing import Any

from tests.journeys.random_people.casting import COMPLETE, ONE_PHONE, PASSWORD_ONLY, TWO_PHONES
from tests.journeys.random_people.memory import BY_NUMBER, WRONGLY
from tests.journeys.random_people.phone_acts import COPIED_COOKIE, OWN_COOKIE
from tests.journeys.random_people.players import FRESH, KNOWS_PASSWORD, OWNS_MAILBOX, PUSHER, USED

Trace = tuple[tuple[str, dict[str, Any]], ...]


def _begins(policy: str, beginning: str = COMPLETE) -> tuple[str, dict[str, Any]]:
    return "begins", {"policy": policy, "beginning": beginning}


def _walks(computer: int, journey: str, length: int) -> tuple[str, dict[str, Any]]:
    return "honest_walks", {"computer": computer, "journey": journey, "length": length, "skip": False}


def _enters(who: str, quality: str = FRESH) -> tuple[str, dict[str, Any]]:
    return "attacker_walks", {"who": who, "journey": "sign-in", "length": 9, "quality": quality}


def _tries_everything(who: str, journey: str) -> tuple[str, dict[str, Any]]:
    return "attacker_tries_everything", {"who": who, "journey": journey, "quality": FRESH}


def _walks_with_a_phone(computer: int, manner: str = BY_NUMBER) -> tuple[str, dict[str, Any]]:
    how = {"journey": "sign-in", "hand": 0, "length": 9, "manner": manner}
    return "honest_walks_with_a_phone", {"computer": computer, **how}


def _answers_his_own(by: str) -> tuple[str, dict[str, Any]]:
    return "attacker_answers_his_own_request", {"journey": "sign-in", "hand": 0, "by": by}


TRACES: dict[str, Trace] = {
    "a proof of any session counts": (
        _begins("required"),
        _enters(KNOWS_PASSWORD),
    ),
    "a bound authenticator counts as proven": (
        _begins("required"),
        _enters(KNOWS_PASSWORD),
    ),
    "anybody may enrol": (
        _begins("required"),
        _tries_everything(KNOWS_PASSWORD, "first-connection"),
    ),
    "a new password needs no factor": (
        _begins("required"),
        _tries_everything(OWNS_MAILBOX, "forgotten-password"),
    ),
    "required forgets that there was a factor": (
        _begins("offered"),
        _enters(KNOWS_PASSWORD),
    ),
    "nothing is read again in the transaction": (
        _begins("required"),
        ("honest_is_overtaken_by_an_agent", {"computer": 0, "journey": "account", "before": 0, "step": "enter-code"}),
    ),
    "the last time step is not kept": (
        _begins("required"),
        _walks(1, "sign-in", 3),
        _enters(KNOWS_PASSWORD, USED),
    ),
    "a mailed code is not used up": (
        _begins("required"),
        _walks(1, "forgotten-password", 3),
        ("who_owns_the_mailbox_presses_a_button", {"back": 1}),
    ),
    "a recovery code is not used up": (
        _begins("required"),
        ("honest_uses_a_code_of_the_paper", {"computer": 1, "journey": "sign-in", "quality": FRESH}),
        ("honest_signs_out", {"computer": 1}),
        ("honest_uses_a_code_of_the_paper", {"computer": 1, "journey": "sign-in", "quality": USED}),
    ),
    "the token stays when assurance rises": (
        _begins("required"),
        ("thief_copies_the_cookies", {"computer": 1, "journey": "sign-in", "length": 3}),
    ),
    "the replaced token still opens": (
        _begins("required"),
        ("thief_copies_the_cookies", {"computer": 1, "journey": "sign-in", "length": 3}),
    ),
    "replacing a lost authenticator is never owed": (
        _begins("required"),
        ("honest_loses_the_codes", {}),
        ("agent_resets", {"step": "enter-code"}),
    ),
    "who has none left may not enrol": (
        _begins("offered", PASSWORD_ONLY),
        _walks(0, "replace-phone", 9),
        ("agent_resets", {"step": "choose-authenticator"}),
    ),
    "a claim of any session counts": (
        _begins("required", ONE_PHONE),
        (
            "attacker_claims_her_answer",
            {"who": PUSHER, "computer": 1, "journey": "sign-in", "manner": BY_NUMBER},
        ),
    ),
    "a linked phone of anybody answers": (
        _begins("required", ONE_PHONE),
        _answers_his_own(OWN_COOKIE),
    ),
    "the number is not compared": (
        _begins("required", ONE_PHONE),
        _walks_with_a_phone(1, WRONGLY),
    ),
    "the key is not asked for": (
        _begins("required", ONE_PHONE),
        _answers_his_own(COPIED_COOKIE),
    ),
    "a number matched for signing in enrols": (
        _begins("required", ONE_PHONE),
        _walks_with_a_phone(1),
        ("honest_adds_another_app", {"computer": 1, "length": 9}),
    ),
    "a used code links again": (
        _begins("required", TWO_PHONES),
        ("attacker_opens_a_code_that_she_has_used_or_left", {"back": 1}),
    ),
}
