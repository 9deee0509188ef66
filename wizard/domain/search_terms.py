"""How people are searched for: texts and questions are folded alike, so that case, accents and ways of writing make no difference.

Words stand behind two blanks. Three letters in a row (a trigram) are what the databases index, so the beginning of a word is one of
these too, even a beginning of one letter. Scripts that put no blanks between words (Chinese, Japanese) get them around each character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST_QUESTION = 320
"""Characters of a question that are looked at: the longest address."""
LONGEST_WORD = 320
MOST_WORDS = 8
"""Words of a question that count; nobody narrows a search with a ninth."""
GAP = "  "

_WITHOUT_BLANKS = re.compile(
    "([\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff])"
)
_DROPPED = {"Mn", "Me", "Cf", "Cs"}
_ALIKE = str.maketrans(
    {
        # letters with a stroke, and joined ones, that Unicode does not take apart
        "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ŋ": "n",
        # Arabic letters that Persian, Urdu and hurried spelling write otherwise, and the stretching line
        "ی": "ي", "ى": "ي", "ک": "ك", "ہ": "ه", "ة": "ه", "ٱ": "ا", "ـ": "",
        # apostrophes and dashes
        "'": "", "’": "", "‘": "", "ʼ": "", "`": "", "´": "",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip
_ASCII = dict.fromkeys((*range(32), 127), " ") | {ord(mark): "" for mark in "'`"}


def fold(text: str) -> str:
    """Small letters without accents, vowel marks, marks of direction and apostrophes; digits as 0-9; one blank between words.

    Folding what is folded changes nothing. Never raises.
    """
    for _ in range(3):  # what one letter becomes may have to be folded itself
        before, text = text, _once(text)
        if text == before:
            break
    return " ".join(text.split())


def _once(text: str) -> str:
    if text.isascii():
        return text.lower().translate(_ASCII)
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_ALIKE)
    return "".join(_character(each) for each in plain)


def _character(character: str) -> str:
    category = unicodedata.category(character)
    if category in _DROPPED:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return " " if category == "Cc" else character


def stored_text(texts: Iterable[str | None]) -> str:
    """The text by which somebody with these names, addresses and organisations is found: each word once, behind two blanks."""
    words = dict.fromkeys(word for text in texts if text for word in fold(text).split())
    return "".join(GAP + _spaced(word) for word in words)


def words(question: str) -> tuple[str, ...]:
    """The folded words that must all be there, in any order. Those without a letter or a digit say nothing and are left out."""
    typed = dict.fromkeys(fold(question[:LONGEST_QUESTION]).split())
    telling = (word for word in typed if any(character.isalnum() for character in word))
    return tuple(_spaced(word) for word in telling)[:MOST_WORDS]


def beginning(word: str) -> str:
    """What a text has inside when one of its words begins with `word`."""
    return GAP + word


def trigrams(part: str) -> tuple[str, ...]:
    """The different trigrams of a part of a text; none when it is shorter.

    Where more letters follow, the one that only says "a word begins with this letter" is left out.
    """
    first = 1 if part.startswith(GAP) and len(part) > 3 else 0
    return tuple(dict.fromkeys(part[at : at + 3] for at in range(first, len(part) - 2)))


def _spaced(word: str) -> str:
    parts = _WITHOUT_BLANKS.sub(r" \1 ", word[:LONGEST_WORD]).split()
    return GAP.join(parts)
