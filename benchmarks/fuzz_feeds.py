"""Looks for bodies that the feed parser does not survive: python -m benchmarks.fuzz_feeds --seconds 600."""

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from piquet.errors import FeedError

try:  # only fuzzed with, so no dependency of ours: uv run --with atheris ...
    import atheris
except ImportError:
    atheris = None

KEPT = Path(".piquet/fuzz")
# Bodies that a cycle sees are mostly smaller; larger ones only make each try slower.
_LONGEST = 64_000
_URL = "https://paper.example/feed"
_SEEDS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><item><title>A</title>'
    b"<link>https://paper.example/a</link><pubDate>Sat, 05 Dec 2026 10:00:00 +0100</pubDate></item></channel></rss>",
    b'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>a</id><title>A</title>'
    b'<link href="https://paper.example/a"/><updated>2026-12-05T10:00:00Z</updated></entry></feed>',
    b'{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"a","url":"https://paper.example/a"}]}',
)
_WORDS = (
    b"<![CDATA[", b"]]>", b"<!DOCTYPE rss [<!ENTITY e 'x'>]>", b"&e;", b"&#0;", b"&#xD800;", b"<item>", b"</item>",
    b"<entry>", b"<!--", b"<?xml version='1.0' encoding='utf-16'?>", b"\xff\xfe", b"\xef\xbb\xbf", b"\x00",
    b"\xed\xa0\x80", b"xml:base='http://[x/'", b"href='//[::'", b"9" * 400, b"1e999", b"[[[[", b"\\ud800",
    b"null", b"+99:99", b"{",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Try bodies for so many seconds; 0 where every one was read or refused with a FeedError, else 1."""
    options = _options(arguments)
    seeds = [*_SEEDS, *_bodies(options.folder)]
    if atheris is None:
        print(
            "atheris is not installed here, so bodies change blindly: uv run --with atheris ... guides them."
        )
        return blindly(seeds, seconds=options.seconds, seed=options.seed, parse=_parser())
    return _guided(seeds, options.seconds, options.seed)


def blindly(seeds: Sequence[bytes], *, seconds: float, seed: int, parse: Callable[[bytes], object]) -> int:
    """Change the seeds at random; the same `seed` tries the same bodies. Stops at the first that breaks `parse`."""
    chance, end, tried = random.Random(seed), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        body = mutated(seeds, chance)
        tried += 1
        try:
            survive(body, parse)
        except Exception as error:
            print(
                f"{type(error).__name__}: {error}; the body is in {_keep(body)} (seed {seed}, try {tried})."
            )
            return 1
    print(f"{tried} bodies in {seconds:g} s (seed {seed}): each was read, or refused with a FeedError.")
    return 0


def survive(body: bytes, parse: Callable[[bytes], object]) -> None:
    """Parse one body; whatever is raised that is no FeedError is a defect."""
    try:
        parse(body)
    except FeedError:
        return


def mutated(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """One of the seeds with one to eight changes."""
    body = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 8)):
        start = chance.randint(0, len(body))
        stop = min(len(body), start + int(chance.expovariate(1 / 20)))
        body[start:stop] = _change(bytes(body[start:stop]), seeds, chance)
    return bytes(body[:_LONGEST])


def _change(piece: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(seeds)
    at = chance.randint(0, len(other))
    return chance.choice(
        (
            b"",
            piece + piece,
            piece * chance.randint(2, 50),
            piece + chance.choice(_WORDS),
            chance.randbytes(len(piece) + 1),
            other[at : at + 200],
        )
    )


def _guided(seeds: Sequence[bytes], seconds: float, seed: int) -> int:
    """atheris ends this process itself, with 1 where it found something."""
    corpus = KEPT / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for body in seeds:
        (corpus / hashlib.sha256(body).hexdigest()[:16]).write_bytes(body)
    with atheris.instrument_imports(include=["piquet.feed", "feedparser"]):
        parse = _parser()
    words = [f"-max_total_time={max(1, int(seconds))}", f"-seed={seed}", f"-max_len={_LONGEST}"]
    words += ["-error_exitcode=1", "-timeout=60", f"-artifact_prefix={KEPT}/"]
    atheris.Setup([sys.argv[0], *words, str(corpus)], lambda body: survive(body, parse))
    atheris.Fuzz()
    return 0


def _parser() -> Callable[[bytes], object]:
    # Imported here and not above: atheris counts branches only of what is imported under its eyes.
    from piquet.feed.parse import parse

    return lambda body: parse(body, {}, _URL)


def _bodies(folder: Path | None) -> list[bytes]:
    paths = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    return [
        path.read_bytes()[:_LONGEST] for path in paths if path.suffix in (".xml", ".atom", ".json", ".rss")
    ]


def _keep(body: bytes) -> Path:
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{hashlib.sha256(body).hexdigest()[:16]}.feed"
    path.write_bytes(body)
    return path


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Looks for a body that the feed parser does not survive.")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--folder", type=Path, help="Real feeds to start from.")
    parser.add_argument("--seed", type=int, default=1, help="Another number tries other bodies.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
