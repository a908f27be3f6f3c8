"""The process that parses one body within limits: task on stdin, JSON on stdout; run as a module."""

import json
import resource
import sys
from datetime import datetime

from piquet.errors import NotAFeed
from piquet.feed.bounded import packed
from piquet.feed.parse import ParsedFeed, parse


def main() -> None:
    """Parse what stdin brings; the kernel ends this process where it takes too much."""
    head = json.loads(sys.stdin.buffer.readline())
    resource.setrlimit(resource.RLIMIT_CPU, (head["cpu"], head["cpu"]))
    resource.setrlimit(resource.RLIMIT_AS, (head["memory"], head["memory"]))
    json.dump(packed(_parsed(head, sys.stdin.buffer.read())), sys.stdout)


def _parsed(head: dict, body: bytes) -> ParsedFeed | NotAFeed:
    now = datetime.fromisoformat(head["now"])
    try:
        return parse(body, head["headers"], head["url"], feed=head["feed"], now=now)
    except NotAFeed as error:
        return error


if __name__ == "__main__":
    main()
