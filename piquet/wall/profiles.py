"""The one profile record of each Bluesky account on the wall, whole or not at all; knows no post.

https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/actor/profile.json
"""

from typing import Any

from piquet.wall import lexicon
from piquet.wall.state import Account, Wall
from piquet.wall.xrpc import check_swap, did, invalid

PROFILE = "app.bsky.actor.profile"


def put(wall: Wall, account: Account, given: dict[str, Any]) -> dict[str, Any]:
    """putRecord: the new record stands in place of the former, and what it leaves out is gone."""
    if given["rkey"] != "self" or not isinstance(given["record"], dict):
        raise invalid(f"Invalid {PROFILE} record: its key is self and it is an object")
    record = {"$type": PROFILE, **given["record"]}
    _check(record)
    standing = wall.profiles.get(account.name)
    check_swap(given, standing and standing["cid"])
    wall.change("profile", {"account": account.name, "record": record, "cid": lexicon.cid(record)})
    return {"uri": _uri(account), "cid": lexicon.cid(record), "validationStatus": "valid"}


def _check(record: dict[str, Any]) -> None:
    pinned = record.get("pinnedPost", {"uri": "", "cid": ""})
    if not isinstance(pinned, dict) or not all(isinstance(pinned.get(key), str) for key in ("uri", "cid")):
        raise invalid(f"Invalid {PROFILE} record: Expected object value type at $.pinnedPost")


def entry(wall: Wall, account: Account) -> dict[str, Any]:
    """getRecord."""
    standing = wall.profiles[account.name]
    return {"uri": _uri(account), "cid": standing["cid"], "value": standing["record"]}


def _uri(account: Account) -> str:
    return f"at://{did(account)}/{PROFILE}/self"
