"""What is said of a form that cannot be used: the field and its plain value, and never what another block holds."""

import pytest
from pydantic import ValidationError

import blocks
from tasks.opening import sentence


def complaint(form, **values):
    with pytest.raises(ValidationError) as caught:
        form.model_validate(values)
    return sentence("Strike lejournal", form, caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("movement", {"value": "plain words only"}),
        ("movement", {"value": {"password": "plain words only"}}),
        ("movement", ["plain words only"]),
        ("movement", ("plain words only",)),
        ("days_before", [{"value": "plain words only"}]),
        ("notices", {"value": "plain words only"}),
        ("notices", [{"value": "plain words only"}]),
        ("days", [["plain words only"]]),
        ("windows", {"value": "plain words only"}),
        ("windows", [{"value": "plain words only"}]),
        ("windows", [{"start": {"value": "plain words only"}}]),
        ("switch", {"plain words only": "plain words only"}),
    ],
)
def test_of_a_block_put_into_a_field_the_complaint_repeats_nothing(field, value):
    said = complaint(blocks.Strike, **{field: value})
    assert said.startswith(f"Strike lejournal, field '{field}") and said.endswith(
        "; correct it in the Prefect UI."
    )
    assert "plain words" not in said and "value" not in said.replace("a valid", "")


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("mode", "n'importe", '"n\'importe"'),
        ("days_before", -1, "'-1'"),
        ("movement", None, "'None'"),
        ("movement", 1.5, "'1.5'"),
        ("movement", True, "'True'"),
    ],
)
def test_a_plain_value_that_cannot_be_is_repeated(field, value, shown):
    assert f"field '{field}' is {shown}: " in complaint(blocks.Strike, **{field: value})


def test_of_a_secret_field_nothing_is_repeated():
    said = complaint(blocks.ACCOUNTS["mastodon"], server="https://mastodon.example", token=12345)
    assert "field 'token': " in said and "12345" not in said
