"""What a piece of HTML is made of."""

from __future__ import annotations

import html.parser


class Tags(html.parser.HTMLParser):
    """Names of the tags and number of the attributes that were fed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += len(attrs)
