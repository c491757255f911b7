"""XPath on XML and HTML bodies. The only place that knows lxml, an extra: ``pip install htrun[xml]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.errors import SetupError
from runner.model.collection import Json

if TYPE_CHECKING:
    from lxml.etree import _Element


def check_xpath(expression: str) -> None:
    """Raises:
    ValueError: the expression cannot be parsed.
    SetupError: lxml is not installed.
    """
    etree = _lxml()
    try:
        etree.XPath(expression)
    except etree.XPathError as error:
        raise ValueError(str(error)) from None


def find_all(body: bytes, content_type: str, expression: str) -> list[Json]:
    """What an XPath finds, elements as the text inside them. Prefixes are the document's own; ``_`` is its
    default namespace.

    Args:
        content_type: with ``html`` in it the body is read as browsers do, unclosed tags and all.

    Raises:
        ValueError: the body is no XML, or the expression does not fit it.
    """
    etree = _lxml()
    try:
        root = _root(body, content_type)
        found = root.xpath(expression, namespaces=_namespaces(root))
    except (etree.XMLSyntaxError, etree.ParserError) as error:
        raise ValueError(f"the body cannot be read as XML: {error}") from None
    except etree.XPathError as error:
        raise ValueError(str(error)) from None
    return [_value(one) for one in (found if isinstance(found, list) else [found])]


def tags(body: bytes, content_type: str) -> list[str]:
    """The names of the root and its children, for hints; empty if the body is no XML."""
    etree = _lxml()
    try:
        root = _root(body, content_type)
    except (etree.XMLSyntaxError, etree.ParserError, ValueError):
        return []
    names = [element.tag for element in (root, *root) if isinstance(element.tag, str)]
    return list(dict.fromkeys(name.rpartition("}")[2] for name in names))


def _root(body: bytes, content_type: str) -> _Element:
    from lxml import etree, html

    if "html" in content_type and "xhtml" not in content_type:
        return html.document_fromstring(body)
    # A response must not make us read files or fetch URLs.
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, recover=False))


def _namespaces(root: _Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in root.iter():
        for prefix, uri in element.nsmap.items():
            found.setdefault(prefix or "_", uri)
    return found


def _value(found: Any) -> Json:
    if hasattr(found, "itertext"):
        return "".join(found.itertext()).strip()
    if isinstance(found, bool):
        return found
    if isinstance(found, float):
        return int(found) if found.is_integer() else found
    return str(found)


def _lxml() -> Any:
    try:
        from lxml import etree
    except ImportError:
        raise SetupError("captures by XPath need lxml: install it with pip install 'htrun[xml]'") from None
    return etree
