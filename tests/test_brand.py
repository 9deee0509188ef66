"""The operator's colour: always readable, whatever was chosen."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.page_client import PageClient
from wizard.brand import DARK_WALL, ON_DARK, ON_STREET, STREET, WHITE, _rgb, brand_style, contrast

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def colours_of(style: str) -> tuple[dict[str, str], dict[str, str]]:
    light, dark = style.split("@media", 1)
    read = re.compile(r"--([\w-]+):(#[0-9a-f]{6})")
    return dict(read.findall(light)), dict(read.findall(dark))


def test_without_a_colour_the_green_stays() -> None:
    assert brand_style("") is None


@given(COLOURS)
@settings(max_examples=200, deadline=None)
def test_whatever_the_colour_everything_can_be_read(colour: str) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11, with the margin that the look asks for."""
    style = brand_style(colour)
    assert style is not None
    light, dark = colours_of(style)
    assert contrast(_rgb(light["accent"]), _rgb(STREET)) >= ON_STREET - 0.1
    assert contrast(_rgb(light["accent"]), _rgb(WHITE)) >= 4.5
    assert contrast(_rgb(dark["accent"]), _rgb(DARK_WALL)) >= ON_DARK - 0.1
    assert contrast(_rgb(dark["accent"]), _rgb(dark["on-accent"])) >= 4.5
    assert contrast(_rgb(dark["door"]), _rgb(DARK_WALL)) >= 2.9


def test_a_colour_that_can_be_read_already_is_left_as_it_is() -> None:
    assert colours_of(str(brand_style("#0d3c59")))[0]["accent"] == "#0d3c59"


def test_contrast_is_what_the_guideline_says() -> None:
    black, white = _rgb("#000000"), _rgb("#ffffff")
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(white, black) == pytest.approx(21)
    assert contrast(_rgb("#767676"), white) == pytest.approx(4.54, abs=0.01)


@pytest.mark.settings(brand_colour="#b00020", brand_name="Corail <b>")
def test_the_pages_carry_colour_and_name(client: PageClient) -> None:
    page = client.get("/")
    assert "--accent:#" in page.find("style").get_text()
    assert "Corail <b>" in page.text
    assert "Corail <b>" not in page.html
