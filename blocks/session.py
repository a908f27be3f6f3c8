"""A network session kept between processes, in an encrypted Secret block of Prefect's; knows no network."""

import asyncio
import json
from collections.abc import Mapping

from prefect.blocks.system import Secret


class KeptSession:
    """The session of one account, under the Secret block of this name; `load` and `save` are called in a thread."""

    def __init__(self, name: str) -> None:
        self.name = name

    def load(self) -> Mapping[str, str] | None:
        """What any worker saved last; None where there is nothing."""
        try:
            # `Secret.load` would hand a coroutine to a thread of an asynchronous task, which `aload` is in any case.
            kept = asyncio.run(Secret.aload(self.name)).get()
        except ValueError:
            return None  # Prefect's answer to a document that is not there
        return kept if isinstance(kept, Mapping) else None

    def save(self, session: Mapping[str, str]) -> None:
        """Keep this one instead."""
        # As text: Prefect's API masks a secret that is a string, and gives a dictionary in clear (measured, 3.8.8).
        asyncio.run(Secret(value=json.dumps(dict(session))).asave(self.name, overwrite=True))
