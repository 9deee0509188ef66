"""The list of common passwords (DESIGN section 5; ASVS 5.0, 6.2.4; NIST SP 800-63B, 3.1.1.2).

The list lies beside this module, packed; data/NOTICE.txt names its source, version and licence.
"""

import lzma
import unicodedata
from functools import cache
from importlib.resources import files

_LONGEST = 64
"""Characters of the longest password on the list; a longer one needs no folding and no look-up."""


def is_common(password: str) -> bool:
    """Tell whether a password is on the list, whatever its capitals.

    Exact but for case and normal form (NFC): nothing is stripped from it, no letter is taken for another.
    """
    if not password or len(password) > 4 * _LONGEST:
        return False
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", password).casefold())
    return len(folded) <= _LONGEST and _has_line(_lines(), folded.encode("utf-8", "replace"))


@cache
def _lines() -> bytes:
    # One sorted text of 3.5 MB: as a set of strings the same list would take ten times the memory in each process.
    return lzma.decompress(files("wizard.domain").joinpath("data", "common_passwords.txt.xz").read_bytes())


def _has_line(lines: bytes, wanted: bytes) -> bool:
    """Search by halves in newline-ended lines that are sorted by their bytes."""
    if b"\n" in wanted:
        return False
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high) // 2
        start = lines.rfind(b"\n", low, middle) + 1 or low
        end = lines.index(b"\n", middle)
        line = lines[start:end]
        if line == wanted:
            return True
        if line < wanted:
            low = end + 1
        else:
            high = start
    return False
