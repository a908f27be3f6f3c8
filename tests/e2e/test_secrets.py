"""Marked secrets through every kind of failure on a real Prefect server: they are in nothing that was written."""

import json
import subprocess
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e.newsroom import ROOT, prefect_api, set_block
from tests.secrecy.marks import Marks
from tests.secrecy.networks import credentials, network_of
from tests.secrecy.server import repeaters

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.timeout(300)]

# Each account by its kind and how its network fails; "session-500": only after it has let us in.
ACCOUNTS = (
    ("mastodon", "401"),
    ("mastodon", "422"),
    ("mastodon", "malformed"),
    ("bluesky", "400"),
    ("bluesky", "session-500"),
    ("x", "403"),
    ("x", "429"),
    ("x", "reset"),
    ("x-oauth2", "401"),
    ("x-oauth2", "session-403"),
    ("facebook", "400"),
    ("facebook", "500"),
    ("facebook", "wrong_shape"),
    ("threads", "401"),
    ("threads", "503"),
    ("linkedin", "422"),
    ("linkedin", "302"),
    ("telegram", "400"),
    ("telegram", "429"),
)
ADDRESS = {"mastodon": "server", "bluesky": "service", "facebook": "graph"}
PLACES = (
    "what was printed",
    "the server's files",
    "the ledger",
    "the audit",
    "the blocks as everybody reads them",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The secrets, those that somebody entered where none belongs, one that was planted, and all that was written."""

    secrets: Marks
    misplaced: Marks
    planted: Marks
    places: Mapping[str, str | bytes]
    struck: Mapping[str, int]


def table(name: str, values: Mapping[str, object]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


class Play:
    """The outlets of one play: one whose networks fail, and three that are entered wrongly."""

    def __init__(self, room, folder: Path) -> None:
        self.room, self.folder, self.name = room, folder, room.name
        self.secrets, self.misplaced, self.planted = Marks(), Marks(), Marks()
        self.accounts = {f"{self.name}{i}": (kind, how) for i, (kind, how) in enumerate(ACCOUNTS)}
        self.given = {
            name: credentials_of(kind, name, self.secrets) for name, (kind, _) in self.accounts.items()
        }
        self.env = dict(room.env)
        self.broken = [f"{self.name}-{what}" for what in ("ledger", "feed", "zone", "field", "nested")]

    def forms(self, base) -> dict[str, dict[str, object]]:
        """The account blocks: every other one names its secrets in the environment."""
        made = {}
        for number, (name, (kind, how)) in enumerate(self.accounts.items()):
            network, values = network_of(kind), dict(self.given[name])
            if number % 2:
                values = {key: self._in_environment(name, key, value) for key, value in values.items()}
            made[f"{network}/{name}"] = {**values, ADDRESS.get(network, "api"): base(kind, name, how)}
        token = self.secrets.new("TLS token")
        made[f"mastodon/{self.name}-tls"] = {
            "server": base("mastodon", "broken", "401").replace("http:", "https:"),
            "token": token,
        }
        proxied = {"api": "https://linkedin.invalid", "organization": "2414183"}
        made[f"linkedin/{self.name}-proxy"] = {**proxied, "token": self.secrets.new("proxied token")}
        return made

    def _in_environment(self, name: str, key: str, value: str) -> str:
        if value not in "".join(self.secrets.known.values()) and ":" not in value:
            return value
        variable = f"{name}_{key}".upper().replace("-", "_")
        self.env[variable] = value
        return f"env:{variable}"

    def write(self, base) -> None:
        """The outlets as files: good ones, and some that cannot be right."""
        ledger = {"url": self.room.ledger_url}
        forms = self.forms(base)
        outlet = {
            "title": "Le Journal",
            "zone": "Europe/Paris",
            "feeds": [self.room.feed.as_uri()],
            "allow_files": True,
        }
        outlet |= {
            "first_posts": 1,
            "ledger": self.name,
            "lease_seconds": 60,
        }
        self._toml("outlet-1", self.name, outlet, ledger, forms)
        for name in self.broken:
            used = ledger
            if name.endswith("-ledger"):
                used = {
                    "url": f"postgresql://piquet:{self.secrets.new('ledger password')}@127.0.0.1:1/ledger"
                }
            form = {f"mastodon/{name}": {"server": base("mastodon", "broken", "401"), "token": "env:PATH"}}
            self._toml(f"outlet-{name}", name, {**outlet, "ledger": name}, used, form)
        wrong = self.misplaced.new
        self._toml("wrong-1", self.name, {**outlet, "zone": wrong("zone")}, ledger, forms)
        self._toml("wrong-2", self.name, outlet, {"url": [wrong("url")]}, forms)
        self._toml("wrong-3", self.name, outlet, ledger, {f"x/{self.name}": {wrong("field"): "1"}})
        self._toml(
            "wrong-4",
            self.name,
            {**outlet, "feeds": [f"https://me:{wrong('feed')}@j.example/"]},
            ledger,
            forms,
        )
        self._toml("wrong-5", wrong("name"), outlet, ledger, forms)
        self._toml(
            "wrong-6",
            self.name,
            outlet,
            ledger,
            {f"mastodon/{self.name}": {**ok(wrong), "posts_per_day": wrong("n")}},
        )
        broken_line = f'[outlet]\nname = "{self.name}"\ntoken = {wrong("syntax")}\n'
        (self.folder / "wrong-7.toml").write_text(broken_line, encoding="utf-8")

    def _toml(self, file: str, name: str, outlet, ledger, forms) -> None:
        tables = [table("outlet", {"name": name, **outlet, "accounts": list(forms)}), table("ledger", ledger)]
        tables += [table(f'accounts."{key}"', values) for key, values in forms.items()]
        tables += [table("strike", {"reminder_minutes": 0, "tail_days": 0})]
        (self.folder / f"{file}.toml").write_text("\n".join(tables), encoding="utf-8")

    def misuse(self) -> None:
        """Secrets entered into fields that are not theirs, as Prefect's UI takes them."""
        local, (_, feed, zone, field, nested) = self.room.local, self.broken
        password = self.misplaced.new("feed password in the form")
        set_block(local, "outlet", feed, {"feeds": [f"https://desk:{password}@journal.example/feed"]})
        set_block(local, "outlet", zone, {"zone": self.misplaced.new("zone in the form")})
        set_block(
            local, "mastodon-account", field, {"posts_per_day": self.misplaced.new("number in the form")}
        )
        set_block(local, "mastodon-account", feed, {"server": self.misplaced.new("server in the form")})
        self._nest(nested, "movement")

    def _nest(self, outlet: str, field: str) -> None:
        """Another block put into a field of a Strike block, whose worker then loads it with its secret in clear."""
        # Words, not one long token: nothing about them looks like a secret.
        words = " ".join(self.secrets.new("nested words"))
        other = secret_block(self.room.local, f"{outlet}-{field}", words)
        set_block(self.room.local, "strike", outlet, {field: {"$ref": {"block_document_id": other}}})

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.secrecy.play", str(self.folder), *words]
        proxy = f"http://desk:{self.secrets.new('proxy password')}@127.0.0.1:1"
        more = {
            "HTTPS_PROXY": proxy,
            "NO_PROXY": "127.0.0.1,localhost",
            "PREFECT_API_AUTH_STRING": f"ops:{self.secrets.new('server auth string')}",
            "PREFECT_LOGGING_LEVEL": "DEBUG",
            "PREFECT_LOGGING_EXTRA_LOGGERS": "piquet,httpx",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG",
        }
        return subprocess.run(
            command, env={**self.env, **more}, capture_output=True, text=True, cwd=ROOT, timeout=200
        )


def ok(new) -> dict[str, str]:
    return {"server": "https://mastodon.invalid", "token": new("token beside a wrong number")}


def credentials_of(kind: str, name: str, marks: Marks) -> dict[str, str]:
    made = Marks()
    given = credentials(kind, made)
    marks.known |= {f"{name} {field}": secret for field, secret in made.known.items()}
    public = {
        "handle": f"{name}.wall.test",
        "page_id": str(zlib.crc32(name.encode())),
        "channel": f"@{name.replace('-', '_')}",
    }
    return {key: public.get(key, value) for key, value in given.items()}


def entries() -> str:
    item = "<item><title>La grève</title><link>https://secret.example.com/1</link><guid>1</guid></item>"
    return f"<rss version='2.0'><channel><title>J</title>{item}</channel></rss>"


def secret_block(local, name: str, value: object) -> str:
    """A Secret block, as people make it in Prefect's UI; its id."""
    kind = prefect_api(local, "GET", "block_types/slug/secret").json()["id"]
    wanted = {"block_schemas": {"block_type_id": {"any_": [kind]}}}
    schema = prefect_api(local, "POST", "block_schemas/filter", json=wanted).json()[0]["id"]
    body = {"name": name, "data": {"value": value}, "block_type_id": kind, "block_schema_id": schema}
    return prefect_api(local, "POST", "block_documents/", json=body).json()["id"]


def files_under(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def blocks_as_read(local) -> str:
    found, offset = [], 0
    while page := prefect_api(
        local, "POST", "block_documents/filter", json={"limit": 200, "offset": offset}
    ).json():
        found, offset = found + page, offset + len(page)
    return json.dumps(found)


@pytest.fixture(scope="module")
def written(local, tmp_path_factory):
    from tests.e2e.newsroom import Newsroom

    folder = tmp_path_factory.mktemp("secrets")
    play = Play(Newsroom(local, folder, "confidences", ("mastodon",)), folder)
    known = {
        name: [value for value in given.values() if value in str(play.secrets.known)]
        for name, given in play.given.items()
    }
    let_in = {name: account for name, account in play.accounts.items() if "-" in account[1]}
    known["broken"] = []
    with repeaters(local.wall, known) as server:
        for name, (kind, _) in let_in.items():
            body = {"network": network_of(kind), "name": name, "title": "J", "credentials": play.given[name]}
            httpx.post(f"{local.wall}/_wall/accounts", json=body, trust_env=False).raise_for_status()
        play.room.write(entries())
        play.write(server.base)
        applied = play.run()
        play.misuse()
        played = play.run(play.name, ",".join(play.broken), play.planted.new("planted"))
    said = "".join((applied.stdout, applied.stderr, played.stdout, played.stderr))
    (folder / "said.txt").write_text(said, encoding="utf-8")
    places = {
        "what was printed": said,
        "the server's files": files_under(local.folder),
        "the ledger": b"".join(path.read_bytes() for path in folder.glob("ledger.db*")),
        "the audit": b"".join(path.read_bytes() for path in folder.glob("audit.*")),
        "the blocks as everybody reads them": blocks_as_read(local),
    }
    return Written(
        secrets=play.secrets,
        misplaced=play.misplaced,
        planted=play.planted,
        places=places,
        struck=server.struck,
    )


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_of_any_account_server_ledger_or_proxy_is_in(written, place):
    assert len(written.places[place]) > 1000
    assert written.secrets.found_in({place: written.places[place]}) == []


def test_every_account_met_its_failure(written):
    assert len(written.struck) == len(ACCOUNTS) + 1, sorted(
        written.struck
    )  # and the one of the broken outlets
    said = str(written.places["what was printed"])
    assert "Failed" in said and "Traceback" in said


def test_a_block_put_into_the_strike_block_is_complained_of_by_the_fields_name_alone(written):
    said = str(written.places["what was printed"])
    assert "Strike confidences-nested, field 'movement': Input should be a valid string; correct it" in said


def test_a_secret_entered_in_another_field_is_in_no_sentence(written):
    # The field itself is plain: Prefect keeps it as it was typed, in its database and in the block's events.
    assert written.misplaced.found_in({"printed": written.places["what was printed"]}) == []
    assert written.misplaced.found_in({"the ledger": written.places["the ledger"]}) == []


@pytest.mark.parametrize("place", ["what was printed", "the server's files"])
def test_the_search_finds_what_a_careless_flow_writes(written, place):
    assert written.planted.found_in({place: written.places[place]}) == [f"planted in {place}"]
