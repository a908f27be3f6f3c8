"""What goes wrong on request: whether it posts, what the client sees, and how often."""

import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.wall.faults import Fault, take
from piquet.wall.state import NETWORKS

each_network = pytest.mark.parametrize("network", NETWORKS)


def texts(wall, network):
    return [shown["text"] for shown in wall.posts(network)]


@each_network
@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "504", "refuse", "expired"])
def test_a_fault_before_the_commit_posts_nothing_and_only_once(wall, post, network, kind):
    wall.fault(network, kind)
    assert post.to(network, "a").is_error
    assert wall.posts() == []
    assert post.to(network, "a").is_success
    assert texts(wall, network) == ["a"]


@each_network
def test_a_500_after_the_commit_has_posted(wall, post, network):
    wall.fault(network, "500_after")
    assert post.to(network, "a").status_code == 500
    assert texts(wall, network) == ["a"]


@each_network
@pytest.mark.parametrize(("kind", "left"), [("drop", 1), ("drop_before", 0)])
def test_a_cut_connection_gives_no_answer_at_all(wall, post, network, kind, left):
    wall.fault(network, kind)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        post.to(network, "a")
    assert len(wall.posts(network)) == left


@each_network
def test_a_slow_answer_is_posted_after_the_client_has_gone(wall, http, post, network):
    more = {"token": post.session()["accessJwt"]} if network == "bluesky" else {}
    wall.fault(network, "slow", seconds=1.0)
    http.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        post.to(network, "a", **more)
    assert wall.posts() == []
    deadline = time.monotonic() + 10
    while not wall.posts() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert texts(wall, network) == ["a"]


def test_a_refused_post_that_is_also_dropped_is_not_shown(wall, post):
    wall.fault("mastodon", "drop")
    with pytest.raises(httpx.TransportError):
        post.mastodon("é" * 501)
    assert wall.posts() == []


def test_a_fault_strikes_as_often_as_it_is_armed_on_its_calls_and_account_only(wall, post):
    wall.fault("mastodon", "500", times=2)
    wall.fault("mastodon", "503", account="another")
    wall.fault("bluesky", "429", on="session")
    assert [post.mastodon(str(n)).status_code for n in range(3)] == [500, 500, 200]
    known = wall.credentials("bluesky")
    login = {"identifier": known["handle"], "password": known["app_password"]}
    assert [post.xrpc("server.createSession", login).status_code for _ in range(2)] == [429, 200]
    assert post.x("a").is_success and post.facebook("a").is_success


def test_a_reset_disarms(wall, post):
    wall.fault("x", "500", times=9)
    wall.reset()
    assert post.x("a").is_success


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"network": "x", "kind": "418"}, "kind is '418'"),
        ({"network": "myspace", "kind": "500"}, "network is 'myspace'"),
        ({"network": "mastodon", "kind": "402"}, "x only"),
        ({"network": "x", "kind": "500", "on": "monday"}, "on is 'monday'"),
        ({"network": "x", "kind": "500", "times": 0}, "times is 0"),
        ({"network": "x", "kind": "500", "color": "red"}, "color"),
        ({"network": "x", "kind": "429", "retry_after": "soon"}, "retry_after is 'soon'"),
        ({"network": "x", "kind": "slow", "seconds": -1}, "seconds is -1"),
        ({"kind": "500"}, "network"),
        ([], "JSON object"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_the_remedy(post, fault, told):
    answer = post.control("faults", fault)
    assert (answer.status_code, told in answer.json()["error"]) == (400, True)


@given(
    st.lists(st.builds(Fault, network=st.sampled_from("ab"), kind=st.just("500"), times=st.integers(1, 3)))
)
def test_every_armed_fault_is_taken_exactly_as_often_as_armed(faults):
    expected, left, taken = sum(f.times for f in faults if f.network == "a"), faults, 0
    while True:
        fault, left = take(left, "a", "anyone", "post")
        if fault is None:
            break
        taken += 1
    assert taken == expected
    assert left == [f for f in faults if f.network != "a"]
