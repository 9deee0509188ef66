"""Everything that the card can say has words: steps, sentences, events, reasons, acts, methods."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from flask import Flask

from tests.architecture.imports import PRODUCT
from wizard.domain import desk_words, desk_words_events, desk_words_refusals, password_rules
from wizard.domain.desk_rights import ACTS, Reason
from wizard.domain.desk_words_refusals import Numbers, field_of, refusal_words
from wizard.domain.desk_words_sentences import BESIDES, REFUSED, SENTENCES, WAITS, sentence
from wizard.journeys import JOURNEYS
from wizard.models import outbox
from wizard.services import audit, resets
from wizard.services.desk_standing import State

STEPS = sorted({step.slug for journey in JOURNEYS.values() for step in journey.steps})
ASKS_A_SECRET = {
    "enter-password",
    "verify-email",
    "enter-code",
    "match-number",
    "use-recovery-code",
    "keep-recovery-codes",
}


def _reasons_of(module: ast.AST) -> Iterator[str]:
    """The second argument of each `StepRefused(…)` that is written out."""
    for call in _calls_in(module):
        if call.func.id == "StepRefused" and isinstance(call.args[1], ast.Constant):
            yield str(call.args[1].value)


def _calls_in(module: ast.AST) -> Iterator[Any]:
    return (node for node in ast.walk(module) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# What several steps refuse alike stands in a function of forms.py, which each of them calls.
SHARED = {
    function.name: set(_reasons_of(function))
    for function in _parsed(PRODUCT / "steps" / "forms.py").body
    if isinstance(function, ast.FunctionDef)
}
REASONS = sorted(
    {
        (slug, reason)
        for slug in STEPS
        for module in [_parsed(PRODUCT / "steps" / f"{slug.replace('-', '_')}.py")]
        for reason in {*_reasons_of(module)}.union(*(SHARED.get(call.func.id, set()) for call in _calls_in(module)))
    }
)
PASSWORD_PROBLEMS = sorted(
    {
        str(node.args[0].value)
        for node in ast.walk(ast.parse(Path(password_rules.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem"
        and isinstance(node.args[0], ast.Constant)
    }
)  # fmt: skip


@pytest.mark.parametrize("slug", STEPS)
def test_every_step_has_a_name_and_something_to_say(app_context: Flask, slug: str) -> None:
    assert str(desk_words.STEP_WORDS[slug])
    for state in (WAITS, REFUSED):
        said = str(SENTENCES[slug][state])
        assert said[0].isupper()
        assert said[-1] in ".?"
        assert len(said.split()) <= 45, "Nobody listens to more on the telephone."
    if slug in ASKS_A_SECRET and slug != "match-number":
        assert "Do not" in str(SENTENCES[slug][WAITS])


def test_no_sentence_is_for_a_step_that_is_not_there() -> None:
    assert set(SENTENCES) == set(STEPS)


def test_who_has_no_page_open_is_told_something_too() -> None:
    without_page = set(get_args(State)) - {"here", "finished"}
    assert without_page == {state for state in BESIDES if ":" not in state}
    assert set(get_args(State)) | {"here-since"} == set(desk_words.STATE_WORDS)


def test_a_reason_with_words_of_its_own_comes_before_the_others() -> None:
    assert sentence("enter-code", ["clock", REFUSED, WAITS]) is SENTENCES["enter-code"]["clock"]
    assert sentence("enter-code", ["wrong-code", REFUSED, WAITS]) is SENTENCES["enter-code"][REFUSED]
    assert sentence(None, ["invited:first-connection", "invited"]) is BESIDES["invited"]


def test_every_audit_event_has_words(app: Flask) -> None:
    """With the application made, every module that declares events has been imported."""
    kinds = {key.partition(":")[0] for key in desk_words_events.EVENT_WORDS}
    assert set(audit.FIELDS) - kinds == set()
    assert len(audit.FIELDS) > 40


def test_every_act_of_an_agent_has_words() -> None:
    assert set(desk_words_events.ACT_WORDS) == set(ACTS)


def test_an_event_names_the_act(app_context: Flask) -> None:
    said = desk_words_events.event_words("desk-act", {"act": "reset-step", "turn": "undone"})
    assert said == "An agent’s act was undone: a step reset."
    assert desk_words_events.event_words("desk-act", {"act": "{act}", "turn": "done"}) == "An agent acted: {act}."
    undone = {"act": "reset-step", "step": "change-password", "turn": "undone", "reason": "asked"}
    assert (
        desk_words_events.event_words("desk-act", undone, "Ines") == "An agent’s act was undone: “New password” reset."
    )


@pytest.mark.parametrize("step", sorted(resets.RESETS))
@pytest.mark.parametrize("reason", get_args(Reason))
def test_a_reset_is_told_with_its_step_its_agent_and_its_reason(app_context: Flask, step: str, reason: Reason) -> None:
    payload = {"act": "reset-step", "step": step, "turn": "done", "reason": reason}
    why = str(desk_words_events.ACT_REASON_WORDS[reason])
    said = desk_words_events.event_words("desk-act", payload, "{step} Kouma")
    assert said == f"“{desk_words.STEP_WORDS[step]}” was reset by {{step}} Kouma: {why}."
    assert desk_words_events.names_actor("desk-act", payload)
    assert not desk_words_events.names_actor("desk-act", payload | {"turn": "asked"})


def test_an_event_without_words_is_said_by_its_name(app_context: Flask) -> None:
    assert desk_words_events.event_words("something-new", None) == "something-new"


def test_a_detail_chooses_the_sentence(app_context: Flask) -> None:
    assert "right number" in desk_words_events.event_words("approval-answered", {"answer": "yes"})
    assert desk_words_events.event_words("password-proven", {"method": "own"}) == "Entered the right password."


@pytest.mark.parametrize(("slug", "reason"), REASONS)
def test_every_reason_of_a_step_has_the_words_of_the_page(app_context: Flask, slug: str, reason: str) -> None:
    assert reason in desk_words_events.REASON_WORDS
    said = str(refusal_words(slug, reason, Numbers(3, "10:05")))
    assert said != str(refusal_words("", "", Numbers()))
    assert "%(" not in said
    assert isinstance(field_of(slug, reason), str)


def test_the_reasons_of_the_steps_were_found() -> None:
    assert len(REASONS) > 20, REASONS
    assert len(PASSWORD_PROBLEMS) >= 8, PASSWORD_PROBLEMS


@pytest.mark.parametrize("problem", PASSWORD_PROBLEMS)
def test_every_fault_of_a_password_has_words(app_context: Flask, problem: str) -> None:
    assert problem in desk_words_events.REASON_WORDS
    said = str(refusal_words("change-password", problem, Numbers()))
    assert said != str(refusal_words("", "", Numbers()))
    assert field_of("change-password", problem) == "new_password"


def test_the_figures_of_a_refusal_are_live(app_context: Flask) -> None:
    assert "1 try is left" in str(refusal_words("enter-password", "wrong-password", Numbers(1)))
    assert "2 tries are left" in str(refusal_words("enter-password", "wrong-password", Numbers(2)))
    assert "until 10:05" in str(refusal_words("enter-code", "paused", Numbers(0, "10:05")))


def test_every_state_of_a_mail_has_words() -> None:
    states = {outbox.WAITING, outbox.HANDED_OVER, outbox.REFUSED, outbox.GIVEN_UP}
    assert states <= set(desk_words.MAIL_STATE_WORDS)
    assert desk_words_refusals.FIELDS.keys() <= set(STEPS)
