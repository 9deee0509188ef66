"""How many bytes each page sends, compressed as the application sends it, against the budget of DESIGN, section 6.

`python -m tests.benchmarks.bytes`; the exit status is 1 when a page is over its budget.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

from flask import Flask

from tests.benchmarks.installation import installation, table
from tests.support.moved import HEADQUARTERS, moved, prove_address
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, mailed_code, place_at, sign_in

PAGE, FIRST_VIEW, SCRIPTS = 14_000, 30_000, 6_000
STATIC = Path(__file__).resolve().parents[2] / "static"
FILES = re.compile(r'(?:src|href)="/static/([^"?]+)')


def compressed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def pages(app: Flask) -> dict[str, Page]:
    """Every page that a person may meet, by name."""
    found: dict[str, Page] = {}

    def keep(page: Page, name: str = "") -> Page:
        found[name or (f"{page.journey}/{page.step}" if page.step else str(page.page))] = page
        return page

    guest, person = invite(app), completed(app, "lea.morel")
    client, other = PageClient(app), PageClient(app)
    for path, name in (
        ("/", ""),
        ("/first-time", ""),
        ("/guide/first-connection", "guide"),
        ("/nowhere", "problem: not found"),
    ):
        keep(client.get(path), name)
    keep(other.get(guest.button), "invitation")
    for step in (
        "prepare",
        "enter-username",
        "enter-password",
        "choose-authenticator",
        "enter-code",
        "change-password",
        "finish",
    ):
        keep(place_at(client, "first-connection", step, guest))
    refused = PageClient(app)
    keep(place_at(refused, "sign-in", "enter-username", person))
    page = keep(place_at(refused, "sign-in", "enter-password", person))
    keep(page.press(password="not the right one"), "sign-in/enter-password refused")
    keep(page.press(password=person.password))
    forgetful = PageClient(app)
    page = keep(place_at(forgetful, "forgotten-password", "verify-email", person))
    page.press(code=mailed_code(app, person))
    keep(place_at(forgetful, "forgotten-password", "change-password", person))
    keep(place_at(PageClient(app), "replace-phone", "enter-password", person))
    arriving, grace = PageClient(app), moved(app, "grace@harbour.example", office=HEADQUARTERS, role="administrator")
    for step in ("enter-email", "verify-email", "create-password", "check-details", "finish"):
        keep(place_at(arriving, "migrated-account", step, grace))
    stranger = PageClient(app)
    keep(prove_address(stranger, "nobody@elsewhere.example"))
    for path in (
        "/organisation",
        "/organisation/people",
        "/organisation/people/invite",
        f"/organisation/offices/{grace.office_id}",
    ):
        keep(arriving.get(path), path.replace(grace.office_id, "<office>"))
    inside = PageClient(app)
    sign_in(inside, person)
    keep(inside.get("/account"))
    keep(inside.get("/account/password"), "account/password")
    return found


def measure(found: dict[str, Page]) -> tuple[list[tuple[object, ...]], list[str]]:
    rows: list[tuple[object, ...]] = []
    over: list[str] = []
    for name, page in found.items():
        files = sorted(set(FILES.findall(page.html)))
        sizes = {file: compressed((STATIC / file).read_bytes()) for file in files}
        html = compressed(page.body)
        css = sum(size for file, size in sizes.items() if file.endswith(".css"))
        js = sum(size for file, size in sizes.items() if file.endswith(".js"))
        whole = html + sum(sizes.values())
        rows.append((name, html, css, html + css, js, whole))
        over += [
            f"{name}: {what} is {size} bytes, {limit} are allowed."
            for what, size, limit in (
                ("HTML and CSS", html + css, PAGE),
                ("the first view", whole, FIRST_VIEW),
                ("scripts", js, SCRIPTS),
            )
            if size > limit
        ]
    return rows, over


def main() -> int:
    with installation() as app:
        rows, over = measure(pages(app))
    print(
        table(
            (
                "page",
                "html",
                "css",
                f"html+css (<= {PAGE})",
                f"scripts (<= {SCRIPTS})",
                f"first view (<= {FIRST_VIEW})",
            ),
            rows,
        )
    )
    print("\n".join(over) or "Every page is within its budget.")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
