"""What a search is for: the parts that must be in a text, and the marks beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.domain.search_terms import GAP, beginning
from wizard.models.search_index import kind

_SHORTEST_PART = 3


@dataclass(frozen=True)
class Wanted:
    """Parts that must all be in a text: `strict` all at beginnings of words, `loose` anywhere where the database can tell.

    `marks` must all be there besides.
    """

    strict: tuple[str, ...]
    loose: tuple[str, ...]
    marks: tuple[str, ...]

    def is_strict(self, folded: str) -> bool:
        """Whether each word of the question begins a word of the text."""
        return all(part in folded for part in self.strict)


def wanted(words: Sequence[str], marks: Sequence[str]) -> Wanted:
    """What to look for when somebody has typed these folded words (`search_terms.words`) and sees only who has these marks."""
    strict = tuple(beginning(word) for word in words)
    loose = tuple(part if by_words(part) else _loose(part) for part in strict)
    return Wanted(strict, loose, tuple(marks))


def _loose(part: str) -> str:
    inside = part.removeprefix(GAP)
    return inside if len(inside.split(GAP)[0]) >= _SHORTEST_PART else part


def by_words(part: str) -> bool:
    """Whether this part can only be found where a word begins with it."""
    how = kind()
    return how == "prefixes" or (how == "latin-trigrams" and not part.isascii())
