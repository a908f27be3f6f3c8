"""How a flow's parameters are named in Prefect's form; Prefect itself would show the name in the code."""

from typing import Any

from pydantic import Field


def titled(title: str) -> Any:
    """For `Annotated`: the title of one parameter. Prefect overwrites a title given in the plain way."""
    return Field(json_schema_extra={"title": title})
