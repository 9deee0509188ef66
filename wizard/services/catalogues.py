"""The catalogues: extract, merge, compile, and say what is wrong with them.

Compiled catalogues are made at the start of the application, in the instance's folder: a checkout and a wheel carry the texts that
translators read, nothing generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent if (PACKAGE.parent / "templates").is_dir() else PACKAGE
FOLDER = ROOT / "translations"
FILE = Path("LC_MESSAGES") / "messages.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "_n": (1, 2), "lazy_ngettext": (1, 2)}
JINJA = {"extensions": "jinja2.ext.i18n", "silent": "false"}
SOURCES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("wizard", "**.py", "python", {}),
    ("templates", "**.html", "jinja2", JINJA),
    ("templates", "**.txt", "jinja2", JINJA),
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
COUNTS = {"num", "count", "number"}


def tags() -> list[str]:
    """The languages that have a catalogue. English is the source and needs none."""
    return sorted(path.parent.parent.name for path in FOLDER.glob(f"*/{FILE}"))


def read(tag: str) -> Catalog:
    with (FOLDER / tag / FILE).open("rb") as file:
        return read_po(file, locale=tag.replace("-", "_"))


def extracted() -> Catalog:
    """Every text that the source marks."""
    found = Catalog(project="Perron", charset="utf-8")
    for folder, pattern, method, options in SOURCES:
        for file, line, message, comments, context in extract_from_dir(
            ROOT / folder, [(pattern, method)], {pattern: options}, keywords=KEYWORDS, strip_comment_tags=True
        ):
            found.add(message, None, [(f"{folder}/{file}", line)], auto_comments=comments, context=context)
    return found


def update() -> dict[str, int]:
    """Merge the marked texts into every catalogue; says for each language how many texts wait for a translation."""
    template = extracted()
    left = {}
    for tag in tags():
        catalogue = read(tag)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.header_comment = f"# The texts of Perron: {tag}."
        catalogue.fuzzy = False
        with (FOLDER / tag / FILE).open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=True, include_lineno=False)
        left[tag] = sum(1 for message in catalogue if message.id and not _texts(message)[0])
    return left


def compile_into(target: Path) -> list[str]:
    """Write what the running application reads below `target`, unless it is there and not older; returns the languages written."""
    written = []
    for tag in tags():
        source, compiled = FOLDER / tag / FILE, (target / tag / FILE).with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        compiled.parent.mkdir(parents=True, exist_ok=True)
        fresh = compiled.with_name(f"{compiled.name}.{id(compiled)}")
        with fresh.open("wb") as file:
            write_mo(file, read(tag))
        fresh.replace(compiled)
        written.append(tag)
    return written


def problems() -> list[str]:
    """Everything that keeps a catalogue from being complete, a sentence each."""
    source = {(message.context, _id(message)): message for message in extracted() if message.id}
    return [problem for tag in tags() for problem in _problems_of(tag, source)]


def _problems_of(tag: str, source: dict[tuple[str | None, str], Message]) -> Iterator[str]:
    if str(Locale.parse(tag.replace("-", "_"))) != tag:
        yield f"{tag}: the folder is not named as the locale is; another name falls back to English in silence."
    catalogue = read(tag)
    held = {(message.context, _id(message)): message for message in catalogue if message.id}
    for key in source.keys() - held.keys():
        yield f"{tag}: {key[1]!r} is missing."
    for key in held.keys() - source.keys():
        yield f"{tag}: {key[1]!r} is not in the source any more."
    for key in source.keys() & held.keys():
        for fault in _faults(held[key], catalogue.num_plurals):
            yield f"{tag}: {key[1]!r} {fault}"


def _faults(message: Message, plurals: int) -> Iterator[str]:
    texts = _texts(message)
    if not all(texts):
        yield "is not translated."
        return
    if message.fuzzy:
        yield "is marked fuzzy: somebody must confirm it."
    if message.pluralizable and len(texts) != plurals:
        yield f"has {len(texts)} plural forms, the language has {plurals}."
    sources = list(message.id) if isinstance(message.id, list | tuple) else [message.id]
    allowed = {name for text in sources for name in PLACEHOLDER.findall(text)}
    # "One code is left": a plural form may leave out the number, which its words say already.
    needed = allowed - COUNTS if message.pluralizable else allowed
    for text in texts:
        if not needed <= set(PLACEHOLDER.findall(text)) <= allowed:
            yield f"has other placeholders than the source: {text!r}"
        if "%" in PLACEHOLDER.sub("", text):
            yield f"has a % that begins no placeholder, at which a page stops: {text!r}"
        if not any(sorted(TAG.findall(text)) == sorted(TAG.findall(one)) for one in sources):
            yield f"has other tags than the source: {text!r}"
        if (text[:1].isspace(), text[-1:].isspace()) != (sources[0][:1].isspace(), sources[0][-1:].isspace()):
            yield f"begins or ends with other white space than the source: {text!r}"


def _id(message: Message) -> str:
    return message.id[0] if isinstance(message.id, list | tuple) else message.id


def _texts(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, list | tuple) else [message.string or ""]
