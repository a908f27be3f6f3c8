"""Puts the real servers into a cache folder: the PDS by npm, snac2 unpacked from Debian; nothing system-wide."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

HERE = Path(__file__).parent
SUITE = "bookworm-backports"
NODE = 20


class Absent(Exception):
    """A server is not installed here; the sentence says what is missing."""


def cache() -> Path:
    """`.piquet/servers` in the checkout, or PIQUET_SERVERS."""
    return Path(os.environ.get("PIQUET_SERVERS") or HERE.parents[1] / ".piquet" / "servers").resolve()


def pds() -> Path:
    """The folder with the PDS and its directory; raises Absent."""
    folder = cache() / "pds"
    wanted = (HERE / "package-lock.json").read_bytes()
    installed = folder / "package-lock.json"
    if not _node_is_new_enough():
        raise Absent(f"the Bluesky server needs node {NODE} or newer")
    if not (folder / "ready").exists() or installed.read_bytes() != wanted:
        raise Absent("no Bluesky server is installed: python -m tests.real.servers install")
    return folder


def _node_is_new_enough() -> bool:
    if not shutil.which("node"):
        return False
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.removeprefix("v").partition(".")[0]) >= NODE


def snac() -> Path:
    """The program snac; raises Absent."""
    unpacked = cache() / "snac2" / "root" / "usr" / "bin" / "snac"
    found = unpacked if unpacked.exists() else shutil.which("snac")
    if not found:
        raise Absent("snac2 is not installed: python -m tests.real.servers install")
    return Path(found)


def install_pds() -> None:
    """npm installs exactly what package-lock.json names; compiling takes minutes where no binary is to be had."""
    if not _node_is_new_enough():
        raise Absent(f"the Bluesky server needs node {NODE} or newer")
    folder = cache() / "pds"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ready").unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, folder / name)
    _run("npm", "ci", folder=folder, extra=_headers())
    (folder / "ready").touch()


def _headers() -> Mapping[str, str]:
    """Node's own headers where it has them: nothing is then fetched to compile against."""
    node = shutil.which("node")
    prefix = Path(node).resolve().parents[1] if node else Path("/usr")
    return {"npm_config_nodedir": str(prefix)} if (prefix / "include/node/node.h").exists() else {}


def install_snac() -> None:
    """The package of Debian's backports, by a configuration of apt that only this folder sees."""
    folder = cache() / "snac2"
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / "apt" / name).mkdir(parents=True, exist_ok=True)
    (folder / "apt" / "sources.list").write_text(f"deb {_mirror()} {SUITE} main\n", encoding="utf-8")
    options = {
        "Dir::Etc::SourceList": folder / "apt/sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": folder / "apt/lists",
        "Dir::Cache": folder / "apt/cache",
        "APT::Sandbox::User": "",  # the folder need not be open to apt's own user
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    _run("apt-get", *given, "-q", "update", folder=folder)
    _run("apt-get", *given, "-q", "-t", SUITE, "download", "snac2", folder=folder)
    newest = max(folder.glob("snac2_*.deb"), key=lambda package: package.stat().st_mtime)
    _run("dpkg", "-x", str(newest), str(folder / "root"), folder=folder)
    shutil.rmtree(folder / "apt")


def _mirror() -> str:
    """The Debian mirror that this machine uses already; raises Absent where it is no Debian."""
    for path in sorted(Path("/etc/apt").glob("sources.list*/*.sources")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name == "URIs" and value.strip().rstrip("/").endswith("/debian"):
                return value.split()[0].rstrip("/")
    raise Absent("snac2 comes from Debian's backports, and this machine names no Debian mirror.")


SERVERS: Mapping[str, tuple[Callable[[], Path], Callable[[], None]]] = {
    "pds": (pds, install_pds),
    "snac2": (snac, install_snac),
}


def install() -> int:
    """Install what is absent; the number of servers that could not be."""
    failed = 0
    for name, (find, make) in SERVERS.items():
        try:
            print(f"{name}: {_found(find) or _made(find, make)}")
        except (OSError, subprocess.CalledProcessError, Absent) as error:
            failed += 1
            print(f"{name}: could not be installed: {error}")
    return failed


def _found(find: Callable[[], Path]) -> str:
    try:
        return f"already there, {find()}"
    except Absent:
        return ""


def _made(find: Callable[[], Path], make: Callable[[], None]) -> str:
    make()
    return f"installed, {find()}"


def _run(*words: str, folder: Path, extra: Mapping[str, str] | None = None) -> None:
    """Out of the way of whoever else works on this machine."""
    nice = ["nice", "-n", "15"] if shutil.which("nice") else []
    subprocess.run([*nice, *words], cwd=folder, check=True, env={**os.environ, **(extra or {})})
