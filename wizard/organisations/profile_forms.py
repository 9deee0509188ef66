"""The form of one section: what it shows, what is read from a post, and answers in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import format_decimal
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from wizard.domain import profile_answers
from wizard.domain.profile import Question, Section
from wizard.domain.profile_answers import NO, YES, Answer, AnswerRefused, NotOffered, print_of
from wizard.journeys.drawing import FieldError
from wizard.locale import in_words
from wizard.services.profiles import Clash


@dataclass(frozen=True)
class Field:
    """One question as the page draws it.

    `typed` are the texts in the form, `shown` is the print of the answer that the page is drawn over, `error` the sentence at the field,
    `now` somebody else's answer, line by line, which stands beside what was typed; None when there is nothing to stand beside.
    """

    question: Question
    typed: list[str]
    shown: str
    error: str = ""
    now: list[str] | None = None

    @property
    def name(self) -> str:
        return f"answer-{self.question.id}"

    @property
    def target(self) -> str:
        """The id of what takes the focus when the summary's link is followed."""
        return f"{self.name}-{self.options[0][0]}" if self.options else self.name

    @property
    def shown_name(self) -> str:
        return f"shown-{self.question.id}"

    @property
    def options(self) -> list[tuple[str, str]]:
        """Value and words of each answer that can be pressed, none for a text; an answer given can also be taken back."""
        if self.question.kind == "yes-no":
            offered = [(YES, _("Yes")), (NO, _("No"))]
        else:
            offered = [(option.id, in_words(option.words)) for option in self.question.options]
        given = self.shown != print_of(None) or any(self.typed)
        one = self.question.kind in {"choice", "yes-no"}
        return [*offered, ("", _("No answer"))] if one and given else offered


@dataclass
class Sent:
    """What a post of this section holds: `typed` as it came, `given` where it could be read, else the sentence in `errors`."""

    typed: dict[str, list[str]] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    given: dict[str, Answer | None] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def fresh(section: Section, answers: Mapping[str, Any]) -> list[Field]:
    """The fields as they stand before anything is typed."""
    return [_fresh(question, answers.get(question.id)) for question in section.questions]


def sent(section: Section, this_year: int) -> Sent:
    """Read this request's form. A question that its page did not have, because the file has changed since, is left alone.

    Raises BadRequest for what no page of ours sends: repeated fields, files, options that were not offered (SEC-04).
    """
    found = Sent()
    for question in section.questions:
        name, shown = f"answer-{question.id}", request.form.getlist(f"shown-{question.id}")
        if name in request.files or len(shown) > 1:
            raise BadRequest
        if not shown:
            continue
        texts = request.form.getlist(name)
        pressed = question.kind in {"choice", "choices", "yes-no"}
        if (not pressed and len(texts) != 1) or (question.kind != "choices" and len(texts) > 1):
            raise BadRequest
        found.typed[question.id], found.shown[question.id] = texts, shown[0]
        try:
            found.given[question.id] = profile_answers.read(question, texts, this_year)
        except NotOffered:
            raise BadRequest from None
        except AnswerRefused as refused:
            found.errors[question.id] = str(refused.message)
    return found


def refused(section: Section, post: Sent, answers: Mapping[str, Any]) -> list[Field]:
    """The fields after a post that could not be read: what was typed stays, over the same answers as before."""
    return [
        Field(question, post.typed[question.id], post.shown[question.id], post.errors.get(question.id, ""))
        if question.id in post.typed
        else _fresh(question, answers.get(question.id))
        for question in section.questions
    ]


def overtaken(section: Section, post: Sent, answers: Mapping[str, Any], clashes: list[Clash]) -> list[Field]:
    """The fields when somebody else has changed answers meanwhile: both stand there, and saving again keeps what was typed.

    What this person has not touched is drawn as it is now.
    """
    clash_of = {clash.question: clash for clash in clashes}
    fields = []
    for question in section.questions:
        clash, value = clash_of.get(question.id), answers.get(question.id)
        touched = question.id in post.given and print_of(post.given[question.id]) != post.shown[question.id]
        if clash is not None:
            error = _(
                "%(name)s changed this answer while you were writing. Save again to put yours in its place.",
                name=clash.by or _("A colleague"),
            )
            fields.append(
                Field(question, post.typed[question.id], print_of(clash.value), error, in_lines(question, clash.value))
            )
        elif touched:
            fields.append(Field(question, post.typed[question.id], print_of(value)))
        else:
            fields.append(_fresh(question, value))
    return fields


def errors_of(fields: list[Field]) -> list[FieldError]:
    """What the summary says: each error with its question, because a page has many."""
    return [
        FieldError(
            each.target, _("“%(question)s”: %(error)s", question=in_words(each.question.words), error=each.error)
        )
        for each in fields
        if each.error
    ]


def in_lines(question: Question, value: Any) -> list[str]:
    """An answer in the reader's language, line by line; empty for an open one."""
    if value is None:
        return []
    if question.kind in {"choice", "choices"}:
        chosen = value if isinstance(value, list) else [value]
        return [in_words(option.words) for option in question.options if option.id in chosen]
    if question.kind == "yes-no":
        return [_("Yes") if value else _("No")]
    if question.kind == "number":
        return [str(format_decimal(value))]
    return str(value).splitlines()


def _fresh(question: Question, value: Any) -> Field:
    return Field(question, _typed(value), print_of(value))


def _typed(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return [YES if value else NO]
    return list(value) if isinstance(value, list) else [str(value)]
