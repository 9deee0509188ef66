"""The profile of an office: sections of questions, declared in one data file (S-03, S-04)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

from wizard.domain.organisation_rights import OFFICE_KINDS, ORGANISATION_KINDS
from wizard.words import NO_WORDS, Words

Kind = Literal["text", "long-text", "number", "year", "choice", "choices", "yes-no", "web-address"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TEXTS: frozenset[Kind] = frozenset({"text", "long-text", "web-address"})
NUMBERS: frozenset[Kind] = frozenset({"number", "year"})
CHOICES: frozenset[Kind] = frozenset({"choice", "choices"})


@dataclass(frozen=True)
class Option:
    """One of the answers that a question offers."""

    id: str
    words: Words


@dataclass(frozen=True)
class Question:
    """One question.

    `longest` is in characters, for texts; `lowest` and `highest` limit numbers (a year without `highest` ends with this year);
    `office_kinds` and `organisation_kinds` are those that are asked.
    """

    id: str
    kind: Kind
    words: Words
    hint: Words = NO_WORDS
    mandatory: bool = False
    longest: int = 0
    lowest: int = 0
    highest: int | None = None
    options: tuple[Option, ...] = ()
    office_kinds: Collection[str] = OFFICE_KINDS
    organisation_kinds: Collection[str] = ORGANISATION_KINDS

    def is_asked(self, office_kind: str, organisation_kind: str) -> bool:
        """Whether an office of this kind, in an organisation of that kind, is asked."""
        return office_kind in self.office_kinds and organisation_kind in self.organisation_kinds


@dataclass(frozen=True)
class Section:
    """Questions that stand on one page."""

    id: str
    words: Words
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Profile:
    """Everything that the data file declares."""

    sections: tuple[Section, ...]

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Every question by its id, in the file's order."""
        return {question.id: question for section in self.sections for question in section.questions}

    def asked(self, office_kind: str, organisation_kind: str) -> tuple[Section, ...]:
        """The sections as such an office sees them: only what it is asked; a section without a question is left out."""
        seen = (
            replace(
                section, questions=tuple(q for q in section.questions if q.is_asked(office_kind, organisation_kind))
            )
            for section in self.sections
        )
        return tuple(section for section in seen if section.questions)

    def section(self, section_id: str, office_kind: str, organisation_kind: str) -> Section | None:
        """One section as such an office sees it; None: there is none, or nothing in it is asked."""
        return next((s for s in self.asked(office_kind, organisation_kind) if s.id == section_id), None)
