"""One suite for every client on every target: the wall's networks and the real servers of two of them."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

import pytest
from PIL import Image as Pixels

from piquet.entry import Image
from piquet.errors import Busy, FeedError, Refused, Rejected
from piquet.networks.match import same_text
from piquet.networks.protocol import Ability, Client, Metrics
from piquet.post import Card, Payload, Post, Receipt
from tests.real.targets import LENIENCIES, REAL, Leniency, Target, open_target

pytestmark = pytest.mark.timeout(120)

LINK = "https://journal.example.com/2026/11/22/hôpital-à-bout?a=1&b=%C3%A9"
PICTURE = "https://journal.example.com/une.png"
ALT = "Un piquet de grève devant la rédaction"

numbers = count(1)


@pytest.fixture
async def client(target: Target) -> AsyncIterator[Client]:
    made = target.client(**({"fetch": fetched} if Ability.IMAGES in target.client().traits.abilities else {}))
    yield made
    await made.aclose()


@pytest.fixture
def mark() -> str:
    """What no other post on a shared server has in its text."""
    return f"essai {uuid4().hex[:12]}"


async def fetched(url: str, at_most: int) -> bytes:
    """A picture with metadata, as cameras make them."""
    made = io.BytesIO()
    Pixels.new("RGB", (640, 360), "crimson").save(made, "PNG")
    return made.getvalue()


async def nothing_fetched(url: str, at_most: int) -> bytes:
    raise FeedError(f"{url} cannot be had.")


def payload(client: Client, post: Post, **more: object) -> Payload:
    return client.prepare(post, key=f"delivery/{next(numbers)}", at=datetime.now(UTC), **more)


def article(client: Client, mark: str) -> Payload:
    text = f"Les CM sont en grève ✊ {mark}\n\nL’hôpital « à bout » & #Santé"
    link = f"{LINK}&essai={mark[6:]}"
    shown = f"{text}\n{link}" if client.traits.link_in_text else text
    return payload(
        client, Post(text=shown, link=link, card=Card(title="L’hôpital", description="…"), language="fr-FR")
    )


def reminder(client: Client, text: str, **more: object) -> Payload:
    return payload(client, Post(text=text, language="fr"), **more)


def from_the_ledger(receipt: Receipt) -> Receipt:
    """The ledger keeps id, URL and time."""
    return replace(receipt, version="")


async def sent(client: Client, one: Payload) -> Receipt:
    return from_the_ledger(await client.publish(await client.ready(one)))


def can(client: Client, ability: Ability) -> bool:
    return ability in client.traits.abilities


async def found(client: Client, one: Payload) -> Receipt | None:
    """What `find` knows; a network that reads nothing back says so."""
    if can(client, Ability.READS_BACK):
        return await client.find(one)
    with pytest.raises(Rejected, match=client.traits.title):
        await client.find(one)
    return None


def test_only_real_servers_have_leniencies():
    assert not [name for name in LENIENCIES if name.startswith("wall-")]


async def test_a_post_is_shown_with_its_text_and_is_found_again_under_its_receipt(target, client, mark):
    one = article(client, mark)
    assert await found(client, one) is None
    receipt = await sent(client, one)
    (post,) = target.shown(mark)
    # Mastodon-API servers turn an empty line into a paragraph.
    assert same_text(post.text, one.text)
    assert post.id.rpartition("/")[2] == receipt.id.rpartition("/")[2]
    assert abs((receipt.at - one.prepared_at).total_seconds()) < 5
    if can(client, Ability.READS_BACK):
        assert (await client.find(one)).id == receipt.id
        assert await client.find(one, known=[receipt.id]) is None


async def test_a_text_of_the_limit_is_taken_and_one_more_is_not(target, client, mark):
    (bound, *_) = (await client.limit()).bounds
    too_long, whole = (mark.ljust(bound.maximum + more, "é") for more in (1, 0))
    if target.has(Leniency.TAKES_ANY_LENGTH):
        with open_target(target.name) as own:  # so long a post makes its server slow for everybody after it
            await sent(own.client(), reminder(client, too_long))
            assert own.texts(mark) == [too_long]
        return
    with pytest.raises(Rejected):
        await sent(client, reminder(client, too_long))
    assert target.texts(mark) == []
    await sent(client, reminder(client, whole))
    assert target.texts(mark) == [whole]


async def test_a_reply_stands_under_its_post_and_is_told_from_one_of_the_same_text(target, client, mark):
    posts = [await sent(client, reminder(client, f"{mark} {number}")) for number in (1, 2)]
    if not can(client, Ability.REPLIES):
        with pytest.raises(Rejected, match=client.traits.title):
            reminder(client, f"{mark} réponse", reply_to=posts[0])
        assert len(target.texts(mark)) == 2
        return
    replies = [await client.ready(reminder(client, f"{mark} réponse", reply_to=post)) for post in posts]
    receipts = [await client.publish(reply) for reply in replies]
    assert [post.parent for post in target.shown(f"{mark} réponse")] == [post.id for post in posts]
    if can(client, Ability.READS_BACK):
        assert [(await client.find(reply)).id for reply in replies] == [receipt.id for receipt in receipts]


async def test_a_reply_to_a_post_that_is_gone_is_rejected_and_not_shown(target, client, mark):
    if not (can(client, Ability.REPLIES) and can(client, Ability.DELETES)) or target.name in REAL:
        return
    parent = await sent(client, reminder(client, f"{mark} avant"))
    await client.delete(parent)
    with pytest.raises(Rejected):
        await sent(client, reminder(client, f"{mark} après", reply_to=parent))
    assert target.texts(mark) == []


async def test_a_picture_is_shown_with_its_text_and_one_that_fails_costs_nothing(target, client, mark):
    card = Card(title="Une", image=Image(url=PICTURE, alt=ALT))
    with_picture = await client.ready(payload(client, Post(text=f"{mark} avec", card=card)))
    assert await client.ready(with_picture) == with_picture
    await client.publish(with_picture)
    able = can(client, Ability.IMAGES)
    assert [post.alts for post in target.shown(mark)] == [(ALT,) if able else ()]
    if able:
        unlucky = target.client(fetch=nothing_fetched)
        await sent(unlucky, payload(unlucky, Post(text=f"{mark} sans", card=card)))
        assert [post.alts for post in target.shown(f"{mark} sans")] == [()]
        await unlucky.aclose()


async def test_a_pin_takes_the_first_place_and_the_former_can_be_put_back(target, client, mark):
    former, notice = [await sent(client, reminder(client, f"{mark} {number}")) for number in (1, 2)]
    if not can(client, Ability.PINS):
        for act in (client.pin, client.unpin):
            with pytest.raises(Rejected, match=client.traits.title):
                await act(notice)
        return
    await client.pin(former)
    await client.unpin(former)
    await client.unpin(former)
    await client.pin(notice)
    if not can(client, Ability.READS_PINS):
        assert [post.pinned for post in target.shown(mark)] == [False, True]
        return
    assert notice.id in [receipt.id for receipt in await client.pinned()]
    await client.unpin(notice)
    await client.pin(former)
    after = [receipt.id for receipt in await client.pinned()]
    assert former.id in after
    assert notice.id not in after


async def test_a_deleted_post_is_gone_and_deleting_it_again_is_no_error(target, client, mark):
    one = reminder(client, mark)
    receipt = await sent(client, one)
    if target.has(Leniency.KEEPS_DELETED):
        with pytest.raises(Rejected, match="still there"):
            await client.delete(receipt)
        assert target.texts(mark) == [mark]
        return
    await client.delete(receipt)
    await client.delete(receipt)
    assert target.texts(mark) == []
    assert await found(client, one) is None


async def test_figures_come_for_the_posts_that_are_there_and_for_no_other(target, client, mark):
    one, gone = [await sent(client, reminder(client, f"{mark} {number}")) for number in (1, 2)]
    if target.has(Leniency.NO_FIGURES) or not can(client, Ability.METRICS):
        with pytest.raises(Busy if can(client, Ability.METRICS) else Rejected):
            await client.metrics([one])
        return
    if not target.has(Leniency.KEEPS_DELETED):
        await client.delete(gone)
    figures = await client.metrics([one, gone])
    assert set(figures) == {one.id} | ({gone.id} if target.has(Leniency.KEEPS_DELETED) else set())
    assert (figures[one.id].likes, figures[one.id].replies) == (0, 0)
    assert isinstance(figures[one.id], Metrics)


async def test_sending_one_payload_again_does_not_post_twice(target, client, mark):
    one = await client.ready(article(client, mark))
    first, again = await client.publish(one), await client.publish(one)
    if target.has(Leniency.IGNORES_KEYS) or not can(client, Ability.READS_BACK):
        assert first.id != again.id
        assert len(target.texts(mark)) == 2
        return
    assert first.id == again.id
    assert len(target.texts(mark)) == 1


async def test_a_wrong_secret_is_refused_everywhere_and_not_repeated(target, mark):
    stranger = target.stranger()
    for call in (stranger.publish(article(stranger, mark)), stranger.check()):
        with pytest.raises(Refused) as refused:
            await call
        assert "s3cret" not in f"{refused.value!r} {stranger!r}"
    with pytest.raises(Refused if can(stranger, Ability.READS_BACK) else Rejected):
        await stranger.find(article(stranger, mark))
    assert target.texts(mark) == []
    await stranger.aclose()


async def test_an_account_says_as_whom_it_posts_and_within_what(target, client):
    facts = await client.check()
    assert facts.may_post
    assert facts.why_not == ""
    assert target.credentials.get("handle", "") in facts.name
    assert facts.name
    assert facts.limit.counts("é")[0].maximum == (await client.limit()).counts("é")[0].maximum
