"""Naming a browser for people: short, from its User-Agent, never to decide more by than which words come first."""

from __future__ import annotations

FAMILIES = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
            ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
           ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip
HANDHELD = {"iPhone", "iPad", "Android"}


def _first(text: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in table if mark in text), "")


def browser_name(user_agent: str) -> str:
    """For example "Firefox, Windows"; "" for what is not known."""
    return ", ".join(part for part in (_first(user_agent, FAMILIES), _first(user_agent, SYSTEMS)) if part)


def is_handheld(user_agent: str) -> bool:
    """Whether the page is read on a phone or tablet, so that its own camera cannot see it."""
    return _first(user_agent, SYSTEMS) in HANDHELD


def favourites_kind(user_agent: str) -> str:
    """Which advice for adding a page to the favourites fits: ios, android, edge, firefox, chrome, safari or other (S-53)."""
    system = _first(user_agent, SYSTEMS)
    if system in {"iPhone", "iPad"}:
        return "ios"
    if system == "Android":
        return "android"
    family = _first(user_agent, FAMILIES).lower()
    return family if family in {"edge", "firefox", "chrome", "safari"} else "other"
