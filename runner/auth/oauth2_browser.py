"""The authorization code grant: a person logs in with a browser, the code comes back to this machine
(RFC 8252, 7.3: loopback redirection; RFC 7636: PKCE)."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from runner.auth.interface import AuthContext, AuthError
from runner.auth.params import ALPHANUMERIC, text

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PAGE = "<!doctype html><meta charset=utf-8><title>htrun</title><p>{} You may close this window."


def authorize(params: Mapping[str, Any], context: AuthContext) -> dict[str, str]:
    """Lets the person log in and returns the fields of the token request.

    The redirect goes to ``redirect_uri`` if that leads to this machine, else to a free port of it.

    Raises:
        AuthError: nobody is there, nobody logged in in time, or the server said no.
    """
    if not text(params, "authUrl"):
        raise AuthError("no authUrl")
    if not context.interactive:
        raise AuthError(
            "somebody has to log in (grant type authorization_code), and nobody is there: "
            "give an accessToken or a refreshToken, or run htrun in a terminal (without --parallel)"
        )
    written = text(params, "redirect_uri") or "http://127.0.0.1/callback"
    target = urlsplit(written)
    if target.scheme != "http" or target.hostname not in _LOOPBACK:
        raise AuthError(
            f"the redirect_uri {written} does not lead to this machine: set it to http://127.0.0.1:PORT/callback "
            "and allow that address at the provider"
        )
    verifier, challenge, method = _pkce(params, context)
    state = text(params, "state") or _letters(context, 32)
    try:
        server = _Listener(("127.0.0.1", target.port or 0), _Handler)
    except OSError as error:
        raise AuthError(f"cannot listen at {written}: {error.strerror or error}") from error
    with server:
        server.expected_path, server.expected_state = target.path or "/", state
        host = "[::1]" if target.hostname == "::1" else target.hostname
        redirect = f"http://{host}:{server.server_port}{target.path}"
        context.open_browser(_login_url(params, redirect, state, challenge, method))
        code = server.wait(context.login_timeout)
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}


def _login_url(params: Mapping[str, Any], redirect: str, state: str, challenge: str, method: str) -> str:
    from runner.auth.oauth2_token import extra_params

    pairs = [
        ("response_type", "code"),
        ("client_id", text(params, "clientId")),
        ("redirect_uri", redirect),
        ("scope", text(params, "scope")),
        ("state", state),
        ("code_challenge", challenge),
        ("code_challenge_method", method),
        *((name, text(params, name)) for name in ("audience", "resource")),
        *((key, value) for key, value, _ in extra_params(params, "authRequestParams")),
    ]
    url = text(params, "authUrl")
    query = urlencode([(key, value) for key, value in pairs if value], quote_via=quote)
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _pkce(params: Mapping[str, Any], context: AuthContext) -> tuple[str, str, str]:
    """Always used, as OAuth 2.1 wants it: servers that do not know it ignore it."""
    method = text(params, "challengeAlgorithm", "S256")
    if method not in ("S256", "plain"):
        raise AuthError(f'challengeAlgorithm is "{method}", not S256 or plain')
    verifier = text(params, "code_verifier") or _letters(context, 64)
    digest = hashlib.sha256(verifier.encode()).digest()
    hashed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return verifier, hashed if method == "S256" else verifier, method


def _letters(context: AuthContext, length: int) -> str:
    return "".join(context.random.choice(ALPHANUMERIC) for _ in range(length))


class _Listener(HTTPServer):
    """Waits for the one request that brings the code."""

    expected_path = "/"
    expected_state = ""
    code = ""
    error = ""

    def wait(self, seconds: float) -> str:
        end = time.monotonic() + seconds
        while not (self.code or self.error):
            self.timeout = end - time.monotonic()
            if self.timeout <= 0:
                raise AuthError(f"nobody logged in within {seconds:g} s")
            self.handle_request()
        if self.error:
            raise AuthError(f"the login failed: {self.error}")
        return self.code


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    timeout = 5  # a browser may open a connection and send nothing

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        found = dict(parse_qsl(url.query, keep_blank_values=True))
        if (url.path or "/") != self.server.expected_path or not {"code", "error"} & found.keys():
            return self._page(404, "This is not the page that was expected.")  # e.g. /favicon.ico
        if found.get("state") != self.server.expected_state:
            return self._page(400, "This answer belongs to another login.")
        if "code" in found:
            self.server.code = found["code"]
            return self._page(200, "Logged in.")
        parts = (found["error"], found.get("error_description"))
        self.server.error = ": ".join(part for part in parts if part)
        return self._page(200, "The login failed.")

    def _page(self, status: int, words: str) -> None:
        body = _PAGE.format(words).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass
