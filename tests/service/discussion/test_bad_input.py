"""What people may type, and what they may not: each refusal names the field and the limit."""

from typing import Any

import pytest
from civic.discussion.v1 import topic_pb2
from civic.discussion.v1.contribution_service_pb2 import CreateContributionRequest
from civic.discussion.v1.topic_service_pb2 import CreateTopicRequest
from civic_chassis.kernel.errors import DomainError, Kind
from google.protobuf.timestamp_pb2 import Timestamp

from tests.service.discussion.conftest import ANNA, Portal, timestamp

Found = tuple[str, str, dict[str, str]]


async def violations(call: Any) -> list[Found]:
    with pytest.raises(DomainError) as refused:
        await call
    assert (refused.value.kind, refused.value.reason) == (Kind.INVALID, "INVALID_ARGUMENT")
    return [(found.field, found.reason, dict(found.metadata)) for found in refused.value.violations]


NOTHING = [
    "",
    " ",
    "\n\t \n",
    "\u200b\u200c\u200d\ufeff\u2060",
    "\u00a0\u3000",
    "\u202e\u2066",
    "\u2800\u3164",
    "\u00ad",
]


@pytest.mark.parametrize("nothing", NOTHING)
async def test_nothing_is_no_text(portal: Portal, nothing: str) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    assert [
        (field, reason)
        for field, reason, _ in await violations(portal.contribute(topic.id, title=nothing, text=nothing))
    ] == [("title", "LINE_BREAK" if "\n" in nothing.strip() else "EMPTY"), ("text", "EMPTY")]
    assert await violations(portal.comment(made.id, text=nothing)) == [("text", "EMPTY", {"min": "1"})]


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("ab", "x", [("title", "TOO_SHORT", {"min": "3", "actual": "2"})]),
        ("x" * 201, "x", [("title", "TOO_LONG", {"max": "200", "actual": "201"})]),
        ("abc", "x" * 10_001, [("text", "TOO_LONG", {"max": "10000", "actual": "10001"})]),
        (
            "x" * 100_000,
            "x" * 100_000,
            [
                ("title", "TOO_LONG", {"max": "200", "actual": "100000"}),
                ("text", "TOO_LONG", {"max": "10000", "actual": "100000"}),
            ],
        ),
        ("abc\x00", "x", [("title", "CONTROL_CHARACTER", {})]),
        ("abc", "a\x00b", [("text", "CONTROL_CHARACTER", {})]),
        ("abc", "a\x1b[31mb", [("text", "CONTROL_CHARACTER", {})]),
        ("a\nb\nc", "x", [("title", "LINE_BREAK", {})]),
        ("a\u2028bc", "x", [("title", "LINE_BREAK", {})]),
        ("abc", "Z" + "\u0301\u0302\u0303" * 300, [("text", "COMBINING_MARKS", {"max": "8"})]),
    ],
)
async def test_limits_of_a_contribution(portal: Portal, title: str, text: str, expected: list[Found]) -> None:
    topic = await portal.add_topic()
    assert await violations(portal.contribute(topic.id, title=title, text=text)) == expected
    assert (await portal.get_topic(topic.id)).contribution_count == 0


_STATE = {"south": "47", "north": "55.2", "west": "5.5", "east": "15.6"}


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ({"point": {"lat": 48.2, "lon": 16.4}}, ("lon", "OUTSIDE", _STATE)),
        ({"point": {"lat": 8.68, "lon": 50.11}}, ("lat", "SWAPPED", _STATE)),
        ({"point": {"lat": float("nan"), "lon": 8.68}}, ("lat", "MALFORMED", {})),
        ({"address": "x" * 201}, ("address", "TOO_LONG", {"max": "200", "actual": "201"})),
        ({"district": "x" * 101}, ("district", "TOO_LONG", {"max": "100", "actual": "101"})),
        ({"area": {"west": 8.7, "south": 50.0, "east": 8.6, "north": 50.1}}, ("area", "CORNERS_SWAPPED", {})),
        ({"area": {"west": 50.0, "south": 8.6, "east": 50.1, "north": 8.7}}, ("area", "SWAPPED", _STATE)),
        ({"area": {"west": 8.6, "south": 50.0, "east": 15.7, "north": 50.1}}, ("area", "OUTSIDE", _STATE)),
        ({"area": {"west": float("inf"), "south": 50.0, "east": 8.7, "north": 50.1}}, ("area", "MALFORMED", {})),
    ],
)
async def test_a_topic_lies_in_the_state(portal: Portal, site: dict[str, Any], expected: Found) -> None:
    field, reason, metadata = expected
    assert await violations(portal.add_draft(site=site)) == [(f"topic.site.{field}", reason, metadata)]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        (
            "[x](javascript:alert(1)) ![y](https://example.org/y.png)",
            "[x](javascript:alert(1)) ![y](https://example.org/y.png)",
        ),
        ("  eins\r\nzwei\rdrei  ", "eins\nzwei\ndrei"),
        ("Gru\u0308ße", "Grüße"),
        ("👩‍👩‍👧‍👦 🏳️‍🌈 🌳", "👩‍👩‍👧‍👦 🏳️‍🌈 🌳"),
        ("abc\u202edcba\u202c", "abcdcba"),
        ("مرحبا بالعالم", "مرحبا بالعالم"),
        ("שלום", "שלום"),
        ("'; DROP TABLE contribution; --", "'; DROP TABLE contribution; --"),
        ('\\ " % _ $1 :name {} \\u0000', '\\ " % _ $1 :name {} \\u0000'),
        ("x" * 4_000, "x" * 4_000),
    ],
)
async def test_what_was_typed_is_what_is_read(portal: Portal, typed: str, stored: str) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id, text=typed)
    assert made.text == stored
    assert (await portal.get_contribution(made.id)).text == stored
    assert (await portal.comment(made.id, text=typed)).text == stored


async def test_the_longest_words_fit(portal: Portal) -> None:
    topic = await portal.add_topic()
    title, text = "Ä" * 200, "🌳" * 10_000
    made = await portal.contribute(topic.id, title=title, text=text)
    assert (made.title, made.text) == (title, text)
    assert await violations(portal.comment(made.id, text="x" * 4_001)) == [
        ("text", "TOO_LONG", {"max": "4000", "actual": "4001"})
    ]
    assert (await portal.comment(made.id, text="🌳" * 4_000)).text == "🌳" * 4_000


@pytest.mark.parametrize(
    ("key", "reason"),
    [("x" * 201, "TOO_LONG"), ("mit Leerzeichen", "MALFORMED"), ("ümlaut", "MALFORMED"), ("\x00", "MALFORMED")],
)
async def test_keys_are_visible_ascii(portal: Portal, key: str, reason: str) -> None:
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)
    for call in (
        portal.contribute(topic.id, key=key),
        portal.comment(made.id, key=key),
        portal.topics(portal.admin).CreateTopic(CreateTopicRequest(topic=portal.draft(), request_id=key)),
    ):
        assert [(field, found) for field, found, _ in await violations(call)] == [("request_id", reason)]


TEXTS = topic_pb2.TopicTexts


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"texts": TEXTS()}, [("topic.texts.title", "EMPTY", {"min": "3"})]),
        ({"texts": TEXTS(title="ab")}, [("topic.texts.title", "TOO_SHORT", {"min": "3", "actual": "2"})]),
        ({"texts": TEXTS(title="x" * 201)}, [("topic.texts.title", "TOO_LONG", {"max": "200", "actual": "201"})]),
        (
            {"texts": TEXTS(title="abc", teaser="x" * 401)},
            [("topic.texts.teaser", "TOO_LONG", {"max": "400", "actual": "401"})],
        ),
        (
            {"texts": TEXTS(title="abc", text="x" * 50_001)},
            [("topic.texts.text", "TOO_LONG", {"max": "50000", "actual": "50001"})],
        ),
        ({"translations": {"en": TEXTS(title="")}}, [("topic.translations.en.title", "EMPTY", {"min": "3"})]),
        ({"translations": {"de": TEXTS(title="abc")}}, [("topic.translations", "MALFORMED", {})]),
        ({"translations": {"": TEXTS(title="abc")}}, [("topic.translations", "MALFORMED", {})]),
        ({"translations": {"x\x00y": TEXTS(title="abc")}}, [("topic.translations", "MALFORMED", {})]),
        (
            {"translations": {f"{chr(97 + n)}x": TEXTS(title="abc") for n in range(21)}},
            [("topic.translations", "OUT_OF_RANGE", {"min": "0", "max": "20"})],
        ),
        ({"start_time": None}, [("topic.start_time", "REQUIRED", {})]),
        ({"end_time": None}, [("topic.end_time", "REQUIRED", {})]),
        (
            {"end_time": Timestamp(seconds=-62_135_596_800)},
            [("topic.end_time", "YEAR_OUT_OF_RANGE", {"min": "2000", "max": "2199"})],
        ),
        (
            {"end_time": Timestamp(seconds=253_402_300_799)},
            [("topic.end_time", "YEAR_OUT_OF_RANGE", {"min": "2000", "max": "2199"})],
        ),
        (
            {"end_time": Timestamp(seconds=2**62)},
            [("topic.end_time", "YEAR_OUT_OF_RANGE", {"min": "2000", "max": "2199"})],
        ),
    ],
)
async def test_limits_of_a_topic(portal: Portal, changes: dict[str, Any], expected: list[Found]) -> None:
    request = CreateTopicRequest(topic=portal.draft(**changes))
    assert await violations(portal.topics(portal.admin).CreateTopic(request)) == expected
    assert await portal.rows("SELECT FROM topic") == []


async def test_dates_stand_in_their_order(portal: Portal) -> None:
    now = timestamp(portal.clock.now())
    request = CreateTopicRequest(topic=portal.draft(start_time=now, end_time=now))
    assert await violations(portal.topics(portal.admin).CreateTopic(request)) == [
        ("topic.end_time", "NOT_AFTER", {"after": "2026-11-23T08:00:00.000000Z"})
    ]
    request = CreateTopicRequest(topic=portal.draft(archive_time=now))
    assert await violations(portal.topics(portal.admin).CreateTopic(request)) == [
        ("topic.archive_time", "TOO_EARLY", {"earliest": "2026-12-03T08:00:00.000000Z"})
    ]


async def test_one_answer_names_every_field(portal: Portal) -> None:
    request = CreateTopicRequest()
    found = await violations(portal.topics(portal.admin).CreateTopic(request))
    assert [(field, reason) for field, reason, _ in found] == [
        ("topic.texts.title", "EMPTY"),
        ("topic.start_time", "REQUIRED"),
        ("topic.end_time", "REQUIRED"),
    ]


async def test_the_largest_topic_fits_and_is_found(portal: Portal) -> None:
    """Full texts in many languages, each word another one."""
    words = " ".join(f"w{number:05}" for number in range(7_142))[:50_000]
    languages = {f"{chr(97 + number)}x": TEXTS(title="abc", text=words) for number in range(20)}
    topic = await portal.add_topic(texts=TEXTS(title="Groß", text=words), translations=languages)
    assert (await portal.get_topic(topic.id)).texts.text == words


async def test_a_message_larger_than_allowed_is_refused(portal: Portal) -> None:
    topic = await portal.add_topic()
    request = CreateContributionRequest(topic_id=topic.id, title="abc", text="x" * 5_000_000)
    with pytest.raises(DomainError) as refused:
        await portal.contributions(ANNA).CreateContribution(request)
    assert refused.value.kind in (Kind.UNAVAILABLE, Kind.LIMIT)
    assert (await portal.contribute(topic.id)).title == "Mehr Bänke"
