"""What the schemas of Dialoge share: ids, times, limits of texts."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

TOPIC_ID = "01935b5e-7c00-7000-8000-000000000001"
CONTRIBUTION_ID = "01935b5e-7c00-7000-8000-000000000002"
COMMENT_ID = "01935b5e-7c00-7000-8000-000000000003"
TIME = "2026-11-23T04:37:56.123456Z"


def text_of(description: str, *, least: int, most: int) -> WithJsonSchema:
    """Limits of a text: documented here, checked by the service, which counts after cleaning the text."""
    return WithJsonSchema({"type": "string", "minLength": least, "maxLength": most, "description": description})


Reason = Annotated[
    str, text_of("Why, in the office's words, 3 to 500 characters; everybody reads it", least=3, most=500)
]
Uuid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Language = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[a-z]{2,3}$"})]


def example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


class Shown(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid")


class ShownPage(Shown):
    next_page_token: str | None = Field(examples=[None], description="Token of the next page; null on the last one")
