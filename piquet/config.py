"""An outlet kept as code: a TOML file read, checked and turned into plain values; knows no Prefect block."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pendulum

from piquet.errors import UserError
from piquet.networks import TRAITS

LANGUAGES = ("fr", "en")
_SECRET = re.compile(r"//.*@", re.DOTALL)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST = 200_000  # characters
_DEEP_KEY = re.compile(r"(?:[\w\"'-]+\s*\.\s*){100}")
_TABLES = ("outlet", "ledger", "accounts", "strike", "deployments")
_FIELDS = {
    "mastodon": {"server", "token"},
    "bluesky": {"service", "handle", "app_password"},
    "x": {
        "api",
        "consumer_key",
        "consumer_secret",
        "access_token",
        "access_token_secret",
        "client_id",
        "client_secret",
        "refresh_token",
        "monthly_budget",
    },
    "facebook": {"graph", "page_id", "token"},
    "threads": {"api", "token"},
    "linkedin": {"api", "organization", "token", "token_ends", "version"},
    "telegram": {"api", "channel", "token"},
}
_LISTS = ("feeds", "accounts", "allowed_hosts")
# What every account's form has, whatever its network.
_COMMON = {"template", "hashtags", "posts_per_day", "measured"}
_OPTIONAL = {"service", "api", "graph", "token_ends", "version", "monthly_budget", "client_secret"}
# Where one set of fields may stand in place of another; the first is the one that is asked for.
_EITHER = {
    "x": (
        {"consumer_key", "consumer_secret", "access_token", "access_token_secret"},
        {"client_id", "refresh_token"},
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletFile:
    """What an outlet's file says, table by table, names checked; values are those of the blocks."""

    name: str
    outlet: Mapping[str, Any]
    ledger_url: str
    accounts: Mapping[str, Mapping[str, Any]]
    strike: Mapping[str, Any] = field(default_factory=dict)
    # Of Prefect's deployments; empty where the file leaves it to prefect.yaml.
    work_pool: str = ""


def read_outlet_file(path: Path) -> OutletFile:
    """Read and check one outlet file. Raises UserError: file, field, value and remedy."""
    tables = _toml(path)
    for table in tables:
        if table not in _TABLES:
            raise UserError(f"{path}: [{table}] is not a table of an outlet file: use {', '.join(_TABLES)}.")
        _check_table(tables[table], table, path)
    outlet = dict(_table(tables, "outlet", path))
    _check_lists(outlet, path)
    name = check_name(str(outlet.pop("name", "")), f"{path}, field 'name'")
    accounts = {key: _account(key, value, path) for key, value in _table(tables, "accounts", path).items()}
    outlet.setdefault("accounts", list(accounts))
    for reference in outlet["accounts"]:
        check_account(reference, f"{path}, field 'accounts'")
    check_zone(outlet.get("zone", ""), f"{path}, field 'zone'")
    for feed in outlet.get("feeds", []):
        check_feed(feed, f"{path}, field 'feeds'")
    ledger_url = _ledger_url(tables.get("ledger", {}), path)
    return OutletFile(
        name=name,
        outlet=outlet,
        ledger_url=ledger_url,
        accounts=accounts,
        strike=tables.get("strike", {}),
        work_pool=_work_pool(tables.get("deployments", {}), path),
    )


def check_name(name: str, where: str) -> str:
    """A block document's name: lower case letters, digits and dashes."""
    if not _NAME.fullmatch(name):
        raise UserError(f"{where}: {name!r} is not a name: use lower case letters, digits and dashes.")
    return name


def check_account(reference: str, where: str) -> tuple[str, str]:
    """Split `network/account`, both known in form; raises UserError naming the choice."""
    network, _, name = str(reference).partition("/")
    if network not in TRAITS:
        choice = ", ".join(TRAITS)
        raise UserError(
            f"{where}: {reference!r} names no network: write one of {choice}, a slash, and the account."
        )
    return network, check_name(name, where)


def check_zone(zone: str, where: str) -> tzinfo:
    """The IANA time zone of that name."""
    try:
        return pendulum.timezone(zone)
    except Exception:
        raise UserError(f"{where}: {zone!r} is not a time zone: write one like Europe/Paris.") from None


def check_feed(address: str, where: str) -> str:
    """A feed's address: http, https, or a file for tests and the demo."""
    if isinstance(address, str) and _is_feed(address):
        return address
    raise UserError(
        f"{where}: {_shown(address)} is not a feed's address: start it with https:// and leave out passwords."
    )


def _is_feed(address: str) -> bool:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname) and "@" not in parts.netloc
    return parts.scheme == "file"


def _shown(value: Any) -> str:
    """A value for people, without what stands before an @: it may be a password."""
    return repr(_SECRET.sub("//...@", value) if isinstance(value, str) else value)[:100]


def resolve_secret(value: str, where: str) -> str:
    """The secret itself: `env:NAME` is read from this process's environment."""
    if not value.startswith("env:"):
        return value
    name = value.removeprefix("env:")
    if not (secret := os.environ.get(name)):
        raise UserError(
            f"{where}: the environment variable {name} is not set where this runs: set it, then try again."
        )
    return secret


def _toml(path: Path) -> dict[str, Any]:
    text = _text(path)
    # tomllib takes time and stack without bound for these.
    if len(text) > _LONGEST or _DEEP_KEY.search(text):
        raise UserError(
            f"{path}: it is too large or too deep for an outlet's file: write one like deployments/outlets/."
        )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: it is not valid TOML ({error}): correct that place.") from None
    except RecursionError:
        raise UserError(
            f"{path}: it is nested too deeply: an outlet's file has tables and lists only."
        ) from None
    except ValueError:
        raise UserError(f"{path}: it holds a number or a date that cannot be: correct it.") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file: give the path of an outlet's TOML file.") from None
    except OSError as error:
        raise UserError(f"{path}: it cannot be read ({error.strerror}): check its rights.") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: it is not UTF-8 text: save it as UTF-8.") from None


def _check_table(table: Any, name: str, path: Path) -> None:
    if not isinstance(table, Mapping):
        raise UserError(
            f"{path}: {name!r} is a value there, not a table: write its fields one a line under [{name}]."
        )


def _check_lists(outlet: Mapping[str, Any], path: Path) -> None:
    for name in _LISTS:
        if not isinstance(outlet.get(name, []), list):
            raise UserError(
                f"{path}, field '{name}': {_shown(outlet[name])} is not a list: write its values between [ and ]."
            )


def _ledger_url(table: Mapping[str, Any], path: Path) -> str:
    url = table.get("url", "env:PIQUET_LEDGER_URL")
    if not isinstance(url, str):
        raise UserError(f"{path}, [ledger], field 'url': {url!r} is not a text: write it between quotes.")
    return url


def _work_pool(table: Mapping[str, Any], path: Path) -> str:
    for name in table:
        if name != "work_pool":
            raise UserError(f"{path}, [deployments]: {name!r} is not a field of it: use work_pool.")
    pool = table.get("work_pool", "")
    if not isinstance(pool, str) or ("work_pool" in table and not pool.strip()):
        raise UserError(
            f"{path}, [deployments], field 'work_pool': {_shown(pool)} is not a work pool's name: "
            "write it between quotes, or leave the field out."
        )
    return pool


def _table(tables: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Any]:
    table = tables.get(name)
    if not isinstance(table, Mapping) or not table:
        raise UserError(
            f"{path}: the table [{name}] is missing or empty: add it, as in deployments/outlets/."
        )
    return table


def _account(reference: str, values: Any, path: Path) -> Mapping[str, Any]:
    where = f'{path}, [accounts."{reference}"]'
    network, _ = check_account(reference, where)
    if not isinstance(values, Mapping):
        raise UserError(f"{where}: it is not a table: write its fields one a line under that heading.")
    known = _FIELDS[network] | _COMMON
    for name in values:
        if name not in known:
            raise UserError(f"{where}: {name!r} is not a field of {network}: use {', '.join(sorted(known))}.")
    for name in sorted(_needed(network, set(values)) - set(values)):
        raise UserError(f"{where}: the field '{name}' is missing: add it (a secret as env:NAME).")
    return values


def _needed(network: str, given: set[str]) -> set[str]:
    """The fields that must be there, with the set that is begun where there is a choice."""
    sets = _EITHER.get(network, ())
    chosen = next((one for one in sets if one & given), sets[0] if sets else set())
    if any(one <= given for one in sets):
        chosen = set()
    return (_FIELDS[network] - _OPTIONAL - set().union(*sets)) | chosen
