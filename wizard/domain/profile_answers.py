"""Answers to the questions of the profile: read from what was typed, pressed or imported, and judged by their type."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from wizard.domain.profile import CHOICES, NUMBERS, TEXTS, Question

Answer = str | int | bool | list[str]
YES, NO = "yes", "no"
SEPARATOR = "|"
"""Between the options of one imported answer."""
_YES_OR_NO = {YES: True, NO: False}
_IMPORTED_YES_OR_NO = {"yes": YES, "true": YES, "1": YES, "no": NO, "false": NO, "0": NO}
_LONGEST_NUMBER = 20  # characters looked at
_LONGEST_HOST = 253  # RFC 1035
_KEPT_MARKS = frozenset("\u200c\u200d\u200e\u200f\u061c")  # Arabic, Persian and Indic texts need them


class AnswerRefused(ValueError):
    """The answer is not of the question's type; `message` says what to do."""

    def __init__(self, message: LazyString) -> None:
        self.message = message
        super().__init__()


class NotOffered(ValueError):
    """The answer is none of the options: no page of ours sends that."""


def read(question: Question, texts: Sequence[str], this_year: int) -> Answer | None:
    """The answer that `texts` give to `question`; None: it was left open.

    `texts` are what a form sends for the question, one text, or several where several may be chosen; `this_year` ends what a year may be.
    Raises `AnswerRefused`, `NotOffered`.
    """
    if question.kind in CHOICES:
        return _chosen(question, [text for text in texts if text])
    text = _visible(texts[0] if texts else "", keep_lines=question.kind == "long-text")
    return _READERS[question.kind](question, text, this_year) if text else None


def read_imported(question: Question, cell: str, this_year: int) -> Answer | None:
    """The answer that one cell of an imported file gives; None: it says nothing.

    Options are named by their id or by their words in any language of the file, several with `|` between them; yes-no is yes, no, true,
    false, 1 or 0. Raises `AnswerRefused`, `NotOffered`.
    """
    if question.kind == "choices":
        named = [_option_named(question, part) for part in cell.split(SEPARATOR) if part.strip()]
        return read(question, list(dict.fromkeys(named)), this_year)
    if question.kind == "choice" and cell.strip():
        cell = _option_named(question, cell)
    if question.kind == "yes-no" and cell.strip():
        cell = _IMPORTED_YES_OR_NO.get(cell.strip().lower(), cell)
    return read(question, [cell], this_year)


def fits(question: Question, value: object) -> bool:
    """Whether a stored value still answers the question, although the data file may have changed since it was given."""
    offered = {option.id for option in question.options}
    if question.kind == "choices":
        return (
            isinstance(value, list) and bool(value) and all(isinstance(each, str) and each in offered for each in value)
        )
    if question.kind == "choice":
        return isinstance(value, str) and value in offered
    if question.kind == "yes-no":
        return isinstance(value, bool)
    if question.kind in NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool)
    return question.kind in TEXTS and isinstance(value, str) and bool(value)


def print_of(value: object) -> str:
    """A short digest of a stored value, None for an open answer: whether it is still the one that a page has shown."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]


def _visible(text: str, *, keep_lines: bool) -> str:
    """The text without what cannot be seen: control characters, and marks that make text look like another (SEC-46).

    A NUL could not be stored by every database, and a turned direction could reach beyond the answer.
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").split("\n")
    clean = ("".join(each for each in line if _can_be_seen(each)).rstrip() for line in lines)
    return "\n".join(clean).strip() if keep_lines else " ".join(" ".join(clean).split())


def _can_be_seen(character: str) -> bool:
    return character in _KEPT_MARKS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _text(question: Question, text: str, _this_year: int) -> Answer:
    if len(text) > question.longest:
        raise AnswerRefused(
            _l(
                "Use %(longest)s characters or fewer. This has %(length)s.",
                longest=question.longest,
                length=len(text),
            )
        )
    return text


def _web_address(question: Question, text: str, this_year: int) -> Answer:
    """Https only, with a host that has a dot and without a user: what others will open from the profile."""
    _text(question, text, this_year)
    if not text.lower().startswith("https://"):
        raise AnswerRefused(_l("Start the address with https://, for example https://www.example.org."))
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    clean = not any(character.isspace() or character in "\\<>\"'" for character in text)
    whole = clean and "@" not in text.split("/")[2]
    if not whole or len(host) > _LONGEST_HOST or not all(host.split(".")) or "." not in host:
        raise AnswerRefused(
            _l("Copy the whole address from the top of your browser, for example https://www.example.org.")
        )
    return text


def _number(question: Question, text: str, _this_year: int) -> Answer:
    number = _whole(text)
    if number is None:
        raise AnswerRefused(_l("Enter a whole number in digits, for example 1200."))
    if number < question.lowest:
        raise AnswerRefused(_l("Enter %(lowest)s or more.", lowest=question.lowest))
    if question.highest is not None and number > question.highest:
        raise AnswerRefused(_l("Enter %(highest)s or less.", highest=question.highest))
    return number


def _year(question: Question, text: str, this_year: int) -> Answer:
    year, last = _whole(text), question.highest or this_year
    if year is None:
        raise AnswerRefused(_l("Enter the year with four digits, for example 1998."))
    if not question.lowest <= year <= last:
        raise AnswerRefused(_l("Enter a year from %(first)s to %(last)s.", first=question.lowest, last=last))
    return year


def _yes_or_no(_question: Question, text: str, _this_year: int) -> Answer:
    if text not in _YES_OR_NO:
        raise NotOffered
    return _YES_OR_NO[text]


def _chosen(question: Question, named: list[str]) -> Answer | None:
    """The options in the file's order, however they were sent."""
    offered = [option.id for option in question.options]
    if len(set(named)) != len(named) or not set(named) <= set(offered):
        raise NotOffered
    if question.kind == "choices":
        return [each for each in offered if each in named] or None
    if len(named) > 1:
        raise NotOffered
    return named[0] if named else None


def _whole(text: str) -> int | None:
    """Digits of any script, with blanks between thousands. A dash or a comma says something else, so it is not left out."""
    digits = "".join(text.split()) if len(text) <= _LONGEST_NUMBER else ""
    return int(digits) if digits.isdecimal() else None


def _option_named(question: Question, name: str) -> str:
    wanted = _folded(name)
    for option in question.options:
        if wanted in {_folded(option.id), *(_folded(text) for _tag, text in option.words.texts)}:
            return option.id
    return name.strip()


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


_READERS: dict[str, Callable[[Question, str, int], Answer]] = {
    "text": _text,
    "long-text": _text,
    "web-address": _web_address,
    "number": _number,
    "year": _year,
    "yes-no": _yes_or_no,
}
