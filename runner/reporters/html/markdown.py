"""Descriptions: Markdown to HTML that can do nothing but be read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from runner.reporters.text import shorten

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_LIMIT = 100_000


def to_html(text: str) -> str:
    """HTML of a description. HTML in it is shown as text, pictures become links: the report loads nothing."""
    return str(_parser().render(shorten(text, _LIMIT)))


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
