"""Which entries of a fetch are articles that the ledger has, told from whole documents; pure, it asks nobody."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from piquet.entry import Entry
from piquet.ledger.keys import (
    exact_key,
    id_key,
    keys,
    link_key,
    name_key,
    path_key,
    title_key,
)
from piquet.ledger.values import StoredEntry
from piquet.likeness import (
    alike,
    canonical,
    copies_headline,
    dates_differ,
    has_own_id,
    is_another,
    is_home,
    is_of_another_day,
    language,
    languages_differ,
    one_host,
    one_language,
    plain_title,
)

# So many articles under one key prove that it tells nothing; more of them would teach nothing more.
ARTICLES_PER_KEY = 8

# A move shows in no fewer entries: below that, titles repeat by chance ("La revue de presse").
_FEWEST_MOVED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the ledger does not have yet of an article: further `keys`, or a correction of what it holds."""

    article: int
    entry: Entry
    keys: tuple[str, ...]
    corrects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger has of a fetch.

    `same`: the ledger's article of an entry; `repeats`: new, but the same article as another entry of the fetch;
    `told_from`: articles that share a key with a new entry and are nonetheless others.
    """

    same: Mapping[Entry, int] = field(default_factory=dict)
    repeats: Mapping[Entry, Entry] = field(default_factory=dict)
    told_from: Mapping[Entry, tuple[int, ...]] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()

    def has(self, entry: Entry) -> bool:
        """Whether this entry of the fetch is in the ledger, or in another entry of the fetch."""
        return entry in self.same or entry in self.repeats

    def repeats_of(self) -> dict[Entry, tuple[Entry, ...]]:
        """The repeats of each new entry that has some."""
        found: defaultdict[Entry, tuple[Entry, ...]] = defaultdict(tuple)
        for entry, owner in self.repeats.items():
            found[owner] += (entry,)
        return dict(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetch:
    """The fetch, what the ledger found under its keys, and the keys that tell nothing."""

    entries: tuple[Entry, ...]
    found: Mapping[str, Sequence[StoredEntry]]
    worthless: frozenset[str]

    def only(self, key: str, entry: Entry) -> StoredEntry | None:
        """The article under a key where there is exactly one, and the key is worth something."""
        if not key or key in self.worthless:
            return None
        candidates = [stored for stored in self.found.get(key, ()) if one_language(entry, stored.entry)]
        return candidates[0] if len(candidates) == 1 else None


def tell_apart(entries: Iterable[Entry], found: Mapping[str, Sequence[StoredEntry]]) -> Known:
    """Who is who; `found` are the ledger's articles by each of the entries' keys, `ARTICLES_PER_KEY` at most."""
    once = tuple(dict.fromkeys(entries))
    fetch = _Fetch(entries=once, found=found, worthless=_worthless(once, found))
    same = _linked(fetch)
    same |= _identified(fetch, same)
    same |= _moved(fetch, same)
    same, repeats = _repeats(fetch, same)
    changes = tuple(_changes(fetch, same))
    articles = _articles_after(found, changes)
    new = [entry for entry in once if entry not in same and entry not in repeats]
    return Known(
        same={entry: stored.id for entry, stored in same.items()},
        repeats=repeats,
        told_from={entry: near for entry in new if (near := articles_near(entry, articles))},
        changes=changes,
    )


def articles_near(entry: Entry, articles: Mapping[str, Collection[int]]) -> tuple[int, ...]:
    """Of the `articles` by key: those that share with an entry a key by which it might be one of them."""
    shared = (id_key(entry), link_key(entry), name_key(entry), exact_key(entry))
    return tuple(sorted({article for key in shared for article in articles.get(key, ())}))


def _articles_after(
    found: Mapping[str, Sequence[StoredEntry]], changes: Iterable[Change]
) -> dict[str, set[int]]:
    """The ledger's articles by key, once it holds the changes too."""
    articles = defaultdict(set, {key: {stored.id for stored in sharing} for key, sharing in found.items()})
    for change in changes:
        for key in change.keys:
            articles[key].add(change.article)
    return articles


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


def _linked(fetch: _Fetch) -> dict[Entry, StoredEntry]:
    """By link: it decides where the id says otherwise, for ids are reset more often than links are reused."""
    pairs = ((entry, fetch.only(link_key(entry), entry)) for entry in fetch.entries)
    return {entry: stored for entry, stored in pairs if stored and not _is_reused(entry, stored, fetch)}


def _is_reused(entry: Entry, stored: StoredEntry, fetch: _Fetch) -> bool:
    """Whether a link lives on with another article: another id, another title, another day; a home page, any time."""
    own_ids = has_own_id(entry) and has_own_id(stored.entry)
    if has_own_id(entry) and fetch.only(id_key(entry), entry) == stored:
        return False
    if is_home(entry.link):
        return not alike(entry, stored.entry) or (own_ids and plain_title(entry) != plain_title(stored.entry))
    return own_ids and entry.feed == stored.entry.feed and is_of_another_day(entry, stored.entry)


def _identified(fetch: _Fetch, linked: Mapping[Entry, StoredEntry]) -> dict[Entry, StoredEntry]:
    """By id where the link is new; by id and title in another feed; by id, link and title at last."""
    claimed = {(entry.feed, stored.id): entry for entry, stored in linked.items()}
    rest = [entry for entry in fetch.entries if entry not in linked]
    pairs = (
        (
            entry,
            _by_id(entry, fetch, claimed) or _by_name(entry, fetch) or fetch.only(exact_key(entry), entry),
        )
        for entry in rest
    )
    return {entry: stored for entry, stored in pairs if stored}


def _by_id(entry: Entry, fetch: _Fetch, claimed: Mapping[tuple[str, int], Entry]) -> StoredEntry | None:
    stored = fetch.only(id_key(entry), entry)
    if stored is None or link_key(entry) in fetch.worthless:
        return stored
    holder = claimed.get((entry.feed, stored.id))
    # Ids that number the places in a document: the article has moved down and another has taken its number.
    if holder and plain_title(holder) != plain_title(entry):
        return None
    # "La revue de presse" of another morning has the id of yesterday's, where ids copy headlines.
    reused = copies_headline(entry) and dates_differ(entry, stored.entry)
    return None if reused or is_another(entry, stored.entry) else stored


def _by_name(entry: Entry, fetch: _Fetch) -> StoredEntry | None:
    """The same id and title in another feed."""
    stored = fetch.only(name_key(entry), entry) if has_own_id(entry) else None
    if stored is None or stored.entry.feed == entry.feed or id_key(entry) in fetch.worthless:
        return None
    return stored


def _moved(fetch: _Fetch, same: Mapping[Entry, StoredEntry]) -> dict[Entry, StoredEntry]:
    """The entries of documents of which most moved at once: to another domain, or with all their ids and links."""
    moved: dict[Entry, StoredEntry] = {}
    documents: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in fetch.entries:
        documents[entry.feed].append(entry)
    for document in documents.values():
        matches = _one_to_one(document, fetch, same)
        if len(matches) >= _FEWEST_MOVED and 2 * len(matches) >= len(document):
            moved |= matches
    return moved


def _one_to_one(
    document: Sequence[Entry], fetch: _Fetch, same: Mapping[Entry, StoredEntry]
) -> dict[Entry, StoredEntry]:
    taken = {same[entry].id for entry in document if entry in same}
    pairs = [(entry, _before_the_move(entry, fetch)) for entry in document if entry not in same]
    matches = {entry: stored for entry, stored in pairs if stored and stored.id not in taken}
    # An article may be listed twice, but under one link.
    times = Counter(id_ for id_, _ in {(stored.id, link_key(entry)) for entry, stored in matches.items()})
    return {entry: stored for entry, stored in matches.items() if times[stored.id] == 1}


def _before_the_move(entry: Entry, fetch: _Fetch) -> StoredEntry | None:
    by_path = fetch.only(path_key(entry), entry) if link_key(entry) not in fetch.worthless else None
    if by_path and not is_another(entry, by_path.entry):
        return by_path
    by_title = fetch.only(title_key(entry), entry)
    if by_title is None or (one_host(entry, by_title.entry) and dates_differ(entry, by_title.entry)):
        return None
    return by_title


def _repeats(
    fetch: _Fetch, same: Mapping[Entry, StoredEntry]
) -> tuple[dict[Entry, StoredEntry], dict[Entry, Entry]]:
    """With the entries that are one article with another of the fetch: one of the ledger's, or a new one."""
    owners: dict[str, Entry] = {}
    known, repeats = dict(same), {}
    for entry in (*same, *(entry for entry in fetch.entries if entry not in same)):
        owner = entry if entry in same else _owner(entry, fetch, owners)
        if owner in known:
            known[entry] = known[owner]
        elif owner is not entry:
            repeats[entry] = owner
        for key in _telling(entry, fetch):
            owners.setdefault(key, owner)
    return known, repeats


def _owner(entry: Entry, fetch: _Fetch, owners: Mapping[str, Entry]) -> Entry:
    """The first entry of the fetch that is the same article; itself where there is none."""
    candidates = (owners.get(key) for key in _telling(entry, fetch))
    return next((owner for owner in candidates if owner and not languages_differ(entry, owner)), entry)


def _telling(entry: Entry, fetch: _Fetch) -> tuple[str, ...]:
    """The keys under which an entry of this fetch is the same article as another."""
    link = "" if is_home(entry.link) else link_key(entry)
    both = [key for key in (link, id_key(entry)) if key not in fetch.worthless]
    name = [name_key(entry)] if has_own_id(entry) and id_key(entry) not in fetch.worthless else []
    return tuple(filter(None, (*both, *name, exact_key(entry))))


def _changes(fetch: _Fetch, same: Mapping[Entry, StoredEntry]) -> Iterator[Change]:
    told: set[int] = set()
    for entry, stored in same.items():
        own = entry.feed == stored.entry.feed and stored.id not in told
        corrects = own and _corrects(entry, stored, fetch)
        told |= {stored.id} if own else set()
        missing = tuple(key for key in keys(entry) if _is_missing(key, stored, fetch))
        if corrects or missing:
            yield Change(article=stored.id, entry=entry, keys=missing, corrects=corrects)


def _corrects(entry: Entry, stored: StoredEntry, fetch: _Fetch) -> bool:
    """Whether a title or a link was corrected, or an hour that is still waited for."""
    linked = canonical(entry.link) == canonical(stored.entry.link)
    if not linked and link_key(entry) in fetch.worthless:
        return False
    return (
        not linked
        or entry.title != stored.entry.title
        or (stored.waits and entry.published != stored.entry.published)
    )


def _is_missing(key: str, stored: StoredEntry, fetch: _Fetch) -> bool:
    articles = fetch.found.get(key, ())
    return len(articles) < ARTICLES_PER_KEY and all(article.id != stored.id for article in articles)
