"""The HTTP side: a Flask application around the entities, which know nothing of Flask.

The order of the checks is the one of Django REST framework: URL (404, 301), key (401), accepted type (406),
method (405), body (415, 400), permission (403), then the call itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from runner.simulator import access, actions, events, groups, lifecycle, places, users
from runner.simulator.entities import Json
from runner.simulator.state import State
from runner.simulator.web import ApiError, Call, Endpoint, Reply, Routes

BASE_PATH = "/api/v2/"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
JSON_IN_FORMS = ("metadata", "location", "expected_place", "completion_location", "action_ids", "autocomplete_rule")
"""Fields that a form sends as JSON text."""


def root(call: Call) -> Reply:
    """The URLs of the entities."""
    entities = ("actions", "events", "groups", "places", "users")
    return Reply(200, {name: f"{call.url}{name}/" for name in entities})


ROUTES: Routes = {
    "": {"GET": root},
    **groups.ROUTES,
    **users.ROUTES,
    **places.ROUTES,
    **actions.ROUTES,
    **events.ROUTES,
}


def create_app(state: State | None = None) -> Flask:
    """The simulated API below ``/api/v2/``."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    kept = state or State()
    for path, methods in ROUTES.items():
        rule = BASE_PATH + path
        app.add_url_rule(
            rule,
            endpoint=f"call {path}",
            view_func=_view(kept, methods),
            methods=METHODS,
            provide_automatic_options=False,
        )
        app.add_url_rule(
            rule.rstrip("/"),
            endpoint=f"slash {path}",
            view_func=_add_slash,
            methods=METHODS,
            provide_automatic_options=False,
        )
    app.register_error_handler(HTTPException, _http_error)
    return app


def _view(state: State, methods: Mapping[str, Endpoint]) -> Any:
    allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])

    def view(id: str = "") -> Response:
        try:
            reply = _answer(state, methods, id)
            response = _response(reply.status, reply.body)
        except ApiError as error:
            response = _response(error.status, error.body)
            response.headers.extend(error.headers)
        response.headers["Allow"] = allowed
        response.headers["Vary"] = "Accept"
        return response

    return view


def _answer(state: State, methods: Mapping[str, Endpoint], id: str) -> Reply:
    key = access.authenticate(request.headers.get("Authorization"))
    access.simulate_status(request.headers.get(access.SIMULATE_STATUS))
    if request.accept_mimetypes.provided and not request.accept_mimetypes.best_match(["application/json", "text/html"]):
        raise ApiError(406, {"detail": "Could not satisfy the request Accept header."})
    method = "GET" if request.method == "HEAD" else request.method
    if method == "OPTIONS":
        parses = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
        return Reply(200, {"name": "HyperTrack API", "renders": ["application/json"], "parses": parses})
    endpoint = methods.get(method)
    if endpoint is None:
        raise ApiError(405, {"detail": f'Method "{request.method}" not allowed.'})
    data = parsed_body(request) if method in {"POST", "PATCH"} else {}
    query = {name: values[-1] for name, values in request.args.lists()}
    access.permit(key, id, query, data)
    with state.lock:
        now = state.clock()
        lifecycle.advance(state, now)
        return endpoint(Call(state, now, request.base_url, query, data, id))


def parsed_body(request: Request) -> Json:
    """The body of a request as JSON; no body is ``{}``."""
    raw = request.get_data(cache=True)
    if not raw:
        return {}
    kind = request.mimetype
    if kind == "application/json":
        try:
            return json.loads(raw.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, {"detail": f"JSON parse error - {error}"}) from None
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        fields: dict[str, Json] = {name: values[-1] for name, values in request.form.lists()}
        for name in JSON_IN_FORMS:
            try:
                fields[name] = json.loads(fields[name])
            except (KeyError, ValueError):
                continue
        for name, file in request.files.items():
            fields[name] = f"{request.host_url}media/{quote(file.filename or name)}"
        return fields
    raise ApiError(415, {"detail": f'Unsupported media type "{request.content_type or ""}" in request.'})


def _refuse(constant: str) -> Json:
    raise ValueError(f"Out of range float values are not JSON compliant: {constant}")


def _add_slash(id: str = "") -> Response:
    """301 to the same URL with a slash at the end of its path; the query stays."""
    query = request.query_string.decode("latin-1")
    location = quote(request.path, safe="/:@!$&'()*+,;=~-._") + "/" + (f"?{query}" if query else "")
    response = Response(status=301, content_type="text/html; charset=utf-8")
    response.headers["Location"] = location
    response.autocorrect_location_header = False
    return response


def _http_error(error: HTTPException) -> Response:
    """What Flask itself refuses: unknown URLs, unknown methods, and bugs of the simulator (500)."""
    details = {404: "Not found.", 405: f'Method "{request.method}" not allowed.', 500: access.SIMULATED[500]}
    status = error.code or 500
    return _response(status, {"detail": details.get(status, error.description)})


def _response(status: int, body: Json) -> Response:
    if status == 204:
        return Response(status=204)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=status, content_type="application/json")
