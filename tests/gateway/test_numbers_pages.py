"""Pages with numbers: what is shown to whom, how time is divided, and that the table says what the chart does."""

import datetime as dt
import re

import pytest
from civic.discussion.v1 import (
    contribution_pb2,
    statistics_service_pb2,
    topic_service_pb2,
)
from civic_gateway.features.exports import views
from civic_gateway.web import i18n
from civic_gateway.web.addresses import address_of

from tests.gateway import scripted
from tests.gateway.conftest import Running

GERMAN = i18n.load().words("de")


def figure(value: int | None) -> statistics_service_pb2.Figure:
    return statistics_service_pb2.Figure(value=value)


def statistics(
    *days: tuple[str, int, int, int | None], participants: int | None = 48
) -> statistics_service_pb2.Statistics:
    return statistics_service_pb2.Statistics(
        totals=statistics_service_pb2.Totals(
            contributions=sum(day[1] for day in days), comments=sum(day[2] for day in days), ratings=1_234
        ),
        participants=figure(participants),
        ratings=contribution_pb2.RatingTally(neutral=34, against=1_200),
        days=[
            statistics_service_pb2.DayStatistics(day=day, contributions=one, comments=two, ratings=figure(three))
            for day, one, two, three in days
        ],
        states=[
            statistics_service_pb2.StateStatistics(
                state=contribution_pb2.CONTRIBUTION_STATE_HIDDEN, contributions=figure(None)
            )
        ],
        read_time=scripted.timestamp("2026-11-23T12:00:00Z"),
        suppressed=True,
    )


FEW_DAYS = (("2026-11-20", 3, 0, 7), ("2026-11-22", 1, 12, None))


async def page(gateway: Running, found: statistics_service_pb2.Statistics) -> str:
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=scripted.topic()))
    gateway.script.answer("GetTopicStatistics", statistics_service_pb2.GetTopicStatisticsResponse(statistics=found))
    topic = scripted.topic()
    path = f"/lindental/dialoge/{address_of(topic.texts.title, topic.id)}/zahlen"
    answer = await gateway.http.get(path)
    assert answer.status_code == 200
    return answer.text


async def test_the_page_tells_the_numbers_in_words_bars_and_a_table(gateway: Running) -> None:
    html = await page(gateway, statistics(*FEW_DAYS))
    assert "Beiträge: 4 insgesamt, am meisten am Freitag, 20. November 2026 (3)." in html
    assert "Bewertungen: 1.234 insgesamt, am meisten am Freitag, 20. November 2026 (7)." in html
    rows = re.findall(r'<th class="kern-table__cell" scope="row">([^<]+)</th>\s*(.*?)</tr>', html, re.DOTALL)
    shown = {name: re.findall(r"<td[^>]*>([^<]*)</td>", cells) for name, cells in rows}
    assert shown["Freitag, 20. November 2026"] == ["3", "0", "7"]
    assert shown["Sonntag, 22. November 2026"] == ["1", "12", "nicht genannt"]
    assert "Samstag, 21. November 2026" not in shown
    assert (shown["Dagegen"], shown["ausgeblendet"]) == (["1.200"], ["weniger als 5"])
    # Styles inside of the page would be refused by its policy.
    assert not re.search(r"<[^>]* style=", html)
    assert html.count("<rect ") == 2 + 1 + 2


async def test_the_page_offers_every_form_and_says_who_gets_what(gateway: Running) -> None:
    html = await page(gateway, statistics(*FEW_DAYS))
    base = f"/api/v1/lindental/discussion/topics/{scripted.TOPIC}/export"
    assert re.findall(rf'href="({re.escape(base)}[^"]*)" download', html) == [
        f"{base}.{form}" for form in ("xlsx", "csv", "json", "zip")
    ]
    assert "Diese Dateien enthalten, was alle auf den Seiten lesen können." in html


async def test_before_anything_is_handed_in_the_page_says_so(gateway: Running) -> None:
    html = await page(gateway, statistics(participants=0))
    assert "Es ist noch nichts eingegangen." in html
    assert '<svg class="chart__bars"' not in html


@pytest.mark.parametrize(
    ("length", "by", "labels"),
    [
        (62, "day", ("Donnerstag, 1. Januar 2026", "Dienstag, 3. März 2026")),
        (63, "week", ("29. Dezember 2025", "2. März 2026")),
        (435, "month", ("Januar 2026", "März 2027")),
    ],
)
def test_time_is_divided_so_that_bars_can_be_told_apart(length: int, by: str, labels: tuple[str, str]) -> None:
    first = dt.date(2026, 1, 1)
    last = first + dt.timedelta(days=length - 1)
    found = views.course(GERMAN, statistics((first.isoformat(), 1, 1, None), (last.isoformat(), 2, 2, 9)))
    assert found is not None
    assert (found.by, found.first, found.last) == (by, *labels)
    assert [cells for _, cells in found.rows] == [["1", "1", "nicht genannt"], ["2", "2", "9"]]


def test_a_sum_with_a_part_that_is_not_told_says_at_least() -> None:
    days = [(f"2026-{month:02}-0{day}", 1, 0, 7 if day == 1 else None) for month in (1, 9) for day in (1, 2)]
    found = views.course(GERMAN, statistics(*days))
    assert found is not None
    cells = dict(found.rows)
    assert found.by == "week"
    assert cells["29. Dezember 2025"] == ["2", "0", "mindestens 7"]
    assert [bar.untold for bar in found.charts[2].bars] == [True, True]
