"""Reading the profile's data file, and refusing one that could not be asked.

The file is TOML: `[[section]]` with `id`, `title` and `[[section.question]]`s; words are `{en = "…", fr = "…", …}` with English at
least. It is checked whole at the start, and every problem is named.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from wizard.domain.organisation_rights import OFFICE_KINDS, ORGANISATION_KINDS
from wizard.domain.profile import CHOICES, KINDS, TEXTS, Option, Profile, Question, Section
from wizard.words import NO_WORDS, Words

SOURCE_LANGUAGE = "en"
LONGEST_ID = 60  # characters
LONGEST_WORDS = 500  # characters
LONGEST_ANSWER = 1000  # characters; a cell of an import holds as many
LONGEST_SECTION = 6000  # characters of all its texts: a form carries 64 KB, and one character may take nine bytes of it
FIRST_YEAR = 1800
FEWEST_OPTIONS = 2
USUAL_LENGTH = {"text": 150, "long-text": 1000, "web-address": 300}
HIGHEST_NUMBER = 10**15

_SECTION_KEYS = frozenset({"id", "title", "question"})
_KEYS = frozenset({"id", "type", "label", "hint", "mandatory", "office_kinds", "organisation_kinds"})
_KEYS_OF = {kind: _KEYS | {"longest"} for kind in TEXTS} | {kind: _KEYS | {"options"} for kind in CHOICES}
_KEYS_OF |= {"number": _KEYS | {"minimum", "maximum"}, "year": _KEYS | {"minimum", "maximum"}, "yes-no": _KEYS}
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TAG = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]+)*")


class ProfileRefused(Exception):
    """The file cannot be used; `problems` names every reason in a sentence."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


@lru_cache(maxsize=8)
def profile_at(path: str) -> Profile:
    """The profile that the file at `path` declares, the invented one for "". Read once. Raises `ProfileRefused`."""
    try:
        if path:
            text = Path(path).read_text(encoding="utf-8")
        else:
            text = files("wizard.domain").joinpath("data", "profile.toml").read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise ProfileRefused([f"{Path(path).name} cannot be read ({error.strerror})."]) from None
    except ValueError as error:
        raise ProfileRefused([f"{Path(path).name} is not TOML in UTF-8: {error}"]) from None
    return profile_of(content)


def profile_of(content: Mapping[str, Any]) -> Profile:
    """The profile that a parsed file declares. Raises `ProfileRefused`."""
    reader = _Reader()
    sections = reader.sections(content)
    if reader.problems:
        raise ProfileRefused(reader.problems)
    return Profile(sections)


class _Reader:
    """Goes through the file once and collects what is wrong; what it returns counts only when nothing is."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def sections(self, content: Mapping[str, Any]) -> tuple[Section, ...]:
        self._unknown("The file", content, {"section"})
        found = tuple(self._section(n, each) for n, each in enumerate(self._tables("The file", content, "section"), 1))
        self._twice("The section", (section.id for section in found))
        self._twice("The question", (question.id for section in found for question in section.questions))
        return found

    def _section(self, number: int, given: Mapping[str, Any]) -> Section:
        name = self._id(f"Section {number}", given)
        where = f"Section “{name}”"
        self._unknown(where, given, _SECTION_KEYS)
        tables = self._tables(where, given, "question")
        questions = tuple(self._question(where, n, each) for n, each in enumerate(tables, 1))
        length = sum(question.longest for question in questions)
        if length > LONGEST_SECTION:
            self.problems.append(
                f"{where}: its texts may have {length} characters together; {LONGEST_SECTION} is the most. Split it."
            )
        return Section(name, self._words(where, given, "title"), questions)

    def _question(self, section: str, number: int, given: Mapping[str, Any]) -> Question:
        name = self._id(f"{section}, question {number}", given)
        where = f"Question “{name}”"
        kind = next((each for each in KINDS if each == given.get("type")), None)
        if kind is None:
            self.problems.append(f"{where}: the type {given.get('type')!r} is none of {', '.join(KINDS)}.")
            kind = "yes-no"
        else:
            self._unknown(where, given, _KEYS_OF[kind])
        mandatory = given.get("mandatory", False)
        if not isinstance(mandatory, bool):
            self.problems.append(f"{where}: mandatory is true or false.")
        lowest, highest = self._limits(where, kind, given)
        return Question(
            id=name,
            kind=kind,
            words=self._words(where, given, "label"),
            hint=self._words(where, given, "hint") if "hint" in given else NO_WORDS,
            mandatory=mandatory,
            longest=self._longest(where, kind, given) if kind in TEXTS else 0,
            lowest=lowest,
            highest=highest,
            options=self._options(where, given) if kind in CHOICES else (),
            office_kinds=self._kinds(where, given, "office_kinds", OFFICE_KINDS),
            organisation_kinds=self._kinds(where, given, "organisation_kinds", ORGANISATION_KINDS),
        )

    def _options(self, where: str, given: Mapping[str, Any]) -> tuple[Option, ...]:
        tables = self._tables(where, given, "options")
        options = []
        for number, each in enumerate(tables, 1):
            name = self._id(f"{where}, option {number}", each)
            self._unknown(f"{where}, option “{name}”", each, {"id", "label"})
            options.append(Option(name, self._words(f"{where}, option “{name}”", each, "label")))
        if tables and len(options) < FEWEST_OPTIONS:
            self.problems.append(f"{where} needs {FEWEST_OPTIONS} options or more.")
        self._twice(f"{where}, option", (option.id for option in options))
        return tuple(options)

    def _longest(self, where: str, kind: str, given: Mapping[str, Any]) -> int:
        longest = self._whole(where, given, "longest", USUAL_LENGTH[kind])
        if not 1 <= longest <= LONGEST_ANSWER:
            self.problems.append(f"{where}: longest is from 1 to {LONGEST_ANSWER} characters.")
        return longest

    def _limits(self, where: str, kind: str, given: Mapping[str, Any]) -> tuple[int, int | None]:
        lowest = self._whole(where, given, "minimum", FIRST_YEAR if kind == "year" else 0)
        highest = self._whole(where, given, "maximum", -1) if "maximum" in given else None
        if lowest < 0 or (highest is not None and not lowest <= highest <= HIGHEST_NUMBER):
            self.problems.append(
                f"{where}: minimum is 0 or more, and maximum not less than it nor over {HIGHEST_NUMBER}."
            )
        return lowest, HIGHEST_NUMBER if kind == "number" and highest is None else highest

    def _whole(self, where: str, given: Mapping[str, Any], key: str, usual: int) -> int:
        value = given.get(key, usual)
        if isinstance(value, bool) or not isinstance(value, int):
            self.problems.append(f"{where}: {key} needs a whole number.")
            return usual
        return value

    def _kinds(self, where: str, given: Mapping[str, Any], key: str, known: tuple[str, ...]) -> frozenset[str]:
        value = given.get(key, list(known))
        if not isinstance(value, list) or not value or not all(each in known for each in value):
            self.problems.append(f"{where}: {key} is a list of {', '.join(known)}.")
            return frozenset()
        return frozenset(value)

    def _words(self, where: str, given: Mapping[str, Any], key: str) -> Words:
        value = given.get(key)
        if not isinstance(value, Mapping) or not all(isinstance(text, str) and text.strip() for text in value.values()):
            self.problems.append(f'{where}: {key} needs words such as {{en = "…", fr = "…"}}.')
            return NO_WORDS
        if SOURCE_LANGUAGE not in value:
            self.problems.append(f"{where}: {key} has no {SOURCE_LANGUAGE}, which stands in for missing languages.")
        for tag, text in value.items():
            if not _TAG.fullmatch(tag):
                self.problems.append(f"{where}: {key} names {tag!r}, which is not a language tag.")
            if len(text) > LONGEST_WORDS or not text.isprintable():
                self.problems.append(f"{where}: {key} in {tag} must stand on one line of {LONGEST_WORDS} characters.")
        # English first: Words falls back to its first text.
        ordered = sorted(value.items(), key=lambda pair: pair[0] != SOURCE_LANGUAGE)
        return Words(tuple((tag, text.strip()) for tag, text in ordered))

    def _tables(self, where: str, given: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        value = given.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(each, Mapping) for each in value):
            self.problems.append(f"{where} has no {key}.")
            return []
        return value

    def _id(self, where: str, given: Mapping[str, Any]) -> str:
        name = given.get("id")
        if not isinstance(name, str) or not _ID.fullmatch(name) or len(name) > LONGEST_ID:
            self.problems.append(f"{where}: the id {name!r} needs small letters, digits and single dashes.")
        return str(name)

    def _unknown(self, where: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
        for name in sorted(set(given) - set(known)):
            self.problems.append(f"{where} does not take “{name}”.")

    def _twice(self, what: str, names: Iterable[str]) -> None:
        self.problems += [
            f"{what} “{name}” is there {count} times." for name, count in Counter(names).items() if count > 1
        ]
