"""The profile's data file: the invented one, and what keeps another one from being used."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.settings import make_settings
from wizard.domain.profile import KINDS
from wizard.domain.profile_file import ProfileRefused, profile_at, profile_of
from wizard.settings import SettingsError
from wizard.words import Words

EN = {"en": "Words"}


def file_of(*questions: dict[str, Any], **section: Any) -> dict[str, Any]:
    return {"section": [{"id": "one", "title": EN, "question": list(questions), **section}]}


def question(**given: Any) -> dict[str, Any]:
    return {"id": "q", "type": "text", "label": EN, **given}


def problems_of(content: dict[str, Any]) -> list[str]:
    with pytest.raises(ProfileRefused) as refused:
        profile_of(content)
    return refused.value.problems


def every_words() -> list[Words]:
    found = []
    for section in profile_at("").sections:
        found.append(section.words)
        for each in section.questions:
            found += [each.words, *(option.words for option in each.options), *([each.hint] if each.hint else [])]
    return found


def test_the_invented_profile_has_seven_sections_and_every_type() -> None:
    profile = profile_at("")
    assert len(profile.sections) == 7
    assert len(profile.questions) >= 26
    assert {each.kind for each in profile.questions.values()} == set(KINDS)
    mandatory = sum(each.mandatory for each in profile.questions.values())
    assert 0 < mandatory < len(profile.questions)


def test_the_invented_profile_is_translated_whole() -> None:
    for words in every_words():
        assert {tag for tag, _text in words.texts} == {"en", "fr", "es"}, words


def test_words_fall_back_to_english() -> None:
    content = file_of(question(label={"es": "Nombre", "fr": "Nom", "en": "Name"}))
    words = profile_of(content).questions["q"].words
    assert [words.in_language(tag) for tag in ("fr", "fr-CA", "ar", "en")] == ["Nom", "Nom", "Name", "Name"]


def test_who_is_asked_depends_on_office_and_organisation() -> None:
    content = file_of(
        question(id="all"),
        question(id="hq", office_kinds=["headquarters"]),
        question(id="firm", organisation_kinds=["company"]),
    )
    profile = profile_of(content)

    def asked(office: str, organisation: str) -> list[str]:
        return [each.id for section in profile.asked(office, organisation) for each in section.questions]

    assert asked("country-office", "national-ngo") == ["all"]
    assert asked("headquarters", "national-ngo") == ["all", "hq"]
    assert asked("headquarters", "company") == ["all", "hq", "firm"]


def test_a_section_of_which_nothing_is_asked_is_left_out() -> None:
    profile = profile_of(file_of(question(office_kinds=["headquarters"])))
    assert profile.asked("country-office", "company") == ()
    assert profile.section("one", "country-office", "company") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "The file has no section."),
        ({"section": []}, "The file has no section."),
        ({**file_of(question()), "sections": 1}, "The file does not take “sections”."),
        (file_of(), "Section “one” has no question."),
        (file_of(question(), colour="red"), "Section “one” does not take “colour”."),
        (file_of(question(), title={"fr": "Un"}), "Section “one”: title has no en"),
        (file_of(question(), id="One Two"), "small letters, digits and single dashes"),
        (file_of(question(type="essay")), "Question “q”: the type 'essay' is none of text, long-text, number"),
        (file_of(question(type=["text"])), "Question “q”: the type ['text'] is none of"),
        (file_of(question(), question()), "The question “q” is there 2 times."),
        (file_of(question(id="Q!")), "small letters, digits and single dashes"),
        (file_of(question(id="x" * 61)), "small letters, digits and single dashes"),
        (file_of({"type": "text", "label": EN}), "the id None needs"),
        (file_of(question(label={"fr": "Nom"})), "Question “q”: label has no en"),
        (file_of(question(label="Name")), "Question “q”: label needs words"),
        (file_of(question(label={"en": " "})), "Question “q”: label needs words"),
        (file_of(question(label={"en": "a\nb"})), "must stand on one line"),
        (file_of(question(label={"en": "a\u202eb"})), "must stand on one line"),
        (file_of(question(label={"en": "Name", "deutsch!": "Name"})), "'deutsch!', which is not a language tag"),
        (file_of(question(hint={"es": "x"})), "Question “q”: hint has no en"),
        (file_of(question(mandatry=True)), "Question “q” does not take “mandatry”."),
        (file_of(question(mandatory="yes")), "Question “q”: mandatory is true or false."),
        (file_of(question(options=[])), "Question “q” does not take “options”."),
        (file_of(question(longest=0)), "longest is from 1 to 1000 characters"),
        (file_of(question(longest=1001)), "longest is from 1 to 1000 characters"),
        (file_of(question(longest="many")), "longest needs a whole number"),
        (file_of(question(type="number", minimum=5, maximum=4)), "maximum not less than it"),
        (file_of(question(type="number", minimum=-1)), "minimum is 0 or more"),
        (file_of(question(type="year", maximum=True)), "maximum needs a whole number"),
        (file_of(question(type="choice")), "Question “q” has no options."),
        (file_of(question(type="choice", options=[{"id": "a", "label": EN}])), "needs 2 options or more"),
        (file_of(question(type="choices", options=[{"id": "a", "label": EN}] * 2)), "option “a” is there 2 times"),
        (file_of(question(type="choices", options=["a", "b"])), "has no options"),
        (file_of(question(office_kinds=["shed"])), "office_kinds is a list of headquarters, country-office."),
        (file_of(question(organisation_kinds=[])), "organisation_kinds is a list of"),
        (
            file_of(*(question(id=f"q{n}", longest=1000) for n in range(7))),
            "its texts may have 7000 characters together",
        ),
    ],
)
def test_a_file_that_could_not_be_asked_is_refused_in_words(content: dict[str, Any], said: str) -> None:
    problems = problems_of(content)
    assert any(said in problem for problem in problems), problems


def test_every_problem_is_named_at_once() -> None:
    content = file_of(question(id="a", type="essay"), question(id="b", label={"fr": "x"}), question(id="c", longest=0))
    assert len(problems_of(content)) == 3


def test_two_sections_of_one_id_are_refused() -> None:
    content = file_of(question())
    content["section"].append({"id": "one", "title": EN, "question": [question(id="other")]})
    assert "The section “one” is there 2 times." in problems_of(content)


@pytest.mark.parametrize(
    ("text", "said"),
    [("[[section]\n", "is not TOML in UTF-8"), ("", "has no section"), ("\x00", "is not TOML in UTF-8")],
)
def test_an_installation_does_not_start_with_a_broken_profile(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        make_settings(tmp_path, profile_file=str(path))
    assert any(problem.startswith("PROFILE_FILE: ") and said in problem for problem in refused.value.problems)


def test_an_installation_does_not_start_without_the_file_that_it_names(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        make_settings(tmp_path, profile_file=str(tmp_path / "gone.toml"))
    assert refused.value.problems == ["PROFILE_FILE: gone.toml cannot be read (No such file or directory)."]


def test_an_installation_s_own_file_takes_the_place_of_the_invented_one(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        '[[section]]\nid = "one"\ntitle = { en = "One" }\n'
        '[[section.question]]\nid = "q"\ntype = "yes-no"\nmandatory = true\nlabel = { en = "Really?" }\n',
        encoding="utf-8",
    )
    settings = make_settings(tmp_path, profile_file=str(path))
    assert list(profile_at(settings.profile_file).questions) == ["q"]


def test_the_shipped_file_is_read_as_it_is_written() -> None:
    path = Path(__file__).resolve().parents[2] / "wizard" / "domain" / "data" / "profile.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [each["id"] for each in content["section"]] == [section.id for section in profile_at("").sections]
