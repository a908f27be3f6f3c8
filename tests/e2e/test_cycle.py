"""Cycles of one outlet: ordinary, on strike, with trouble; what was posted and what was not."""

from datetime import UTC, datetime

import pytest

from tests.e2e.newsroom import artifact, last_run, prefect_api, set_block

pytestmark = pytest.mark.xdist_group("prefect")

NETWORKS = ("mastodon", "bluesky", "x", "facebook")
NOTICE = "Community managers en grève. Ce message est publié automatiquement."


def test_the_server_of_the_lock_answers_a_filter_call(local):
    answer = prefect_api(local, "POST", "flow_runs/filter", json={"limit": 1})
    assert answer.status_code == 200


def test_before_and_during_a_strike_every_network_gets_every_article_once_and_the_notice_first(
    local, newsroom
):
    room = newsroom()
    room.publish("Ancien")
    assert "created" in room.apply()
    assert "created" not in room.apply() and "updated" not in room.apply()

    assert room.run().returncode == 0
    assert all(room.texts(network) == [] for network in NETWORKS)

    room.publish("Une mer « qui s'est tue »", "Merci @camille")
    assert room.run().returncode == 0
    room.set_strike(switch="strike")
    room.publish("Deux lits fantômes")
    assert room.run().returncode == 0
    assert room.run().returncode == 0

    for network in NETWORKS:
        texts = room.texts(network)
        assert [text.split("\n")[0] for text in texts] == [
            "Une mer « qui s'est tue »",
            "Merci @\u200bcamille",
            NOTICE,
        ]
        assert texts[2].startswith(f"{NOTICE}\n\nDeux lits fantômes")
        assert [post["link"] for post in room.posts(network)] == [
            f"https://{room.name}.example.com/{n}" for n in (2, 3, 4)
        ]
    assert "switched on by hand" in room.ledger().deliveries(room.name)[0].reason
    assert "En grève, jour 1" in artifact(local, f"strike-{room.name}")


def test_an_invalid_strike_block_leaves_the_last_good_state_in_force_and_names_the_field(local, newsroom):
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply()
    room.set_strike(switch="strike")
    assert room.run().returncode == 0

    room.set_strike(switch="peut-être")
    room.publish("Pendant l'erreur")
    room.run()
    assert room.texts("mastodon")[0].startswith(NOTICE)
    run = last_run(local, room.name)
    assert run["state"]["name"] == "Marked"
    assert "'switch'" in run["state"]["message"] and "peut-être" in run["state"]["message"]
    assert "switch" in artifact(local, f"strike-{room.name}")


def test_an_invalid_strike_block_that_was_never_good_means_ordinary_posts_and_a_marked_run(local, newsroom):
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply()
    room.set_strike(days=["2026-13-05"], switch="strike")
    room.run()
    room.publish("Ordinaire")
    room.run()
    assert room.texts("mastodon") == [f"Ordinaire\n\nhttps://{room.name}.example.com/2"]
    assert "'days" in last_run(local, room.name)["state"]["message"]


@pytest.mark.parametrize(
    ("body", "said"),
    [("<!doctype html><html><title>Accueil</title></html>", "HTML"), ("", "empty"), (None, "")],
    ids=["a page", "nothing", "no file"],
)
def test_a_feed_that_gives_nothing_is_one_sentence_and_the_other_feed_goes_on(local, newsroom, body, said):
    room = newsroom("mastodon")
    other = room.folder / "autre.xml"
    if body is not None:
        other.write_text(body, encoding="utf-8")
    room.publish("Ancien")
    room.apply(feeds=[room.feed.as_uri(), other.as_uri()])
    room.run()
    room.publish("Nouveau")
    room.run()
    assert room.texts("mastodon") == [f"Nouveau\n\nhttps://{room.name}.example.com/2"]
    message = last_run(local, room.name)["state"]["message"]
    assert "autre.xml" in message and said in message


def test_an_account_without_its_secret_holds_its_posts_while_the_others_go_on_and_nothing_is_lost(
    local, newsroom
):
    room = newsroom("mastodon", "x")
    room.publish("Ancien")
    room.apply(forms={f"x/{room.name}": {"access_token": "env:NOT_THERE_YET"}})
    room.run()
    room.publish("Nouveau")
    room.run()
    assert len(room.texts("mastodon")) == 1 and room.texts("x") == []
    assert "NOT_THERE_YET" in last_run(local, room.name)["state"]["message"]
    room.apply()
    room.run()
    assert len(room.texts("mastodon")) == 1 and len(room.texts("x")) == 1


def test_a_refused_account_is_paused_and_keeps_its_deliveries_while_the_others_go_on(local, newsroom):
    room = newsroom("mastodon", "bluesky")
    room.publish("Ancien")
    room.apply()
    room.run()
    room.fault("bluesky", "refuse")
    room.publish("Nouveau")
    assert room.run().returncode == 1
    assert len(room.texts("mastodon")) == 1 and room.texts("bluesky") == []
    with room.ledger() as ledger:
        assert ledger.counts(room.name)[f"bluesky/{room.name}"] == {"due": 1}
        ledger.resume(f"bluesky/{room.name}", datetime.now(UTC))
    assert room.run().returncode == 0
    assert len(room.texts("mastodon")) == 1 and len(room.texts("bluesky")) == 1


def test_a_network_away_for_a_moment_gets_its_post_once_by_prefects_retry(newsroom):
    room = newsroom("facebook")
    room.publish("Ancien")
    room.apply()
    room.run()
    room.fault("facebook", "drop")
    room.publish("Nouveau")
    room.run()
    room.run()
    assert len(room.texts("facebook")) == 1


def test_no_secret_is_in_what_a_run_wrote(local, newsroom):
    room = newsroom()
    room.publish("Ancien")
    room.apply()
    room.run()
    for network in NETWORKS:
        room.fault(network, "refuse")
    room.publish("Nouveau")
    done = room.run()
    written = done.stdout + done.stderr + (room.folder / "ledger.db").read_bytes().decode("latin-1")
    for kind, limit in {"logs": 200, "flow_runs": 200, "artifacts": 200, "events": 50}.items():
        written += prefect_api(local, "POST", f"{kind}/filter", json={"limit": limit}).text
    secrets = [
        v for a in room.accounts for k, v in a["credentials"].items() if k not in ("handle", "page_id")
    ]
    assert len(secrets) == 7
    assert not [secret for secret in secrets if secret in written]


def test_an_account_that_no_block_describes_is_one_sentence_and_the_others_go_on(local, newsroom):
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply(references=[f"mastodon/{room.name}", "x/personne"])
    room.run()
    room.publish("Nouveau")
    room.run()
    assert len(room.texts("mastodon")) == 1
    assert "There is no block 'X Account personne'" in last_run(local, room.name)["state"]["message"]


def test_a_template_spoilt_in_the_form_holds_that_accounts_posts_until_it_is_mended(local, newsroom):
    room = newsroom("mastodon", "bluesky")
    room.publish("Ancien")
    room.apply()
    room.run()
    set_block(local, "mastodon-account", room.name, {"template": "{notice} {titre} {link}"})
    room.publish("Nouveau")
    room.run()
    assert room.texts("mastodon") == [] and len(room.texts("bluesky")) == 1
    assert "{titre}" in last_run(local, room.name)["state"]["message"]
    room.apply()
    room.run()
    assert len(room.texts("mastodon")) == 1 and len(room.texts("bluesky")) == 1


def test_a_notice_longer_than_a_network_takes_holds_the_post_there_and_says_by_how_much(local, newsroom):
    room = newsroom("x", "facebook")
    room.publish("Ancien")
    room.apply()
    room.run()
    room.set_strike(switch="strike", notices=["é" * 400], short_notices=[])
    room.publish("Nouveau")
    room.run()
    assert room.texts("x") == [] and len(room.texts("facebook")) == 1
    assert f"too long for x/{room.name}" in last_run(local, room.name)["state"]["message"]
    room.set_strike(short_notices=["En grève."])
    room.run()
    assert [text.split("\n")[0] for text in room.texts("x")] == ["En grève."]
    assert len(room.texts("facebook")) == 1


def test_a_network_out_of_reach_fails_the_run_and_loses_nothing(local, newsroom):
    room = newsroom("mastodon", "bluesky")
    room.publish("Ancien")
    # Port 9 of loopback: nobody listens there.
    room.apply(forms={f"mastodon/{room.name}": {"server": "http://127.0.0.1:9"}})
    room.run()
    room.publish("Nouveau")
    assert room.run().returncode == 1
    assert room.texts("mastodon") == [] and len(room.texts("bluesky")) == 1
    assert "out of reach" in last_run(local, room.name)["state"]["message"]
    room.apply()
    with room.ledger() as ledger:
        ledger.resume(f"mastodon/{room.name}", datetime.now(UTC))
    room.run()
    assert len(room.texts("mastodon")) == 1 and len(room.texts("bluesky")) == 1


def test_a_flood_waits_for_a_person_and_the_run_says_so_until_the_outlet_lets_it_go(local, newsroom):
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply(flood=2)
    room.run()
    room.publish("Un", "Deux", "Trois", "Quatre")
    room.run()
    assert [text.split("\n")[0] for text in room.texts("mastodon")] == ["Trois", "Quatre"]
    assert "2 entries wait for you" in last_run(local, room.name)["state"]["message"]
    room.apply(flood=2, flood_policy="post")
    room.run()
    assert [text.split("\n")[0] for text in room.texts("mastodon")] == ["Trois", "Quatre", "Un", "Deux"]


def test_mode_hold_posts_nothing_and_its_end_releases_everything_in_order(newsroom):
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply(release_minutes=0)
    room.run()
    room.set_strike(switch="strike", mode="hold")
    room.publish("Un", "Deux")
    room.run()
    assert room.texts("mastodon") == []
    room.set_strike(switch="normal")
    room.run()
    assert [text.split("\n")[0] for text in room.texts("mastodon")] == ["Un", "Deux"]


def test_an_account_misspelt_in_the_strike_block_does_not_cancel_the_strike(local, newsroom):
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply()
    room.set_strike(switch="strike")
    room.run()
    room.set_strike(switch="strike", accounts=["mastodon/faux"])
    room.publish("Nouveau")
    room.run()
    assert room.texts("mastodon")[0].startswith(NOTICE)
    assert "« mastodon/faux » n’est pas un compte" in last_run(local, room.name)["state"]["message"]


def test_what_holds_posts_back_is_said_in_every_run_until_it_is_mended(local, newsroom):
    room = newsroom("x")
    room.publish("Ancien")
    room.apply()
    room.run()
    room.set_strike(switch="strike", notices=["é" * 400], short_notices=[])
    room.publish("Nouveau")
    room.run()
    room.run()
    assert f"too long for x/{room.name}" in last_run(local, room.name)["state"]["message"]
    assert room.texts("x") == []
