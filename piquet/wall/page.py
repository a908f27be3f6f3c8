"""The page of the wall; knows no network's rules."""

from starlette.routing import Route

from piquet.wall.state import Wall


def routes(wall: Wall) -> list[Route]:
    """The pages for people."""
    return []
