"""`piquet strike` and `piquet preview` on a real server: the forms' rules, from the command line."""

import pytest

from tests.e2e.newsroom import prefect_api

pytestmark = pytest.mark.xdist_group("prefect")

SIGNED = ("--who", "Ana", "--why", "vote de l'assemblée")


def test_a_strike_is_refused_switched_on_told_previewed_and_switched_off(local, newsroom, tmp_path):
    room = newsroom("mastodon", "x")
    room.publish("Un article")
    room.apply()

    refused = room.piquet("strike", "on", room.name, *SIGNED, "--account", "x/personne")
    assert refused.returncode == 2 and refused.stdout == ""
    assert "x/personne n’est pas un compte" in refused.stderr and "son adresse manque" in refused.stderr

    account = f"mastodon/{room.name}"
    on = room.piquet(
        "strike", "on", room.name, *SIGNED, "--account", account, "--statement", "https://cm.example.org/t"
    )
    assert on.returncode == 0, on.stderr
    assert "En grève" in on.stdout and "dès maintenant" in on.stdout and account in on.stdout

    status = room.piquet("strike", "status", room.name)
    assert status.returncode == 0 and "dès maintenant" in status.stdout
    assert f"{account}: En grève, jour 1" in status.stdout
    assert f"x/{room.name}: Posts ordinaires" in status.stdout

    page = tmp_path / "preview.html"
    assert room.piquet("preview", room.name, "--html", str(page)).returncode == 0
    shown = page.read_text(encoding="utf-8")
    assert "Un article" in shown and "Community managers en grève." in shown and "<script" not in shown

    off = room.piquet("strike", "off", room.name, *SIGNED)
    assert off.returncode == 0 and "Aucune grève" in off.stdout
    path = f"block_types/slug/strike/block_documents/name/{room.name}"
    assert prefect_api(local, "GET", path).json()["data"]["switch"] == "normal"
    # The switch was on for less than any cycle saw: the audit has it all the same.
    with room.ledger() as ledger:
        seen = [row for row in ledger.audit_trail(room.name) if row.kind == "strike"]
        assert [(row.body["way"], row.who) for row in seen] == [("block", ""), ("cli", "Ana"), ("cli", "Ana")]
    assert room.texts("mastodon") == [] and room.texts("x") == []
