"""Descriptions: Markdown to HTML that can do nothing but be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from runner.reporters.text import shorten

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_LIMIT = 100_000
#: Addresses with another scheme than those of the web and of mail.
_UNSAFE = re.compile(r"\s*(?!(?:https?|mailto|tel):)[a-z][a-z0-9+.-]*:(?!\d+(?:/|$))", re.IGNORECASE)


def to_html(text: str) -> str:
    """HTML of a description. HTML in it is shown as text, pictures become links: the report loads nothing."""
    return str(_parser().render(shorten(text, _LIMIT)))


def is_harmless(text: str) -> bool:
    """Whether a description is good for any Markdown renderer, in the middle of other text: there is no HTML in it, its
    links lead to the web, and it leaves nothing open. ``to_html`` takes the others too."""
    tokens = _lenient_parser().parse(shorten(text, _LIMIT) + "\n\nend\n")
    last = tokens[-2] if len(tokens) > 2 else None
    closed = last is not None and last.content == "end" and last.level == 1 and tokens[-3].type == "paragraph_open"
    return closed and not any(_harmful(token) for block in tokens for token in _with_inner(block))


def _with_inner(token: Any) -> Sequence[Any]:
    return [token, *(inner for child in token.children or () for inner in _with_inner(child))]


def _harmful(token: Any) -> bool:
    target = token.attrGet("href") or token.attrGet("src")
    return token.type.startswith("html_") or (target is not None and _UNSAFE.match(str(target)) is not None)


@cache
def _lenient_parser() -> MarkdownIt:
    """Sees what other renderers would see."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule("image", _image)
    return parser


def _link_open(renderer: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer")
    tokens[index].attrSet("target", "_blank")
    return str(renderer.renderToken(tokens, index, options, env))


def _image(renderer: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    from html import escape

    token = tokens[index]
    source = str(token.attrGet("src") or "")
    label = token.content or source
    return f'<a rel="noopener noreferrer" target="_blank" href="{escape(source)}">{escape(label)}</a>'
