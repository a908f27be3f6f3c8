"""A fetch beside what the ledger found under its keys, and which of these tell nothing; pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from piquet.entry import Entry
from piquet.ledger.keys import id_key, link_key
from piquet.ledger.values import StoredEntry
from piquet.likeness import copies_headline, has_own_id, is_home, language, one_language, plain_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """The fetch, what the ledger found under its keys, and the keys that tell nothing."""

    entries: tuple[Entry, ...]
    found: Mapping[str, Sequence[StoredEntry]]
    worthless: frozenset[str]

    @classmethod
    def of(cls, entries: tuple[Entry, ...], found: Mapping[str, Sequence[StoredEntry]]) -> Self:
        """`found` are the ledger's articles by each of the entries' keys."""
        return cls(entries=entries, found=found, worthless=_worthless(entries, found))

    def only(self, key: str, entry: Entry) -> StoredEntry | None:
        """The article under a key where there is exactly one, and the key is worth something."""
        if not key or key in self.worthless:
            return None
        candidates = [stored for stored in self.found.get(key, ()) if one_language(entry, stored.entry)]
        return candidates[0] if len(candidates) == 1 else None


def _worthless(entries: Sequence[Entry], found: Mapping[str, Sequence[StoredEntry]]) -> frozenset[str]:
    """The ids and links that stand for several articles, in their document or in the ledger."""
    links = {key for key, users in _users(entries, link_key) if _is_shared_link(users)}
    links |= {key for key in map(link_key, entries) if _has_two_of_one_feed(found.get(key, ()))}
    ids = {key for key, users in _users(entries, id_key) if _is_shared_id(users, links)}
    return frozenset(links | ids | {key for key in map(id_key, entries) if len(found.get(key, ())) > 1})


def _has_two_of_one_feed(articles: Sequence[StoredEntry]) -> bool:
    # One link in two feeds may be two languages: which of them is meant, the language says.
    return len({stored.entry.feed for stored in articles}) < len(articles)


def _users(entries: Sequence[Entry], key: Callable[[Entry], str]) -> Iterator[tuple[str, list[Entry]]]:
    """Each key with the entries of one feed that have it."""
    users: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        users[entry.feed, key(entry)].append(entry)
    return ((key, found) for (_, key), found in users.items())


def _is_shared_link(users: Sequence[Entry]) -> bool:
    """One link on many ids, or the home page. Titles must differ too: one article may be listed twice."""
    titles, ids = {plain_title(e) for e in users}, {id_key(e) for e in users}
    languages = {language(e) for e in users} - {""}
    most = 1 if is_home(users[0].link) else 2
    return len(languages) > 1 or len(titles) > most or min(len(titles), len(ids)) > 1


def _is_shared_id(users: Sequence[Entry], shared_links: set[str]) -> bool:
    """One id on many links. A copy of the link is worth what the link is; a copy of the headline tells no more."""
    titles, links = {plain_title(e) for e in users}, {link_key(e) for e in users}
    if links & shared_links:
        return len(titles) > 1 or not (has_own_id(users[0]) or copies_headline(users[0]))
    return len(links) > 1 and (len(titles) > 1 or copies_headline(users[0]))
