"""The networks, one file each, and what is true of each of them; a network is loaded when it is asked for."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from piquet.networks.protocol import Traits

NAMES = ("mastodon", "bluesky", "x", "facebook", "threads", "linkedin", "telegram")


class _Registry(Mapping[str, Traits]):
    """Loads a network on first use: importing this package must not pay for httpx (0.1 s)."""

    def __getitem__(self, network: str) -> Traits:
        if network not in NAMES:
            raise KeyError(network)
        return import_module(f"{__name__}.{network}").TRAITS

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


TRAITS: Mapping[str, Traits] = _Registry()

__all__ = ["NAMES", "TRAITS"]
