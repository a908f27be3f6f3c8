"""What a network declares is what its client does: no ability is claimed without code, none stays undeclared."""

import inspect

import pytest

from piquet.errors import Rejected
from piquet.networks.protocol import Ability, Client, Unable, check_reply, unable
from piquet.post import Receipt
from tests.real.targets import CLIENTS

METHODS = {
    "delete": Ability.DELETES,
    "pin": Ability.PINS,
    "unpin": Ability.PINS,
    "pinned": Ability.READS_PINS,
    "metrics": Ability.METRICS,
}


@pytest.mark.parametrize("network", CLIENTS)
@pytest.mark.parametrize("method", METHODS)
def test_a_client_has_its_own_method_for_exactly_what_its_network_declares(network, method):
    made = CLIENTS[network][0]
    own = getattr(made, method) is not getattr(Unable, method)
    assert own == (METHODS[method] in made.traits.abilities)


@pytest.mark.parametrize("network", CLIENTS)
def test_a_client_has_every_method_of_the_protocol(network):
    made = CLIENTS[network][0]
    wanted = {name for name, member in vars(Client).items() if inspect.isfunction(member) and name[0] != "_"}
    assert {name for name in wanted if not callable(getattr(made, name, None))} == set()


@pytest.mark.parametrize("network", CLIENTS)
def test_only_a_network_that_takes_pictures_is_given_somebody_to_fetch_them(network):
    made = CLIENTS[network][0]
    assert ("fetch" in inspect.signature(made).parameters) == (Ability.IMAGES in made.traits.abilities)


@pytest.mark.parametrize("ability", Ability)
def test_every_refusal_is_one_sentence_with_the_networks_name(ability):
    traits = CLIENTS["x"][0].traits
    assert str(unable(traits, ability)).startswith("X ")


def test_a_reply_is_checked_before_anything_is_made(at):
    receipt = Receipt(id="1", url="", at=at)
    check_reply(CLIENTS["mastodon"][0].traits, receipt)
    check_reply(CLIENTS["x"][0].traits, None)
    with pytest.raises(Rejected):
        check_reply(CLIENTS["x"][0].traits, receipt)
