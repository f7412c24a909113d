"""Posts from JSON files in a folder of one's own: the embedded trends, without key and network.

Belongs here: finding posts in files. Does not belong here: the shapes of those files (`desks.finance.posts`).

The folder is `services.folder.options.folder`, else the provider's own in the studio. It is as recent as its owner
keeps it: posts of any time up to the day asked for are found.
"""

import datetime as dt
import re
from pathlib import Path

from vidfactory.desks.finance.posts import parse_posts
from vidfactory.errors import Permanent
from vidfactory.providers.found_posts import best_of
from vidfactory.providers.kit import Kit
from vidfactory.schema.finance import Tweet, Tweets

_WORD = re.compile(r"[$^]?[\w&.'-]*\w")


class FolderTrends:
    """`Trends` over the files `*.json` of a folder."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._folder = Path(str(kit.service.options.get("folder", kit.folder)))

    async def posts(self, query: str, limit: int, day: dt.date) -> Tweets:
        files = sorted(self._folder.glob("*.json"))
        if not files:
            remedy = f"Put posts there as JSON, or set services.{self._kit.name}.options.folder in vidfactory.toml"
            raise Permanent("there are no posts", where=str(self._folder), remedy=remedy)
        everything = [post for file in files for post in parse_posts(file.read_bytes(), str(file)).tweets]
        found = [post for post in everything if post.created_at.date() <= day and _meets(post, query)]
        return best_of(self._kit, query, found, limit)


def provide(kit: Kit) -> FolderTrends:
    return FolderTrends(kit)


def _meets(post: Tweet, query: str) -> bool:
    """Whether a post speaks of a query; `from:ada` asks for what the account ada posts."""
    account = query.removeprefix("from:")
    return post.author.handle.casefold() == account.casefold() if account != query else speaks_of(post.text, query)


def speaks_of(text: str, query: str) -> bool:
    """Whether every word of `query` is in `text`, as a word, in any case; a cashtag with or without its sign."""
    words = {form for word in _words(text) for form in (word, word.removeprefix("$"))}
    return all(word in words for word in _words(query))


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
