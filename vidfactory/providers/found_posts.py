"""What all trends providers do with the posts that they found: order them, count them, say that there are none."""

from collections.abc import Iterable

from vidfactory.errors import Permanent
from vidfactory.providers.kit import Kit
from vidfactory.schema.finance import Tweet, Tweets


def best_of(kit: Kit, query: str, found: Iterable[Tweet], limit: int) -> Tweets:
    """At most `limit` of the posts, each once, the most interactions first, then the newest; Permanent for none."""
    posts = {post.id: post for post in found}.values()
    ordered = sorted(posts, key=lambda post: (-interactions(post), -post.created_at.timestamp(), post.id))
    if not ordered:
        raise Permanent(
            f"there are no posts about {query!r}", where=f"{kit.name} {kit.port}", remedy="Order another query"
        )
    return Tweets(source=kit.name, tweets=tuple(ordered[:limit]))


def interactions(post: Tweet) -> int:
    """What readers did with a post: likes, replies and reposts."""
    counts = post.engagement
    return counts.likes + counts.replies + counts.reposts
