"""Security schemes as auth: what a request needs, with its secrets as variables."""

from __future__ import annotations

from collections.abc import Mapping

from runner.importing import build
from runner.importing.build import Members
from runner.importing.openapi_document import Document, text
from runner.model.collection import Json
from runner.model.records import dataclass

#: OpenAPI's flows by Postman's names, those first that need nobody who logs in.
_FLOWS = (
    ("clientCredentials", "client_credentials"), ("password", "password_credentials"),
    ("authorizationCode", "authorization_code"), ("implicit", "implicit"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signing:
    """How a request is signed.

    Attributes:
        auth: for the request; None if it has the collection's.
        cookie: a cookie with a key, for which auth has no place.
        variables: what has to be given.
    """

    auth: Members | None = None
    cookie: str = ""
    variables: tuple[str, ...] = ()


def signing(requirements: Json, document: Document) -> Signing:
    """The first requirement that can be met; schemes that belong together cannot, but for one and a cookie.

    Args:
        requirements: the value of ``security``; an empty list says that nothing is needed.
    """
    rows = [document.mapping(row) for row in document.items(requirements)]
    if not rows or not all(rows):  # {} says that it is optional
        return Signing(build.auth("noauth"))
    schemes = document.mapping(document.mapping(document.root.get("components")).get("securitySchemes"))
    for row in sorted(rows, key=len):
        parts = [_scheme(name, document.mapping(schemes.get(name)), document) for name in row]
        auths = [part.auth for part in parts if part.auth]
        cookies = [part.cookie for part in parts if part.cookie]
        if not auths and not cookies:
            continue
        if len(auths) > 1:
            document.notes.add(f"security {' + '.join(row)}: only the first of several schemes was carried over")
        names = tuple(name for part in parts for name in part.variables)
        return Signing(auths[0] if auths else build.auth("noauth"), "; ".join(cookies), names)
    return Signing()


def _scheme(name: str, scheme: Mapping[str, Json], document: Document) -> Signing:
    kind, where = text(scheme.get("type")), text(scheme.get("in"))
    if kind == "apiKey" and where in ("header", "query"):
        key = text(scheme.get("name"))
        return Signing(build.auth("apikey", key=key, value=f"{{{{{name}}}}}", **{"in": where}), variables=(name,))
    if kind == "apiKey" and where == "cookie":
        return Signing(cookie=f"{text(scheme.get('name'))}={{{{{name}}}}}", variables=(name,))
    if kind == "http":
        word = text(scheme.get("scheme")).lower()
        if word == "bearer":
            return Signing(build.auth("bearer", token=f"{{{{{name}}}}}"), variables=(name,))
        if word in ("basic", "digest"):
            user, password = f"{name}_username", f"{name}_password"
            made = build.auth(word, username=f"{{{{{user}}}}}", password=f"{{{{{password}}}}}")
            return Signing(made, variables=(user, password))
    if kind == "oauth2":
        return _oauth2(name, document.mapping(scheme.get("flows")), document)
    if kind == "openIdConnect":
        document.notes.add(f"security scheme {name}: OpenID Connect became a bearer token, the variable {name}")
        return Signing(build.auth("bearer", token=f"{{{{{name}}}}}"), variables=(name,))
    document.notes.add(f"security scheme {name} ({kind or 'not defined'}) is not supported and was left out")
    return Signing()


def _oauth2(name: str, flows: Mapping[str, Json], document: Document) -> Signing:
    for flow, grant in _FLOWS:
        found = document.mapping(flows.get(flow))
        if not found:
            continue
        if flow == "implicit":  # it gives a token to a web page only
            return Signing(build.auth("oauth2", accessToken=f"{{{{{name}}}}}", addTokenTo="header"), variables=(name,))
        names = [f"{name}_client_id", f"{name}_client_secret"]
        params = {"grant_type": grant, "clientId": f"{{{{{names[0]}}}}}", "clientSecret": f"{{{{{names[1]}}}}}"}
        if flow == "password":
            names += [f"{name}_username", f"{name}_password"]
            params |= {"username": f"{{{{{names[2]}}}}}", "password": f"{{{{{names[3]}}}}}"}
        for key, word in (("tokenUrl", "accessTokenUrl"), ("authorizationUrl", "authUrl")):
            if text(found.get(key)):
                params[word] = text(found.get(key))
        scopes = " ".join(document.mapping(found.get("scopes")))
        if scopes:
            params["scope"] = scopes
        return Signing(build.auth("oauth2", **params, addTokenTo="header"), variables=tuple(names))
    document.notes.add(f"security scheme {name}: no OAuth 2 flow that is known")
    return Signing()
