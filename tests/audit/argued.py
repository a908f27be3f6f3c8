"""What bandit finds in Piquet and why it stays: a finding that is not here fails the audit, and so does one that is gone."""

_NO_SHELL = (
    "The command is a list of this program's own words and paths, no shell reads it, and nothing of it comes from a "
    "feed, a network or a form."
)
_NOT_A_PASSWORD = "A sentence, or the empty place of a secret that is made for one run: it opens nothing."
_WALLS_OWN = "The wall is a loopback server for tests: these are its own accounts, which no network knows."
_ENTITIES_OFF = (
    "External entities are off; expat itself bounds what entities may grow to, and a document runs in a process with "
    "bounds of time and memory: tests/feed/test_hostile.py holds that for bombs and crowds of entities."
)

# By file and rule of bandit.
ARGUED = {
    ("blocks/account.py", "B105"): _NOT_A_PASSWORD,
    ("deployments/apply_deployments.py", "B404"): _NO_SHELL,
    ("deployments/apply_deployments.py", "B603"): _NO_SHELL,
    ("deployments/demo.py", "B404"): _NO_SHELL,
    ("deployments/demo.py", "B603"): _NO_SHELL,
    ("deployments/local.py", "B105"): _NOT_A_PASSWORD,
    ("deployments/processes.py", "B404"): _NO_SHELL,
    ("deployments/processes.py", "B603"): _NO_SHELL,
    ("piquet/feed/bounded.py", "B404"): _NO_SHELL,
    ("piquet/feed/bounded.py", "B603"): _NO_SHELL,
    ("piquet/feed/reader.py", "B317"): _ENTITIES_OFF,
    ("piquet/feed/reader.py", "B406"): _ENTITIES_OFF,
    # PostgreSQL's own programs, found by name; the password goes by a file that only this user reads.
    ("piquet/ledger/backup.py", "B404"): _NO_SHELL,
    ("piquet/ledger/backup.py", "B603"): _NO_SHELL,
    ("piquet/ledger/engine.py", "B105"): _NOT_A_PASSWORD,
    ("piquet/wall/testing.py", "B105"): _WALLS_OWN,
    ("piquet/wall/threads.py", "B105"): _WALLS_OWN,
    ("piquet/wall/x_tokens.py", "B105"): _WALLS_OWN,
}
