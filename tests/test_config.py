"""An outlet kept as code."""

from pathlib import Path

import pytest

from piquet.config import read_outlet_file, resolve_secret
from piquet.errors import UserError
from piquet.outlet import read_outlet

EXAMPLE = Path(__file__).parents[1] / "deployments" / "outlets" / "lejournal.toml"


def written(folder: Path, old: str, new: str) -> Path:
    path = folder / "outlet.toml"
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_the_example_outlet_is_read_whole():
    file = read_outlet_file(EXAMPLE)
    assert file.name == "lejournal"
    assert list(file.accounts) == file.outlet["accounts"]
    assert {a.split("/")[0] for a in file.accounts} == {"mastodon", "bluesky", "x", "facebook"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('zone = "Europe/Paris"', 'zone = "Paris"', "'Paris' is not a time zone"),
        ('name = "lejournal"', 'name = "Le Journal"', "'Le Journal' is not a name"),
        ("https://lejournal.example.com/rss", "ftp://lejournal.example.com/rss", "is not a feed's address"),
        (
            '[accounts."x/lejournal"]',
            '[accounts."twitter/lejournal"]',
            "'twitter/lejournal' names no network",
        ),
        ("server =", "sever =", "'sever' is not a field of mastodon"),
        ('page_id = "100000000000001"', "", "the field 'page_id' is missing"),
        ("[ledger]", "[legder]", "[legder] is not a table"),
        ("[outlet]", "[outlet", "is not valid TOML"),
    ],
)
def test_a_mistake_is_one_sentence_with_the_file_and_the_remedy(tmp_path, old, new, said):
    path = written(tmp_path, old, new)
    with pytest.raises(UserError) as caught:
        read_outlet_file(path)
    assert said in str(caught.value) and str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="there is no such file"):
        read_outlet_file(tmp_path / "no.toml")


def test_a_secret_is_read_from_the_environment_by_name(monkeypatch):
    monkeypatch.setenv("A_TOKEN", "s3cret")
    assert resolve_secret("env:A_TOKEN", "field 'token'") == "s3cret"
    monkeypatch.delenv("A_TOKEN")
    with pytest.raises(
        UserError, match="field 'token': the environment variable A_TOKEN is not set"
    ) as caught:
        resolve_secret("env:A_TOKEN", "field 'token'")
    assert "s3cret" not in str(caught.value)


def test_an_outlet_without_feeds_is_one_sentence():
    with pytest.raises(UserError, match="Outlet lejournal, field 'feeds': it is empty"):
        read_outlet("lejournal", {"feeds": []})
