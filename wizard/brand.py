"""The operator's colour: the accent is darkened or lightened until it can be read, nothing else changes (look, section 5)."""

from __future__ import annotations

from functools import lru_cache

STREET, DARK_WALL, WHITE = "#e6e2da", "#20262a", "#ffffff"
ON_STREET, ON_DARK = 5.5, 7.0
DOOR_AT_NIGHT = 3.0
STEPS = 100

Rgb = tuple[float, float, float]


@lru_cache(maxsize=8)
def brand_style(colour: str) -> str | None:
    """Custom properties for `colour` (six hexadecimal digits), None when the installation keeps Perron's green."""
    if not colour:
        return None
    own = _rgb(colour)
    light = _until(own, (0.0, 0.0, 0.0), STREET, ON_STREET)
    dark = _until(own, (1.0, 1.0, 1.0), DARK_WALL, ON_DARK)
    door = _until(light, (1.0, 1.0, 1.0), DARK_WALL, DOOR_AT_NIGHT)
    soft = _mixed(_rgb(WHITE), light, 0.1)
    on_dark = _mixed(light, (0.0, 0.0, 0.0), 0.75)
    return (
        f":root{{--accent:{_hex(light)};--on-accent:#ffffff;--soft:{_hex(soft)};--door:{_hex(light)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{_hex(dark)};--on-accent:{_hex(on_dark)};"
        f"--soft:{_hex(_mixed(_rgb(DARK_WALL), door, 0.25))};--door:{_hex(door)}}}}}"
    )


def contrast(first: Rgb, second: Rgb) -> float:
    """The contrast ratio of two colours (WCAG 2.2, 1.4.3)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _until(colour: Rgb, towards: Rgb, ground: str, ratio: float) -> Rgb:
    for step in range(STEPS + 1):
        mixed = _mixed(colour, towards, step / STEPS)
        if contrast(mixed, _rgb(ground)) >= ratio:
            return mixed
    return towards


def _mixed(first: Rgb, second: Rgb, share: float) -> Rgb:
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
