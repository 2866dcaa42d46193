"""The JSON API: shapes, statuses, headers."""

import gateway_scripted as scripted
from civic.discussion.v1 import contribution_service_pb2, topic_service_pb2


async def test_a_topic_is_shown_with_its_version(gateway):
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    response = await gateway.http.get(f"/api/v1/lindental/discussion/topics/{scripted.TOPIC}")
    assert response.status_code == 200
    assert response.json() == {
        "id": scripted.TOPIC,
        "tenant": "lindental",
        "etag": "3",
        "create_time": "2026-11-01T08:00:00.000000Z",
        "update_time": "2026-11-02T08:00:00.123456Z",
        "language": "de",
        "title": "Marktplatz",
        "teaser": "Was fehlt?",
        "text": "Der **Marktplatz**.",
        "translations": {"en": {"title": "Market square", "teaser": "", "text": "The square."}},
        "published": True,
        "phase": "active",
        "start_time": "2026-11-09T23:00:00.000000Z",
        "end_time": "2126-12-12T23:00:00.000000Z",
        "archive_time": "2127-03-12T23:00:00.000000Z",
        "names_public": True,
        "contribution_count": 2,
        "comment_count": 3,
        "rating_count": 4,
        "end_reason": "",
        "extensions": [],
    }
    assert response.headers["etag"].startswith('"3.')
