"""QR codes: as inline SVG drawn in runs, not squares, and as PNG for saving and for browsers that draw no SVG."""

from __future__ import annotations

from io import BytesIO
from itertools import groupby

import qrcode
from markupsafe import Markup
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4  # modules, ISO/IEC 18004


def _matrix(text: str) -> list[list[bool]]:
    code = qrcode.QRCode(border=QUIET_ZONE, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def svg(text: str) -> Markup:
    """`text` as an SVG element, black on white in every scheme."""
    matrix = _matrix(text)
    size = len(matrix)
    path = "".join(_row(y, row) for y, row in enumerate(matrix))
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" shape-rendering="crispEdges" aria-hidden="true">'
        '<path fill="#fff" d="M0 0h{0}v{0}H0z"/><path fill="#000" d="{1}"/></svg>'
    ).format(size, path)


def _row(y: int, row: list[bool]) -> str:
    drawn, x = "", 0
    for dark, group in groupby(row):
        length = len(list(group))
        if dark:
            drawn += f"M{x} {y}h{length}v1h-{length}z"
        x += length
    return drawn


def png(text: str, module: int = 8) -> bytes:
    """`text` as a PNG, `module` pixels a module."""
    matrix = _matrix(text)
    size = len(matrix)
    picture = Image.new("1", (size, size), 1)
    picture.putdata([0 if dark else 1 for row in matrix for dark in row])
    out = BytesIO()
    picture.resize((size * module, size * module), Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return out.getvalue()
