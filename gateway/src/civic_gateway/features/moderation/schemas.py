"""Bodies that the moderation's JSON API takes, and the form of what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from civic_gateway.validation import Body

DecisionName = Literal["hide", "keep"]
CaseStateName = Literal["open", "decided"]
RuleName = Literal["offer", "links", "repeated", "too_many", "words", "new_account"]
SwitchedRuleName = Literal["links", "repeated", "too_many", "words", "new_account"]
TextStateName = Literal["published", "held", "hidden", "gone"]

_CASE = "discussion.01935b5e-7c00-7000-8000-000000000004"
_ID = "01935b5e-7c00-7000-8000-000000000002"
_TIME = "2026-11-23T04:37:56.123456Z"


def _text(description: str, *, least: int, most: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": least, "maxLength": most, "description": description})


Code = Annotated[str, _text("Code of a reason that the tenant offers", least=0, most=40)]
ReportText = Annotated[str, _text("What is wrong with it; required for the reason `other`", least=0, most=1_000)]
DecisionText = Annotated[str, _text("Words to the author", least=0, most=2_000)]
ObjectionText = Annotated[str, _text("Why it should be shown", least=10, most=2_000)]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


class ReportBody(Body):
    """A report of a text."""

    model_config = _example(reason="insult", text="Beleidigt eine Nachbarin.")

    reason: Code
    text: ReportText = ""


class ReportTaken(BaseModel):
    """That the report was taken."""

    repeated: bool = Field(description="True where this person had reported the text before; then nothing changed")


class DecisionBody(Body):
    """A decision."""

    model_config = _example(decision="hide", reason="insult", text="Bitte bleiben Sie sachlich.")

    decision: DecisionName
    reason: Code = ""
    text: DecisionText = ""
    false_positive: bool = Field(False, strict=True, description="With keep: the rules that held it back were wrong")


class DecisionsBody(Body):
    """A decision about many cases: all of a tool or none."""

    model_config = _example(cases=[_CASE], decision="keep")

    cases: list[str] = Field(min_length=1, max_length=100, description="Ids of cases")
    decision: DecisionName
    reason: Code = ""
    text: DecisionText = ""
    false_positive: bool = Field(False, strict=True, description="With keep: the rules that held it back were wrong")


class CasesBody(Body):
    """Many cases."""

    model_config = _example(cases=[_CASE])

    cases: list[str] = Field(min_length=1, max_length=100, description="Ids of cases")


class ObjectionBody(Body):
    """An author's objection."""

    model_config = _example(text="Der Satz ist ein Zitat aus der Satzung.")

    text: ObjectionText


class ObjectionTaken(BaseModel):
    """That the objection was taken."""

    objection: str


class HoldSchema(BaseModel):
    """A rule that held a text back."""

    rule: RuleName
    detail: str
    create_time: str = Field(examples=[_TIME])
    false_positive: bool


class ReportSchema(BaseModel):
    """A report."""

    reason: str = Field(examples=["insult"])
    text: str
    create_time: str = Field(examples=[_TIME])
    signed_in: bool


class CaseSchema(BaseModel):
    """One text with everything that made it a case."""

    id: str = Field(examples=[_CASE])
    etag: str = Field(examples=["1"])
    tool: str = Field(examples=["discussion"])
    kind: str = Field(examples=["contribution"])
    text_id: str = Field(examples=[_ID])
    parent_id: str = Field(examples=[_ID])
    offer_id: str = Field(examples=[_ID])
    offer_title: str = Field(examples=["Neugestaltung des Marktplatzes"])
    title: str
    text: str
    author_name: str | None
    text_state: TextStateName
    state: CaseStateName
    waiting_since: str = Field(examples=[_TIME])
    holds: list[HoldSchema]
    report_count: int
    reports: list[ReportSchema] = Field(description="The first 50; empty in lists")
    decision: DecisionName | None
    reason: str | None
    decision_text: str
    decide_time: str | None
    undo_until: str | None
    objection: str | None
    objection_time: str | None


class CasePageSchema(BaseModel):
    """A page of cases."""

    items: list[CaseSchema]
    next_page_token: str | None


class CaseListSchema(BaseModel):
    """Cases."""

    items: list[CaseSchema]


class OwnCaseSchema(BaseModel):
    """What the author of a text is told."""

    state: TextStateName
    reason: str | None
    reason_names: dict[str, str]
    text: str
    decide_time: str | None
    may_object: bool
    objection: str | None


class ReasonBody(Body):
    """Why texts are hidden and reported."""

    code: str = Field(examples=["insult"])
    names: dict[str, str] = Field(examples=[{"de": "Beleidigung", "en": "Insult"}])
    active: bool = Field(True, strict=True)


class SettingsBody(Body):
    """How a tenant moderates; replaces what was there."""

    rules: list[SwitchedRuleName] = Field(max_length=10)
    words: list[str] = Field([], max_length=500)
    links_max: int = Field(2, strict=True, ge=-1000, le=1000)
    per_minute: int = Field(30, strict=True, ge=-1000, le=1000)
    remind_hours: int = Field(24, strict=True, ge=-10000, le=10000)
    reasons: list[ReasonBody] = Field(max_length=50)
    policy: dict[str, str] = Field({})


class SettingsSchema(BaseModel):
    """How a tenant moderates."""

    tool: str = Field(examples=["discussion"])
    etag: str = Field(examples=["1"])
    rules: list[SwitchedRuleName]
    words: list[str]
    links_max: int
    per_minute: int
    remind_hours: int
    reasons: list[ReasonBody]
    policy: dict[str, str]
    held: dict[str, int] = Field(description="Texts held back by rule")
    false_positives: dict[str, int] = Field(description="Of these, holds that were wrong")


class PolicySchema(BaseModel):
    """What everybody may know about the moderation of one tool's texts."""

    tool: str = Field(examples=["discussion"])
    policy: dict[str, str]
    reasons: list[ReasonBody]
    hidden: dict[str, int]
    kept: int
    reported: dict[str, int]
    held: dict[str, int]
    objections: int


class PolicyListSchema(BaseModel):
    """The policies of all tools."""

    items: list[PolicySchema]
