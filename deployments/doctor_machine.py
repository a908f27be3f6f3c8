"""What the doctor looks at on this machine: Python, the installed packages, zone data; asks no server."""

import re
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping
from importlib import metadata
from itertools import chain
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

from piquet.diagnosis import Finding, broken, judge_packages, judge_python, ok, unseen

LOCK = Path(__file__).parents[1] / "uv.lock"
_ABOUT = "this machine"


def look_at_machine(lock: Path = LOCK) -> list[Finding]:
    """What holds whatever the outlet."""
    return [judge_python(sys.version_info, _wanted_python()), _packages(lock), _zones()]


def _wanted_python() -> str:
    try:
        return metadata.metadata("piquet")["Requires-Python"]
    except metadata.PackageNotFoundError:
        return ">=3.11"  # run from a source tree that was never installed


def _packages(lock: Path) -> Finding:
    if not lock.exists():
        return unseen(_ABOUT, "packages", "there is no uv.lock beside this Piquet to compare them with")
    return judge_packages(_locked(lock), dict(_installed()))


def _locked(lock: Path) -> dict[str, set[str]]:
    """Versions by name of all that Piquet runs on: one package may be locked in several, for several systems.

    Left out are development's own tools and what came with the environment, such as pip.
    """
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    needs: dict[str, set[str]] = {}
    for package in packages:
        wanted = [
            *package.get("dependencies", ()),
            *chain(*package.get("optional-dependencies", {}).values()),
        ]
        needs.setdefault(package["name"], set()).update(one["name"] for one in wanted)
    found = reached(needs, [package["name"] for package in packages if "editable" in package["source"]])
    locked: dict[str, set[str]] = {}
    for package in packages:
        if package["name"] in found and "version" in package and "editable" not in package["source"]:
            locked.setdefault(_normal(package["name"]), set()).add(package["version"])
    return locked


def reached(needs: Mapping[str, Collection[str]], start: Collection[str]) -> set[str]:
    """All names that lie on some way from `start`."""
    found: set[str] = set()
    new = set(start)
    while new:
        found |= new
        new = {name for one in new for name in needs.get(one, ())} - found
    return found


def _installed() -> Iterator[tuple[str, str]]:
    # Reversed, so that of two on the path the first one counts, as it does for imports.
    for distribution in reversed(list(metadata.distributions())):
        if name := distribution.metadata["Name"]:
            yield _normal(name), distribution.version


def _normal(name: str) -> str:
    """As https://packaging.python.org/en/latest/specifications/name-normalization/ says."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _zones() -> Finding:
    try:
        ZoneInfo("Europe/Paris")
    except (ZoneInfoNotFoundError, OSError):
        remedy = "Install the system's tzdata, or run: pip install tzdata."
        return broken(_ABOUT, "zone data", "Python finds no time zones", remedy)
    return ok(_ABOUT, "zone data", f"from {_origin()}")


def _origin() -> str:
    for folder in TZPATH:
        if (Path(folder) / "Europe" / "Paris").exists():
            return folder
    return f"the package tzdata {metadata.version('tzdata')}"
