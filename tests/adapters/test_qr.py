"""QR codes: what a phone reads from the picture is what was drawn."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image, ImageDraw

from tests.support.chromium import decode_qr
from wizard.adapters import qr

TEXTS = [
    "https://access.tamaris.example/i/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE",
    "otpauth://totp/Tamaris%20Relief:lea.morel?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Tamaris%20Relief",
    "Léa – 漢字",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_picture_says_the_text(text: str) -> None:
    assert decode_qr(qr.png(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_the_drawing_says_the_text(text: str) -> None:
    assert decode_qr(drawn(str(qr.svg(text)))) == text


def test_the_drawing_is_small_and_holds_no_text_of_its_own() -> None:
    svg = str(qr.svg(TEXTS[1]))
    assert len(svg) < 12_000
    assert "JBSWY3DP" not in svg
    assert "<rect" not in svg
    assert 'aria-hidden="true"' in svg


def test_a_quiet_zone_of_four_modules_is_around_it() -> None:
    image = Image.open(io.BytesIO(qr.png(TEXTS[0]))).convert("L")
    edge = 4 * 8
    assert image.crop((0, 0, image.width, edge)).getextrema() == (255, 255)
    assert image.crop((0, 0, edge, image.height)).getextrema() == (255, 255)
    assert image.crop((edge, edge, edge + 8, edge + 8)).getextrema() == (0, 0)


def drawn(svg: str, module: int = 6) -> bytes:
    """The SVG's runs, drawn by hand: `M x y h length` is a dark run."""
    found = re.search(r'viewBox="0 0 (\d+)', svg)
    assert found is not None
    size = int(found.group(1))
    picture = Image.new("L", (size * module, size * module), 255)
    draw = ImageDraw.Draw(picture)
    dark = svg.split('fill="#000"')[1]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", dark):
        left, top = int(x) * module, int(y) * module
        draw.rectangle((left, top, left + int(length) * module - 1, top + module - 1), fill=0)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
