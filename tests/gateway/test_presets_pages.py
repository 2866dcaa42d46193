"""Pages of Dialoge on a text, of ranked topics and of initiatives."""

import re
from typing import Any

import pytest
from civic.discussion.v1 import contribution_pb2, contribution_service_pb2, topic_pb2, topic_service_pb2
from civic_gateway.features.discussion import settings_forms

from tests.gateway import scripted
from tests.gateway.conftest import Running
from tests.gateway.test_object_pages import script, text, words_of
from tests.gateway.test_pages import CONTRIBUTION, FORM, TOPIC, shows

INITIATIVE: dict[str, Any] = {"preset": topic_pb2.TOPIC_PRESET_INITIATIVE, "support_goal": 500}


def shows_preset(gateway: Running, contribution: Any = None, **settings: Any) -> None:
    made = scripted.settings()
    made.MergeFrom(topic_pb2.TopicSettings(**settings))
    topic = scripted.topic(settings=made, end_time=scripted.timestamp("2026-12-06T00:00:00+01:00"))
    found = contribution or scripted.contribution(ratings=contribution_pb2.RatingTally(**{"for": 123}))
    for method, answer in {
        "GetTopic": topic_service_pb2.GetTopicResponse(topic=topic),
        "GetContribution": contribution_service_pb2.GetContributionResponse(contribution=found),
        "ListContributions": contribution_service_pb2.ListContributionsResponse(contributions=[found]),
    }.items():
        gateway.script.answer(method, answer)


@pytest.mark.parametrize("path", [TOPIC, CONTRIBUTION])
async def test_an_initiative_says_how_far_it_is(gateway: Running, path: str) -> None:
    shows(gateway)
    shows_preset(gateway, **INITIATIVE)
    page = (await gateway.http.get(path)).text
    said = re.search(r'<p class="support__count" id="([^"]+)">(.*?)</p>', page)
    assert said is not None
    assert said[2] == "123 von 500 Unterstützungen, noch 12 Tage"
    assert f'max="100" value="24" aria-labelledby="{said[1]}"' in page
    assert "Dagegen" not in page
    assert "Neutral" not in page


@pytest.mark.parametrize(("preset", "said"), [(4, "7 Unterstützungen"), (1, "7 Bewertungen")])
async def test_lists_say_what_was_given(gateway: Running, preset: topic_pb2.TopicPreset.ValueType, said: str) -> None:
    topic = scripted.topic(settings=topic_pb2.TopicSettings(preset=preset), rating_count=7)
    gateway.script.answer("ListTopics", topic_service_pb2.ListTopicsResponse(topics=[topic]))
    assert said in (await gateway.http.get("/lindental/dialoge")).text


async def test_a_goal_that_was_reached_is_a_badge_with_its_day(gateway: Running) -> None:
    shows(gateway)
    reached = contribution_pb2.GoalReached(goal=100, reach_time=scripted.timestamp("2026-11-21T10:00:00Z"))
    shows_preset(gateway, scripted.contribution(goal_reached=reached), **INITIATIVE)
    page = words_of((await gateway.http.get(CONTRIBUTION)).text)
    assert "Ziel erreicht" in page
    # What was taken back since is not hidden.
    assert "2 von 100 Unterstützungen, noch 12 Tage" in page
    assert "Ziel von 100 Unterstützungen erreicht am Samstag, 21. November 2026." in page


async def test_a_dialog_on_a_text_begins_with_it(gateway: Running) -> None:
    script(gateway, text())
    shows_preset(gateway, preset=topic_pb2.TOPIC_PRESET_TEXT)
    page = (await gateway.http.get(TOPIC)).text
    assert page.index('id="text"') < page.index('id="s1"') < page.index('id="worum"')
    assert f'href="{TOPIC}/beitraege/neu?unterlage=satzung&amp;abschnitt=s1"' in page
    assert f'href="{FORM}"' not in page
    assert 'id="unterlagen"' not in page
    assert re.search(r'<h3 class="kern-heading-medium" id="t-s1" lang="de">§ 1 Zweck</h3>', page)


async def test_nobody_but_staff_is_led_to_write_topics_that_are_ranked(gateway: Running) -> None:
    shows(gateway)
    shows_preset(gateway, preset=topic_pb2.TOPIC_PRESET_RANKING)
    page = (await gateway.http.get(TOPIC)).text
    assert f'href="{FORM}"' not in page
    assert "Themen ansehen und bewerten" in page


def test_the_form_forgets_a_goal_that_its_preset_has_not() -> None:
    present = topic_pb2.TopicSettings(**INITIATIVE)
    typed = {**settings_forms.values_of(present), "support_goal": "70"}
    assert settings_forms.settings_of(typed, present).support_goal == 70
    assert settings_forms.settings_of(typed | {"preset": "ideas"}, present).support_goal == 0
