"""``.http`` and ``.rest`` files of the VS Code REST Client and of JetBrains' HTTP client."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.errors import InputError
from runner.importing import build
from runner.importing.build import Imported, Members, Notes
from runner.importing.http_lines import Section, sections
from runner.importing.http_variables import HttpVariables
from runner.model.collection import Json
from runner.parse.text import decode, read_bytes

_FILE = re.compile(r"<(?:@\S*)?\s+(.+)")
_AUTH = re.compile(r"(basic|digest|bearer|aws)\s+(.+)", re.IGNORECASE)
_DISPOSITION = re.compile(r'(name|filename)="([^"]*)"')
_NOT_HTTP = frozenset({"GRPC", "WEBSOCKET", "RSOCKET"})
#: Directives that say how the editor behaves.
_OF_THE_EDITOR = frozenset({"name", "no-log", "no-auto-encoding", "note", "lang", "timeout", "connection-timeout"})


def import_http(text: str, path: str | None = None) -> Imported:
    """The requests of a file as a collection.

    Raises:
        InputError: there is no request in it, a line that is no part of one, or a file that cannot be read.
    """
    notes = Notes()
    variables = HttpVariables(notes)
    values: dict[str, str] = {}
    found = list(sections(text))
    for section in found:
        for number, line in section.unknown:
            raise InputError(f"is no part of a request: {line.strip()[:60]!r}", path=path, line=number)
        values |= {name: variables.text(value) for name, value in section.variables.items()}
        values |= dict.fromkeys(section.prompts, "")
        if section.prompts:
            notes.add(f"@prompt became the variable {section.prompts[0]}, without a value; give it with --var")
    folder = Path(path).parent if path else Path()
    for section in found:
        if section.method in _NOT_HTTP:
            notes.add(f"line {section.line}: {section.method} is not HTTP; the request was left out")
    named = [
        (section, _item(section, variables, notes, folder))
        for section in found
        if section.line and section.method not in _NOT_HTTP
    ]
    if not named:
        raise InputError("there is no request in it", path=path)
    for section, item in named:
        if lines := variables.scripts.get(section.name):
            item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": list(lines)}}]
    for name in variables.scripts.keys() - {section.name for section, _ in named}:
        notes.add(f"no request has the name {name}, from whose response a value is taken")
    values = {**dict.fromkeys(variables.wanted, ""), **values}
    title = Path(path).stem if path else "Requests"
    made = build.collection(title, [item for _, item in named], variables=values)
    return Imported(".http", made, tuple(notes.seen))


def _item(section: Section, variables: HttpVariables, notes: Notes, folder: Path) -> Members:
    url = variables.text(section.url)
    method = section.method
    headers = [(name, variables.text(value)) for name, value in section.headers]
    if "://" not in url and not url.startswith("{{"):
        host = next((value for name, value in headers if name.lower() == "host"), "")
        url = f"http://{host}{url}" if url.startswith("/") else f"http://{url}"
    kinds = {name.lower(): value for name, value in headers}
    auth = _auth(kinds.get("authorization", ""))
    is_graphql = method == "GRAPHQL" or kinds.get("x-request-type", "").lower() == "graphql"
    dropped = {"authorization"} if auth else set()
    if is_graphql:
        method, dropped = ("POST" if method == "GRAPHQL" else method), dropped | {"x-request-type"}
        body: Members | None = _graphql(section.body, variables)
    else:
        body = _body(section.body, kinds.get("content-type", ""), variables, notes, folder)
    if body and body["mode"] == "formdata":
        dropped |= {"content-type"}  # it holds the boundary, which is made anew
    rows = [build.row(name, value) for name, value in headers if name.lower() not in dropped | {"content-length"}]
    _tell(section, notes)
    request = build.request(method, url, headers=rows, body=body, auth=auth, description="\n".join(section.comments))
    return build.item(section.name or build.path_name(method, url), request, behavior=_behavior(section, body))


def _behavior(section: Section, body: Members | None) -> Mapping[str, Json]:
    behavior: dict[str, Json] = {}
    if "no-redirect" in section.directives:
        behavior["followRedirects"] = False
    if "no-cookie-jar" in section.directives:
        behavior["disableCookies"] = True
    if body and section.method in ("GET", "HEAD"):
        behavior["disableBodyPruning"] = True
    return behavior


def _tell(section: Section, notes: Notes) -> None:
    if section.scripts:
        notes.add(f"line {section.line}: scripts of the HTTP client are not supported and were left out")
    for name in section.directives.keys() - _OF_THE_EDITOR - {"no-redirect", "no-cookie-jar"}:
        notes.add(f"line {section.line}: @{name} is not supported and was left out")


def _auth(value: str) -> Members | None:
    """``Basic user password``, ``Basic user:password``, ``Digest ...``, ``Bearer ...``, ``AWS ...``; None for what
    is sent as it stands, such as encoded basic credentials."""
    match = _AUTH.fullmatch(value.strip())
    if match is None:
        return None
    kind, rest = match[1].lower(), match[2].strip()
    if kind == "bearer":
        return build.auth("bearer", token=rest)
    if kind == "aws":
        words = rest.split()
        more = dict(pair for word in words[2:] if len(pair := word.split(":", 1)) == 2)
        if len(words) < 2:
            return None
        named = {"region": more.get("region", ""), "service": more.get("service", "")}
        token = {"sessionToken": more["token"]} if "token" in more else {}
        return build.auth("awsv4", accessKey=words[0], secretKey=words[1], **named, **token)
    user, space, password = rest.partition(" ")
    if not space:
        user, space, password = rest.partition(":")
    return build.auth(kind, username=user, password=password.strip()) if space else None


def _body(lines: Sequence[str], kind: str, variables: HttpVariables, notes: Notes, folder: Path) -> Members | None:
    if not lines:
        return None
    if kind.lower().startswith(build.MULTIPART) and (boundary := re.search(r'boundary="?([^";]+)', kind)):
        return {"mode": "formdata", "formdata": _parts(lines, boundary[1].strip(), variables, notes, folder)}
    if len(lines) == 1 and (match := _FILE.fullmatch(lines[0].strip())) and not lines[0].strip().startswith("<@"):
        return build.file_body(match[1].strip())
    text = variables.text("\n".join(_with_files(lines, notes, folder)))
    if kind.lower().startswith(build.FORM):
        return build.form_body(re.sub(r"\s*\n\s*", "", text))
    return build.raw_body(text, kind or ("application/json" if build.is_json(text) else ""))


def _with_files(lines: Sequence[str], notes: Notes, folder: Path) -> list[str]:
    """The lines of a body, files that are named among them written out: a collection has no such thing."""
    done = []
    for line in lines:
        match = _FILE.fullmatch(line.strip())
        if match is None:
            done.append(line)
        else:
            name = match[1].strip()
            done.append(decode(read_bytes(str(folder / name))).rstrip("\n"))
            notes.add(f"the content of {name} became part of the body")
    return done


def _parts(lines: Sequence[str], boundary: str, variables: HttpVariables, notes: Notes, folder: Path) -> list[Members]:
    """The fields of a multipart body; a field with a file name is a file."""
    fields: list[Members] = []
    for part in re.split(rf"^--{re.escape(boundary)}(?:--)?[ \t]*$", "\n".join(lines), flags=re.MULTILINE):
        head, _, content = part.strip("\n").partition("\n\n")
        named = dict(_DISPOSITION.findall(head))
        if "name" not in named:
            continue
        content = content.strip("\n")
        kind = re.search(r"^content-type:\s*(.+)$", head, re.IGNORECASE | re.MULTILINE)
        file = _FILE.fullmatch(content.strip())
        if file is not None and "filename" in named:
            made: Members = {"key": named["name"], "type": "file", "src": file[1].strip()}
            if named.get("filename", "") not in ("", Path(file[1].strip()).name):
                made["fileName"] = named["filename"]
        else:
            content = "\n".join(_with_files(content.split("\n"), notes, folder))
            made = {"key": named["name"], "value": variables.text(content), "type": "text"}
        if kind:
            made["contentType"] = kind[1].strip()
        fields.append(made)
    return fields


def _graphql(lines: Sequence[str], variables: HttpVariables) -> Members:
    """A query, and after an empty line its variables as JSON."""
    text = variables.text("\n".join(lines))
    query, _, rest = text.rpartition("\n\n")
    if query and rest.lstrip().startswith("{") and build.is_json(rest):
        return build.graphql_body(query.strip(), rest.strip())
    return build.graphql_body(text)
