"""cURL command lines: one or several, as people paste them from documentation and browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from runner.errors import InputError
from runner.importing import build
from runner.importing.build import Imported, Members, Notes
from runner.importing.curl_options import Option, options_of
from runner.importing.shell import Words
from runner.model.collection import Json
from runner.model.records import dataclass, field

_COMPUTED = re.compile(r"\$\(|`")
#: Words of the shell before a command, or alone.
_KEYWORDS = frozenset({"!", "do", "done", "elif", "else", "fi", "if", "then", "time", "until", "while", "{", "}"})
_COMMAND = re.compile(r"(?:[\w./-]*/)?curl(?:\.exe)?")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_DATA = ("data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json")
#: What says how curl works and what it prints, not what is sent.
_SILENT_NAMES = """
silent show-error verbose include fail fail-with-body output remote-name no-buffer remote-header-name progress-bar
location compressed write-out dump-header cookie-jar globoff http1.1 http2 http1.0 ipv4 ipv6 stderr trace trace-ascii
no-progress-meter parallel basic tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 location-trusted no-keepalive output-dir
create-dirs styled-output no-styled-output disable tcp-nodelay http2-prior-knowledge anyauth fail-early show-headers
trace-time get head ssl-no-revoke
"""
_CARRIED_NAMES = """
user oauth2-bearer aws-sigv4 digest ntlm negotiate insecure max-redirs user-agent referer range cookie upload-file
"""
_KNOWN = frozenset((_SILENT_NAMES + _CARRIED_NAMES).split())
_ELSEWHERE = {
    "proxy": "set HTTP_PROXY or HTTPS_PROXY when the collection is run",
    "cert": "use --ssl-client-cert when the collection is run",
    "key": "use --ssl-client-key when the collection is run",
    "cacert": "use --ssl-extra-ca-certs when the collection is run",
    "max-time": "use --timeout-request when the collection is run",
    "connect-timeout": "use --timeout-request when the collection is run",
}


@dataclass(slots=True)
class _Command:
    """What the options up to ``--next`` say."""

    urls: list[str] = field(default_factory=list)
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[tuple[str, str]] = field(default_factory=list)  #: option and value
    form: list[tuple[str, str]] = field(default_factory=list)
    query: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)


def import_curl(text: str, path: str | None = None) -> Imported:
    """Curl commands as a collection. Shell variables become variables of the collection.

    Raises:
        InputError: a command cannot be read, or there is none.
    """
    notes = Notes()
    words = Words(re.sub(r"^[ \t]*[$>%] (?=curl\b)", "", text, flags=re.MULTILINE), path)
    items: list[Members] = []
    values: dict[str, str] = {}
    for line, before, command in words.commands():
        command = _assigned(command, values)
        for name in [name for name, value in values.items() if _COMPUTED.search(value)]:
            notes.add(f"{name} is what a command prints: give it with --var {name}=..., or set it in a script")
            values[name] = ""
        while command and command[0] in _KEYWORDS:
            command = command[1:]
        if not command:
            continue
        if _COMMAND.fullmatch(command[0]):
            for part in _parts(options_of(command[1:], path, line)):
                items += _items(part, notes, path, line)
        elif before != "|":
            hint = "; a URL with & in it must be in quotes" if before == "&" else ""
            notes.add(f"line {line}: {command[0]!r} is no curl command and was left out{hint}")
    if not items:
        raise InputError("there is no curl command in it", path=path)
    variables = {name: values.get(name, "") for name in words.names}
    made = build.collection("cURL", items, variables=variables)
    return Imported("cURL", made, tuple(notes.seen))


def _assigned(command: Sequence[str], values: dict[str, str]) -> list[str]:
    """The command without the assignments before it; ``export NAME=value`` is one."""
    rest = list(command[1:] if command[0] == "export" else command)
    while rest and (match := _ASSIGNMENT.fullmatch(rest[0])):
        values[match[1]] = match[2]
        rest.pop(0)
    return rest


def _parts(options: Iterator[Option]) -> Iterator[_Command]:
    part = _Command()
    for option in options:
        name, value = option.name, option.value
        if name in ("next", ":"):
            yield part
            part = _Command()
        elif name == "url":
            part.urls.append(value)
        elif name == "request":
            part.method = value
        elif name == "header":
            key, colon, text = value.partition(":")
            # "X-Empty;" sends the header without a value, "X-Off:" takes a default one away
            if colon and text.strip():
                part.headers.append((key.strip(), text.strip()))
            elif not colon and value.endswith(";"):
                part.headers.append((value[:-1].strip(), ""))
        elif name in _DATA:
            part.data.append((name, value))
        elif name in ("form", "form-string"):
            part.form.append((name, value))
        elif name == "url-query":
            part.query.append(_encoded(value))
        else:
            part.flags.add(name)
            part.values[name] = value
    yield part


def _items(part: _Command, notes: Notes, path: str | None, line: int) -> Iterator[Members]:
    if not part.urls:
        raise InputError("the curl command has no URL", path=path, line=line)
    _tell(part, notes)
    body, content_type = _body(part, notes)
    headers = _headers(part, content_type)
    query = list(part.query)
    if "get" in part.flags:
        query += [_data_text([pair], notes) for pair in part.data]
        body = None
    method = part.method or _method(part, body)
    for url in part.urls:
        full = url if "://" in url or url.startswith("{{") else f"http://{url}"
        if query:
            full += ("&" if "?" in full else "?") + "&".join(query)
        sent = build.request(
            method, full, headers=[build.row(*pair) for pair in headers], body=body, auth=_auth(part, full, notes)
        )
        yield build.item(build.path_name(method, full), sent, behavior=_behavior(part))


def _method(part: _Command, body: Members | None) -> str:
    if "head" in part.flags:
        return "HEAD"
    if "upload-file" in part.values:
        return "PUT"
    return "POST" if body else "GET"


def _headers(part: _Command, content_type: str) -> list[tuple[str, str]]:
    headers = list(part.headers)
    for option, name in (("user-agent", "User-Agent"), ("referer", "Referer"), ("range", "Range")):
        if value := part.values.get(option):
            headers.append((name, f"bytes={value}" if name == "Range" else value.removesuffix(";auto")))
    cookie = part.values.get("cookie", "")
    if "=" in cookie:
        headers.append(("Cookie", cookie))
    names = {name.lower() for name, _ in headers}
    if any(option == "json" for option, _ in part.data):
        headers += [(n, "application/json") for n in ("Content-Type", "Accept") if n.lower() not in names]
    elif content_type and "content-type" not in names:
        headers.append(("Content-Type", content_type))
    return headers


def _body(part: _Command, notes: Notes) -> tuple[Members | None, str]:
    """The body, and the type that curl would give it if no header says another."""
    if part.form:
        return {"mode": "formdata", "formdata": [_form_row(*pair) for pair in part.form]}, ""
    if upload := part.values.get("upload-file"):
        return build.file_body(upload), ""
    if not part.data:
        return None, ""
    given = next((value for name, value in part.headers if name.lower() == "content-type"), "")
    if any(option == "json" for option, _ in part.data):
        given = given or "application/json"
    only = part.data[0]
    if len(part.data) == 1 and only[1].startswith("@") and only[0] not in ("data-raw", "data-urlencode"):
        return build.file_body(only[1][1:]), "" if given else build.FORM
    text = _data_text(part.data, notes)
    if given and not given.lower().startswith(build.FORM):
        return build.raw_body(text, given), ""
    if not given and build.is_json(text):
        notes.add(
            "a body that is JSON was given to curl without a Content-Type, which is kept: curl sends it as a form"
        )
        return build.raw_body(text, "application/json"), build.FORM
    if all("=" in pair for pair in text.split("&")):
        return build.form_body(text), ""
    return build.raw_body(text, given), "" if given else build.FORM


def _data_text(data: Sequence[tuple[str, str]], notes: Notes) -> str:
    """The data of all options joined as curl joins it."""
    texts = []
    for option, value in data:
        if value.startswith("@") and option not in ("data-raw", "data-urlencode"):
            notes.add(f"the file {value[1:]} is one of several parts of a body; its place is the variable {{{{file}}}}")
            value = "{{file}}"
        texts.append(_encoded(value) if option == "data-urlencode" else value)
    return ("" if all(option == "json" for option, _ in data) else "&").join(texts)


def _encoded(value: str) -> str:
    """``--data-urlencode``: ``name=text`` or ``=text`` or ``text``, the text to be percent-encoded."""
    name, equals, text = value.partition("=")
    if not equals:
        return _quoted(value)
    return f"{name}={_quoted(text)}" if name else _quoted(text)


def _quoted(text: str) -> str:
    return quote(text, safe="{}$" if "{{" in text else "")


def _form_row(option: str, value: str) -> Members:
    """``-F``: ``name=text``, ``name=@file;type=...;filename=...``, ``name=<file``."""
    name, _, content = value.partition("=")
    if option == "form-string":
        return {"key": name, "value": content, "type": "text"}
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"(.*)', content, re.DOTALL)
    if quoted:
        content, extras = re.sub(r"\\(.)", r"\1", quoted[1]), quoted[2]
    else:
        content, _, extras = content.partition(";")
    made: Members = {"key": name}
    if not quoted and content.startswith(("@", "<")):
        made |= {"type": "file", "src": content[1:].strip('"')}
    else:
        made |= {"value": content, "type": "text"}
    for kind, text in re.findall(r"\b(type|filename)=(\"[^\"]*\"|[^;]*)", extras):
        made["contentType" if kind == "type" else "fileName"] = text.strip('"')
    return made


def _auth(part: _Command, url: str, notes: Notes) -> Members | None:
    if token := part.values.get("oauth2-bearer"):
        return build.auth("bearer", token=token)
    user = part.values.get("user")
    if user is None:
        return None
    name, _, password = user.partition(":")
    if scheme := part.values.get("aws-sigv4"):
        parts = [*scheme.split(":"), "", "", ""]  # provider:provider:region:service
        return build.auth("awsv4", accessKey=name, secretKey=password, region=parts[2] or "us-east-1", service=parts[3])
    for kind in ("digest", "ntlm"):
        if kind in part.flags:
            return build.auth(kind, username=name, password=password)
    if "negotiate" in part.flags:
        notes.add(f"{url}: --negotiate (Kerberos) is not supported; its user and password were left out")
        return None
    return build.auth("basic", username=name, password=password)


def _behavior(part: _Command) -> Mapping[str, Json]:
    behavior: dict[str, Json] = {}
    if "insecure" in part.flags:
        behavior["strictSSL"] = False
    if "upload-file" in part.values and not any(name.lower() == "content-type" for name, _ in part.headers):
        behavior["disabledSystemHeaders"] = {"content-type": True}
    if (most := part.values.get("max-redirs", "")).isdigit():
        behavior["maxRedirects"] = int(most)
    if "get" not in part.flags and part.data and (part.method or "").upper() in ("GET", "HEAD"):
        behavior["disableBodyPruning"] = True
    return behavior


def _tell(part: _Command, notes: Notes) -> None:
    for name in sorted(part.flags - _KNOWN):
        notes.add(f"--{name} was left out" + (f"; {_ELSEWHERE[name]}" if name in _ELSEWHERE else ""))
    cookie = part.values.get("cookie", "")
    if cookie and "=" not in cookie:
        notes.add(f"--cookie {cookie} names a file of cookies, which was left out; see --cookie-jar of htrun run")
    if "globoff" not in part.flags and any(
        re.search(r"\[[\w]+-[\w]+\]|(?<!\{)\{[^{}]*,[^{}]*\}", u) for u in part.urls
    ):
        notes.add("a URL with [1-9] or {a,b} is one request with these characters; curl would send several")
