"""The fuzz harness itself: it finds what is broken, and says so."""

import random

from benchmarks import fuzz_feeds
from piquet.errors import NotAFeed


def refuses(_body: bytes) -> None:
    raise NotAFeed("This is a page.")


def breaks(body: bytes) -> None:
    if b"&e;" in body:
        raise KeyError("e")


def test_a_feed_error_is_an_answer_and_not_a_defect(capsys):
    assert fuzz_feeds.blindly([b"<rss/>"], seconds=0.1, seed=1, parse=refuses) == 0
    assert "each was read, or refused" in capsys.readouterr().out


def test_any_other_exception_is_a_failure_and_its_body_is_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fuzz_feeds, "KEPT", tmp_path)
    assert fuzz_feeds.blindly([b"<rss/>"], seconds=30, seed=1, parse=breaks) == 1
    [kept] = tmp_path.iterdir()
    assert b"&e;" in kept.read_bytes() and "KeyError" in capsys.readouterr().out


def test_the_same_seed_tries_the_same_bodies():
    first, again = (random.Random(7), random.Random(7))
    seeds = [b"<rss/>", b"{}"]
    assert [fuzz_feeds.mutated(seeds, first) for _ in range(50)] == [
        fuzz_feeds.mutated(seeds, again) for _ in range(50)
    ]


def test_the_parser_survives_two_seconds_of_changed_feeds(monkeypatch, tmp_path):
    monkeypatch.setattr(fuzz_feeds, "KEPT", tmp_path)
    monkeypatch.setattr(fuzz_feeds, "atheris", None)
    assert fuzz_feeds.main(["--seconds", "2"]) == 0
