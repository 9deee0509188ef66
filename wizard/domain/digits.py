"""Digits as people type or paste them: of any script, with blanks, dashes and invisible marks between them."""

import unicodedata

LONGEST_CODE_TYPED = 64
"""Characters; anything longer is no code and is refused before it is looked at."""

_MINUS_SIGN = "\N{MINUS SIGN}"


def fold_digits(text: str) -> str:
    """Return a typed code with its digits as 0-9 and without blanks, dashes and marks that cannot be seen.

    Digits are those of Unicode's category Nd (Arabic-Indic, Persian, Devanagari, full-width …). Everything else stays,
    so that the caller can say that a letter was typed. A text of more than LONGEST_CODE_TYPED characters comes back
    empty at once, whatever its size: it is treated as a missing code (SEC-04). Never raises.
    """
    if len(text) > LONGEST_CODE_TYPED:
        return ""
    return "".join(_folded(character) for character in text if not _is_between_digits(character))


def _folded(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _is_between_digits(character: str) -> bool:
    # Cf holds zero-width characters, soft hyphens and the bidi marks that right-to-left pages add on copying.
    return character.isspace() or character == _MINUS_SIGN or unicodedata.category(character) in {"Cf", "Pd", "Zs"}
