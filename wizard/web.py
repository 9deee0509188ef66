"""What every request passes: trusted proxies, the Host, the origin of posts; and what every answer carries.

Absolute addresses come from PUBLIC_URL only; the Host header is checked, never used (SEC-39). A header that cannot be read counts
as absent and never as trusted (CVE-2024-47070).
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from wizard.brand import brand_style
from wizard.domain import first_time
from wizard.domain.networks import address_of
from wizard.extensions import tools
from wizard.services.signed_in import signed_in_account
from wizard.services.visits import current_visit
from wizard.settings import Settings
from wizard.settings_checks import LOOPBACK_NAMES, is_local

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ALIVE = frozenset({"/healthz", "/readyz", "/metrics"})
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BODIES = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data"})
YEAR = 365 * 86400
PEER = "perron.peer"  # in the environ: who has connected, whatever a header says


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["perron"].settings
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings)  # type: ignore[method-assign]
    app.before_request(check_peer)
    app.before_request(check_host)
    app.before_request(check_address)
    app.before_request(check_origin)
    app.before_request(check_body)
    app.after_request(close_files)
    app.after_request(add_headers)
    app.context_processor(_in_templates)
    app.jinja_env.globals["minutes_of_first_time"] = first_time.MINUTES
    app.url_defaults(_version_static)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR


class TrustedProxies:
    """Takes the caller's address from X-Forwarded-For, as far as listed proxies have written it."""

    def __init__(
        self, wsgi_app: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]], settings: Settings
    ) -> None:
        self.wsgi_app = wsgi_app
        self.scheme = urlsplit(settings.public_url).scheme
        self.networks = [
            ipaddress.ip_network(item, strict=False) for item in settings.trusted_proxies if item != "unix"
        ]
        self.trusts_socket = "unix" in settings.trusted_proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = self.scheme
        environ[PEER] = environ.get("REMOTE_ADDR", "")
        environ["REMOTE_ADDR"] = self._caller(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", ""))
        return self.wsgi_app(environ, start_response)

    def _caller(self, peer: str, forwarded: str) -> str:
        address = peer
        for hop in reversed(forwarded.split(",") if forwarded else []):
            if not self._is_trusted(address):
                break
            try:
                address = str(ipaddress.ip_address(hop.strip()))
            except ValueError:
                break
        return address

    def _is_trusted(self, address: str) -> bool:
        if not address:
            return self.trusts_socket
        found = address_of(address)
        return found is not None and any(found in network for network in self.networks)


def check_peer() -> None:
    """A demonstration answers this machine only, whatever serves it: its mailbox lets everybody in as anybody.

    Its reader is whoever set it up, so the words stand here and in no catalogue.
    """
    if not tools().settings.demo:
        return
    peer = request.environ.get(PEER, "")
    found = address_of(peer)
    if peer and (found is None or not found.is_loopback):
        words = "This is a demonstration: it answers the machine only on which it runs.\n"
        raise Forbidden(response=Response(words, 403, mimetype="text/plain"))


def check_host() -> ResponseReturnValue | None:
    """Only the configured host is served; on one's own machine the other names of it lead there."""
    settings = tools().settings
    if request.path in ALIVE or request.headers.get("Host", "").lower() == settings.host:
        return None
    if is_local(settings) and _asked_host() in LOOPBACK_NAMES and request.method in {"GET", "HEAD"}:
        return redirect(settings.public_url.rstrip("/") + request.full_path.rstrip("?"), 307)
    raise BadRequest


def _asked_host() -> str:
    """The name in the Host header, "" when it cannot be read."""
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return ""


def check_address() -> None:
    """No id and no question of ours holds a NUL, which PostgreSQL would answer with a fault (SEC-04)."""
    if any("\0" in str(value) for name, value in (request.view_args or {}).items() if name.endswith("_id")):
        raise NotFound
    if any("\0" in name + value for name, value in request.args.items(multi=True)):
        raise BadRequest


def check_origin() -> None:
    """A post comes from our own pages: Sec-Fetch-Site and Origin say so where the browser sends them (SEC-36)."""
    if request.method not in UNSAFE:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != tools().settings.public_url.rstrip("/").lower():
        raise Forbidden


def check_body() -> None:
    """A post is a form. WTForms would read JSON too, whose numbers, lists and objects no field expects (SEC-04)."""
    if request.method in UNSAFE and request.mimetype not in BODIES:
        raise BadRequest


def nonce() -> str:
    """This answer's nonce, the same in its header and in its page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def content_policy() -> str:
    """The Content-Security-Policy of a page: our own files, and scripts and styles that carry this answer's nonce (SEC-37)."""
    portal = tools().settings.portal_url
    forms = "'self'" + (f" {_origin(portal)}" if portal else "")
    own = f"'nonce-{nonce()}'"
    return (
        f"default-src 'none'; script-src {own}; style-src 'self' {own}; img-src 'self'; connect-src 'self'; "
        f"frame-src 'self'; form-action {forms}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_policy())
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if tools().settings.https:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    if request.endpoint != "static" or response.status_code >= 400:
        headers["Cache-Control"] = "no-store"
        headers.add("Vary", "Cookie")
    return response


def close_files(response: Response) -> Response:
    """Compression wraps the file of a static answer and would leave it open."""
    close = getattr(response.response, "close", None)
    if response.is_streamed and close is not None:
        response.call_on_close(close)
    return response


def _in_templates() -> dict[str, Any]:
    settings = tools().settings
    return {
        "settings": settings,
        "csp_nonce": nonce(),
        "brand_style": brand_style(settings.brand_colour),
        "here": request.full_path.rstrip("?") if request else "/",
        "help_code": _help_code(),
        "signed_in": _signed_in(),
        "session_ends": None if g.get("without_database") else current_visit().idle_ends,
    }


def _help_code() -> str | None:
    return None if g.get("without_database") else current_visit().help_code


def _signed_in() -> Any:
    return None if g.get("without_database") else signed_in_account()


def _version_static(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "filename" in values:
        values["v"] = _fingerprint(str(Path(current_app.static_folder or "") / values["filename"]))


@lru_cache(maxsize=64)
def _fingerprint(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]
    except OSError:
        return "0"
