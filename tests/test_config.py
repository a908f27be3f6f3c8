"""An outlet kept as code."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.config import check_feed, read_outlet_file, resolve_secret
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
        ('feeds = ["https://lejournal.example.com/rss"]', 'feeds = "https://l.example/rss"', "is not a list"),
        ('feeds = ["https://lejournal.example.com/rss"]', "feeds = 5", "field 'feeds': 5 is not a list"),
        ('feeds = ["https://lejournal.example.com/rss"]', "feeds = [5]", "5 is not a feed's address"),
        ("https://lejournal.example.com/rss", "https://[x/rss", "'https://[x/rss' is not a feed's address"),
        ("https://lejournal.example.com/rss", "https://x:y/rss", "'https://x:y/rss' is not a feed's address"),
        ('zone = "Europe/Paris"', 'accounts = "x"', "field 'accounts': 'x' is not a list"),
        ('url = "env:PIQUET_LEDGER_URL"', "url = 5", "field 'url': 5 is not a text"),
    ],
)
def test_a_mistake_is_one_sentence_with_the_file_and_the_remedy(tmp_path, old, new, said):
    path = written(tmp_path, old, new)
    with pytest.raises(UserError) as caught:
        read_outlet_file(path)
    assert said in str(caught.value) and str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("table", ["outlet", "accounts", "ledger", "strike"])
def test_a_value_in_the_place_of_a_table_is_one_sentence(tmp_path, table):
    path = tmp_path / "outlet.toml"
    path.write_text(f'{table} = "x"\n')
    with pytest.raises(UserError, match=f"'{table}' is a value there, not a table"):
        read_outlet_file(path)


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


VALUES = {
    "title": "Le Journal", "zone": "Europe/Paris", "language": "fr", "feeds": ["https://l.example/rss"],
    "accounts": ["mastodon/lejournal"], "strike": "", "ledger": "ledger", "first_posts": 0, "max_age_hours": 24,
    "flood": 20, "flood_policy": "hold", "posts_per_cycle": 20, "lease_seconds": 120, "allowed_hosts": [],
    "allow_files": False, "stale_hours": 6, "release_minutes": 2,
}  # fmt: skip


def test_a_misspelt_feed_or_account_is_left_out_with_its_sentence_and_the_others_go_on():
    feeds = ["htps://l.example/a", "https://l.example/rss", "https://[x/rss", "https://l.example/rss"]
    outlet = read_outlet("j", {**VALUES, "feeds": feeds, "accounts": ["mastodn/j", "x/j", "x/Le J"]})
    assert outlet.feeds == ("https://l.example/rss",) and outlet.accounts == ("x/j",)
    said = (
        "'htps://l.example/a' is not",
        "'https://[x/rss' is not",
        "'mastodn/j' names no network",
        "'Le J' is",
    )
    assert len(outlet.troubles) == len(said)
    assert all(words in trouble for words, trouble in zip(said, outlet.troubles, strict=True))


def test_an_outlet_that_is_right_has_no_troubles():
    assert read_outlet("j", VALUES).troubles == ()


def test_an_outlet_goes_on_without_any_account_but_not_without_any_feed():
    assert read_outlet("j", {**VALUES, "accounts": ["nobody"]}).accounts == ()
    with pytest.raises(UserError, match=r"'htps://l\.example/a' is not a feed's address"):
        read_outlet("j", {**VALUES, "feeds": ["htps://l.example/a"]})


@pytest.mark.parametrize(
    "address", ["https://cm:hunter2@l.example/rss", "https://cm:hun@ter2:x@[l.example/rss"]
)
def test_a_password_in_a_feeds_address_is_refused_and_not_repeated(address):
    with pytest.raises(UserError, match="leave out passwords") as caught:
        check_feed(address, "field 'feeds'")
    assert "hun" not in str(caught.value) and "ter2" not in str(caught.value)


@given(st.text())
def test_whatever_is_typed_as_a_feed_is_kept_or_refused_with_a_sentence(text):
    for address in (text, f"https://{text}", f"https://l.example:{text}"):
        try:
            assert check_feed(address, "field 'feeds'") == address
        except UserError as error:
            assert "is not a feed's address" in str(error)


def test_an_accounts_bounds_can_be_kept_as_code(tmp_path):
    path = written(
        tmp_path, 'consumer_key = "env', 'monthly_budget = 120.0\nposts_per_day = 40\nconsumer_key = "env'
    )
    assert read_outlet_file(path).accounts["x/lejournal"]["monthly_budget"] == 120.0
    with pytest.raises(UserError, match="'monthly_budget' is not a field of mastodon"):
        read_outlet_file(written(tmp_path, 'server = "', 'monthly_budget = 1\nserver = "'))


KEYS = EXAMPLE.read_text(encoding="utf-8").partition('[accounts."x/lejournal"]\n')[2].partition("\n\n")[0]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ('client_id = "a"\nrefresh_token = "env:R"', None),
        ('client_id = "a"\nclient_secret = "env:S"\nrefresh_token = "env:R"', None),
        ('client_id = "a"', "refresh_token"),
        ('refresh_token = "env:R"', "client_id"),
        ('client_secret = "env:S"', "access_token"),
        ("", "access_token"),
    ],
)
def test_an_x_account_has_its_four_keys_or_a_client_id_with_a_refresh_token(tmp_path, fields, missing):
    path = written(tmp_path, KEYS, fields)
    if missing is None:
        assert "refresh_token" in read_outlet_file(path).accounts["x/lejournal"]
        return
    with pytest.raises(UserError, match=f"the field '{missing}' is missing"):
        read_outlet_file(path)
