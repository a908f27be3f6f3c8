"""Plays one broken installation: the doctor as a process, what it must and must not say, the remedy obeyed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.doctor.cases import Case
from tests.doctor.stage import PIQUET, Installation

_QUIET = ("OK", "not seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the doctor said, in lines; `wrong` is empty where it said what it had to and nothing more."""

    lines: tuple[str, ...]
    wrong: str
    followed: bool


def examined(
    here: Installation, words: Sequence[str] = (), **env: str
) -> tuple[int, list[Mapping[str, str]], str]:
    """The doctor's exit code and findings, and everything it printed."""
    done = here.run([*PIQUET, "doctor", "--json", *words], **env)
    try:
        return done.returncode, json.loads(done.stdout)["findings"], done.stdout + done.stderr
    except ValueError:
        raise AssertionError(f"the doctor gave no findings: {done.stdout}{done.stderr}") from None


def well(here: Installation, words: Sequence[str] = (), **env: str) -> str:
    """Empty where the doctor has nothing to say, else what it said."""
    code, findings, _ = examined(here, words, **env)
    said = [f for f in findings if f["verdict"] not in _QUIET]
    return f"exit code {code}: {_told(said)}" if code or said else ""


def play(here: Installation, case: Case) -> Seen:
    """Break it, look, obey the remedy where it is a command, and look again."""
    with case.breaking(here) as (env, words):
        code, findings, printed = examined(here, words, **env)
        said = [f for f in findings if f["verdict"] not in _QUIET]
        wrong = _wrong(case, code, said) or _secret(here, printed)
        if case.follow:  # in any case, for what comes after
            case.follow(here, env)
        if case.follow and not wrong:
            after, findings, _ = examined(here, words, **env)
            still = [
                f for f in findings if f["verdict"] == case.verdict and f["subject"].startswith(case.subject)
            ]
            wrong = f"the remedy did not help: {_told(still)}" if still or after else ""
    lines = tuple(
        f"{f['verdict']}: {f['about']}, {f['subject']}: {f['found']} -> {f['remedy']}" for f in said
    )
    return Seen(lines=lines, wrong=wrong, followed=bool(case.follow))


def _wrong(case: Case, code: int, said: Sequence[Mapping[str, str]]) -> str:
    if code != (1 if case.verdict == "broken" else 0):
        return f"exit code {code}"
    said = [found for found in said if found["subject"] != case.beside]
    if len(said) != 1:
        return f"{len(said)} findings instead of one"
    (found,) = said
    if (found["about"], found["verdict"]) != (case.about, case.verdict):
        return f"expected {case.verdict} of {case.about}"
    if not found["subject"].startswith(case.subject) or case.remedy not in found["remedy"]:
        return f"expected {case.subject!r}, with the remedy {case.remedy!r}"
    return ""


def _secret(here: Installation, printed: str) -> str:
    """Names the variable whose secret the doctor printed."""
    ours = ("_TOKEN", "_PASSWORD")
    secrets = {k: v for k, v in here.env.items() if k.startswith("LEJOURNAL_") and k.endswith(ours)}
    secrets["PREFECT_API_AUTH_STRING"] = here.env["PREFECT_API_AUTH_STRING"].partition(":")[2]
    return "".join(f"it printed the secret of {name}" for name, value in secrets.items() if value in printed)


def _told(said: Sequence[Mapping[str, str]]) -> str:
    return "; ".join(f"{f['verdict']}: {f['about']}, {f['subject']}: {f['found']}" for f in said)
