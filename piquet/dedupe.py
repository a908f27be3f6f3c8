"""Which entries of a fetch are articles that the ledger has, told from whole documents; pure, it asks nobody."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from piquet.entry import Entry
from piquet.fetched import Fetch
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
    is_unmoved,
    is_unrenamed,
    languages_differ,
    numbers_articles,
    one_host,
    plain_title,
)

# So many articles under one key prove that it tells nothing; more of them would teach nothing more.
ARTICLES_PER_KEY = 8

# A move shows in no fewer entries: below that, titles repeat by chance ("La revue de presse").
_FEWEST_MOVED = 3

# So many articles that kept their ids prove that their feed's ids stay with their articles.
_FEWEST_STEADY = 3


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


def tell_apart(entries: Iterable[Entry], found: Mapping[str, Sequence[StoredEntry]]) -> Known:
    """Who is who; `found` are the ledger's articles by each of the entries' keys, `ARTICLES_PER_KEY` at most."""
    once = tuple(dict.fromkeys(entries))
    fetch = Fetch.of(once, found)
    same = _linked(fetch)
    steady = _steady(fetch, same)
    same |= _identified(fetch, same, steady)
    same |= _moved(fetch, same)
    same |= _unchanged(fetch, same, steady)
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


def _linked(fetch: Fetch) -> dict[Entry, StoredEntry]:
    """By link: it decides where the id says otherwise, for ids are reset more often than links are reused."""
    pairs = ((entry, fetch.only(link_key(entry), entry)) for entry in fetch.entries)
    return {entry: stored for entry, stored in pairs if stored and not _is_reused(entry, stored, fetch)}


def _is_reused(entry: Entry, stored: StoredEntry, fetch: Fetch) -> bool:
    """Whether a link lives on with another article: another id, another title, another day; a home page, any time."""
    own_ids = has_own_id(entry) and has_own_id(stored.entry)
    if has_own_id(entry) and fetch.only(id_key(entry), entry) == stored:
        return False
    if is_home(entry.link):
        return not alike(entry, stored.entry) or (own_ids and plain_title(entry) != plain_title(stored.entry))
    return own_ids and entry.feed == stored.entry.feed and is_of_another_day(entry, stored.entry)


def _steady(fetch: Fetch, linked: Mapping[Entry, StoredEntry]) -> frozenset[str]:
    """The feeds whose ids are proven: several of their known articles have their own, and none has another's."""
    own, others = Counter[str](), set[str]()
    for entry, stored in linked.items():
        by_id = fetch.only(id_key(entry), entry) if has_own_id(entry) else None
        if by_id and by_id.id == stored.id:
            own[entry.feed] += 1
        elif by_id:
            others.add(entry.feed)
    return frozenset(feed for feed, times in own.items() if times >= _FEWEST_STEADY) - others


def _identified(
    fetch: Fetch, linked: Mapping[Entry, StoredEntry], steady: Collection[str]
) -> dict[Entry, StoredEntry]:
    """By id where the link is new; by id and title in another feed; by id, link and title at last."""
    claimed = {(entry.feed, stored.id): entry for entry, stored in linked.items()}
    rest = [entry for entry in fetch.entries if entry not in linked]
    pairs = (
        (
            entry,
            _by_id(entry, fetch, claimed, steady)
            or _by_name(entry, fetch)
            or fetch.only(exact_key(entry), entry),
        )
        for entry in rest
    )
    return {entry: stored for entry, stored in pairs if stored}


def _by_id(
    entry: Entry, fetch: Fetch, claimed: Mapping[tuple[str, int], Entry], steady: Collection[str]
) -> StoredEntry | None:
    stored = fetch.only(id_key(entry), entry)
    if stored is None or link_key(entry) in fetch.worthless:
        return stored
    holder = claimed.get((entry.feed, stored.id))
    # Ids that number the places in a document: the article has moved down and another has taken its number.
    if holder and plain_title(holder) != plain_title(entry):
        return None
    # "La revue de presse" of another morning has the id of yesterday's, where ids copy headlines.
    reused = copies_headline(entry) and dates_differ(entry, stored.entry)
    # A proven id keeps an article that was rewritten, its date too; a page written anew every day has one as well.
    proven = entry.feed in steady and numbers_articles(entry)
    another = (is_of_another_day if proven else is_another)(entry, stored.entry)
    return None if reused or another else stored


def _by_name(entry: Entry, fetch: Fetch) -> StoredEntry | None:
    """The same id and title in another feed."""
    stored = fetch.only(name_key(entry), entry) if has_own_id(entry) else None
    if stored is None or stored.entry.feed == entry.feed or id_key(entry) in fetch.worthless:
        return None
    return stored


def _moved(fetch: Fetch, same: Mapping[Entry, StoredEntry]) -> dict[Entry, StoredEntry]:
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
    document: Sequence[Entry], fetch: Fetch, same: Mapping[Entry, StoredEntry]
) -> dict[Entry, StoredEntry]:
    taken = {same[entry].id for entry in document if entry in same}
    pairs = [(entry, _before_the_move(entry, fetch)) for entry in document if entry not in same]
    matches = {entry: stored for entry, stored in pairs if stored and stored.id not in taken}
    # An article may be listed twice, but under one link.
    times = Counter(id_ for id_, _ in {(stored.id, link_key(entry)) for entry, stored in matches.items()})
    return {entry: stored for entry, stored in matches.items() if times[stored.id] == 1}


def _before_the_move(entry: Entry, fetch: Fetch) -> StoredEntry | None:
    by_path = fetch.only(path_key(entry), entry) if link_key(entry) not in fetch.worthless else None
    if by_path and not is_another(entry, by_path.entry):
        return by_path
    by_title = fetch.only(title_key(entry), entry)
    if by_title is None or (one_host(entry, by_title.entry) and dates_differ(entry, by_title.entry)):
        return None
    return by_title


def _unchanged(
    fetch: Fetch, same: Mapping[Entry, StoredEntry], steady: Collection[str]
) -> dict[Entry, StoredEntry]:
    """Single articles under a new link that are else as they were, where no other entry could be the same one."""
    taken = {(entry.feed, stored.id) for entry, stored in same.items()}
    pairs = ((entry, _as_it_was(entry, fetch, steady)) for entry in fetch.entries if entry not in same)
    found = {entry: stored for entry, stored in pairs if stored and (entry.feed, stored.id) not in taken}
    times = Counter((entry.feed, stored.id) for entry, stored in found.items())
    return {entry: stored for entry, stored in found.items() if times[entry.feed, stored.id] == 1}


def _as_it_was(entry: Entry, fetch: Fetch, steady: Collection[str]) -> StoredEntry | None:
    """By title, with its path or its moment; by neither where ids stay with their articles and this one is new."""
    by_path, by_title = (fetch.only(make(entry), entry) for make in (path_key, title_key))
    own_id = has_own_id(entry)
    if link_key(entry) in fetch.worthless or (own_id and entry.feed in steady):
        return None
    if by_path and is_unmoved(entry, by_path.entry):
        return by_path
    own_ids = own_id and by_title and has_own_id(by_title.entry)
    return by_title if by_title and not own_ids and is_unrenamed(entry, by_title.entry) else None


def _repeats(
    fetch: Fetch, same: Mapping[Entry, StoredEntry]
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


def _owner(entry: Entry, fetch: Fetch, owners: Mapping[str, Entry]) -> Entry:
    """The first entry of the fetch that is the same article; itself where there is none."""
    candidates = (owners.get(key) for key in _telling(entry, fetch))
    return next((owner for owner in candidates if owner and not languages_differ(entry, owner)), entry)


def _telling(entry: Entry, fetch: Fetch) -> tuple[str, ...]:
    """The keys under which an entry of this fetch is the same article as another."""
    link = "" if is_home(entry.link) else link_key(entry)
    both = [key for key in (link, id_key(entry)) if key not in fetch.worthless]
    name = [name_key(entry)] if has_own_id(entry) and id_key(entry) not in fetch.worthless else []
    return tuple(filter(None, (*both, *name, exact_key(entry))))


def _changes(fetch: Fetch, same: Mapping[Entry, StoredEntry]) -> Iterator[Change]:
    told: set[int] = set()
    for entry, stored in same.items():
        own = entry.feed == stored.entry.feed and stored.id not in told
        corrects = own and _corrects(entry, stored, fetch)
        told |= {stored.id} if own else set()
        missing = tuple(key for key in keys(entry) if _is_missing(key, stored, fetch))
        if corrects or missing:
            yield Change(article=stored.id, entry=entry, keys=missing, corrects=corrects)


def _corrects(entry: Entry, stored: StoredEntry, fetch: Fetch) -> bool:
    """Whether a title or a link was corrected, or an hour that is still waited for."""
    linked = canonical(entry.link) == canonical(stored.entry.link)
    if not linked and link_key(entry) in fetch.worthless:
        return False
    return (
        not linked
        or entry.title != stored.entry.title
        or (stored.waits and entry.published != stored.entry.published)
    )


def _is_missing(key: str, stored: StoredEntry, fetch: Fetch) -> bool:
    articles = fetch.found.get(key, ())
    return len(articles) < ARTICLES_PER_KEY and all(article.id != stored.id for article in articles)
