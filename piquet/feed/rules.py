"""What retrieving and reading a feed may cost and reach; values only."""

from dataclasses import dataclass

from piquet import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveRules:
    """Seconds and bytes are limits for one feed; `allowed_hosts` may be anywhere, all others are public hosts.

    `contact`: whom a server's owner asks about this reader; it goes into the User-Agent. `parse_cpu` and
    `parse_memory` bound the process that reads a large or odd body.
    """

    allowed_hosts: frozenset[str] = frozenset()
    allow_files: bool = False
    contact: str = ""
    deadline: float = 30.0
    read_timeout: float = 10.0
    max_bytes: int = 10_000_000
    max_redirects: int = 5
    parse_cpu: int = 20
    parse_memory: int = 2_000_000_000

    @property
    def user_agent(self) -> str:
        """As https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5 asks: who this is and whom to ask."""
        return f"Piquet/{__version__} (+{self.contact})" if self.contact else f"Piquet/{__version__}"
