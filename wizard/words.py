"""A text of the operator, in one language for everybody or in several."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """`texts` are pairs of language tag and text; the tag "" stands for every language. Empty means: not said."""

    texts: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return any(text for _, text in self.texts)

    def in_language(self, tag: str) -> str:
        """The text for `tag`, else that of the same language elsewhere ("fr" for "fr-CA"), else the first."""
        held = dict(self.texts)
        return held.get(tag) or held.get(tag.split("-", maxsplit=1)[0]) or next(iter(held.values()), "")


NO_WORDS = Words()


def read_words(value: object) -> Words:
    """Read a setting: a plain text, a table of tag and text, or that table as JSON. Raises ValueError."""
    if isinstance(value, Words):
        return value
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = json.loads(value)
    if isinstance(value, str):
        return Words((("", value.strip()),)) if value.strip() else Words()
    if isinstance(value, Mapping) and all(isinstance(item, str) for item in (*value, *value.values())):
        return Words(tuple(value.items()))
    raise ValueError('needs a text, or one for each language such as {en = "…", fr = "…"}.')
