"""Whatever happens on the way to a network, wall or real, the outbox ends with exactly one post."""

import pytest

from piquet.errors import Unsettled
from tests.faults.cases import article, posting, suffer
from tests.faults.proxy import Fault, in_front_of
from tests.real.targets import open_target

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
async def test_exactly_one_post_stands_after_two_faults_in_a_row(target, fault, tmp_path):
    result = await suffer(target, fault, tmp_path, times=2)
    assert result.holds(target.client().traits, fault), result


async def test_a_sender_that_sends_again_without_looking_is_seen_to_post_twice():
    with open_target("wall-telegram") as target:
        async with in_front_of(target.base, target.network, posting(target.network)) as proxy:
            proxy.fault, proxy.times = Fault.LOST_ANSWER, 1
            client = target.client(base=proxy.url)
            payload = article(client, "panne")
            with pytest.raises(Unsettled):
                await client.publish(payload)
            await client.publish(payload)
            assert len(target.texts("panne")) == 2
            await client.aclose()
