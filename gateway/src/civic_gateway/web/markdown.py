"""Texts of offices from Markdown to HTML in which nothing can run and nothing is fetched from elsewhere."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

_SCHEMES: Final = {"http", "https", "mailto"}
_TAGS: Final = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
_LOWEST_HEADING: Final = 6

_parser = MarkdownIt("commonmark", {"html": False, "breaks": False}).enable(["table", "strikethrough"]).disable("image")


@lru_cache(maxsize=512)
def to_html(source: str, *, heading: int = 3) -> Markup:
    """Markdown as safe HTML. The text's own highest heading becomes `heading`, as the page above it has others."""
    tokens = _parser.parse(source)
    present = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    shift = heading - min(present) if present else 0
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + shift, _LOWEST_HEADING)}"
    html = _parser.renderer.render(tokens, _parser.options, {})
    return Markup(_clean(html))  # noqa: S704 - cleaned


def _clean(html: str) -> str:
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="nofollow noopener ugc")


_citizens = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .disable(["image", "heading", "lheading", "hr", "code", "fence", "html_block"])
    .enable("strikethrough")
)


@lru_cache(maxsize=512)
def citizen_to_html(source: str) -> Markup:
    """What a citizen wrote: emphasis, lists, quotes and links, with its line breaks. No headings, tables, pictures."""
    return Markup(_clean(_citizens.render(source)))  # noqa: S704 - cleaned


def plain_to_html(text: str) -> Markup:
    """What a citizen wrote: escaped, with its paragraphs and line breaks."""
    paragraphs = [part.strip("\n") for part in text.split("\n\n")]
    html = (
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in part.split("\n")))
        for part in paragraphs
        if part.strip()
    )
    return Markup("\n").join(html)
