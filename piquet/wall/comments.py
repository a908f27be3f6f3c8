"""The comments under a Facebook post on the wall; knows no request's rules."""

from piquet.wall.calls import Call
from piquet.wall.state import Account, Wall, WallPost


def add(wall: Wall, account: Account, call: Call, post: WallPost, message: str) -> WallPost:
    """A new comment of the Page under its post."""
    above = post.id.rpartition("_")[2]
    number = wall.next_number("facebook", int(call.now.timestamp() * 1000) * 100)
    made = WallPost(
        network="facebook",
        account=account.name,
        id=f"{above}_{number}",
        text=message,
        time=call.now.replace(microsecond=0),
        path=f"{post.path}?comment_id={number}",
        wire={"parent": post.id},
        request=call.shown(),
    )
    wall.put(made)
    return made


def under(wall: Wall, account: Account, id: str) -> list[WallPost]:
    """The comments under one post, oldest first."""
    return [p for p in wall.posts("facebook", account.name) if p.wire.get("parent") == id]


def posts_of(wall: Wall, account: Account) -> list[WallPost]:
    """The Page's own posts, oldest first, without comments."""
    return [p for p in wall.posts("facebook", account.name) if "parent" not in p.wire]
