"""The wall as X's OAuth 2: refresh tokens rotate, access tokens end, and only the app they were given to gets any."""

from datetime import UTC, datetime, timedelta

import pytest

from piquet.wall.testing import running_wall

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PUBLIC = {"client_id": "app", "refresh_token": "first"}
SECRET = {**PUBLIC, "client_secret": "s"}


@pytest.fixture
def asking(http):
    def ask(wall, refresh="first", auth=None, **changed):
        form = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": refresh, **changed}
        return http.post(f"{wall.base('x')}/2/oauth2/token", data=form, auth=auth)

    return ask


def account(credentials):
    return {"network": "x", "name": "lejournal", "title": "Le Journal", "credentials": credentials}


def refused(answer):
    assert set(answer.json()) == {"error", "error_description"}
    return answer.status_code, answer.json()["error"]


def test_a_refresh_token_works_once_and_gives_the_next(asking):
    with running_wall([account(PUBLIC)]) as wall:
        first = asking(wall).json()
        assert first["token_type"] == "bearer" and first["expires_in"] == 7200
        assert asking(wall, first["refresh_token"]).status_code == 200
        for spent in ("first", first["refresh_token"], "never", "2.00", ""):
            assert refused(asking(wall, spent)) == (400, "invalid_request")


def test_a_confidential_app_must_prove_itself_and_a_wrong_proof_spends_nothing(asking):
    with running_wall([account(SECRET)]) as wall:
        assert refused(asking(wall)) == (401, "unauthorized_client")
        assert refused(asking(wall, auth=("app", "wrong"))) == (401, "unauthorized_client")
        assert asking(wall, auth=("app", "s")).status_code == 200


@pytest.mark.parametrize("changed", [{"client_id": "other"}, {"grant_type": "password"}])
def test_another_app_or_another_grant_is_refused(asking, changed):
    with running_wall([account(PUBLIC)]) as wall:
        assert refused(asking(wall, **changed)) == (400, "invalid_request")


def test_an_access_token_posts_for_two_hours_and_is_401_afterwards(asking, http):
    now = [NOW]
    with running_wall([account(PUBLIC)], clock=lambda: now[0]) as wall:
        header = {"Authorization": f"Bearer {asking(wall).json()['access_token']}"}

        def post(text):
            return http.post(f"{wall.base('x')}/2/tweets", json={"text": text}, headers=header)

        now[0] = NOW + timedelta(minutes=119)
        assert post("a").status_code == 201
        now[0] = NOW + timedelta(minutes=121)
        assert post("b").status_code == 401
        assert [one["text"] for one in wall.posts("x")] == ["a"]


def test_a_token_that_was_changed_or_is_the_refresh_token_posts_nothing(asking, http):
    with running_wall([account(PUBLIC)]) as wall:
        given = asking(wall).json()
        for token in (given["access_token"][:-1] + "x", given["refresh_token"]):
            header = {"Authorization": f"Bearer {token}"}
            answer = http.post(f"{wall.base('x')}/2/tweets", json={"text": "a"}, headers=header)
            assert answer.status_code == 403
        assert wall.posts("x") == []


def test_two_accounts_may_not_share_a_refresh_token(post):
    one = {**account(PUBLIC), "name": "one"}
    assert post.control("accounts", one).status_code == 200
    assert post.control("accounts", {**one, "name": "two"}).status_code == 400
