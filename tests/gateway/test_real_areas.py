"""A contribution about an area: typed without a script, shown on the map, in lists and in the export."""

import csv
import io
import json
from uuid import uuid4

from civic_gateway.web.addresses import address_of

from tests.chaos.stack import Stack
from tests.gateway.test_real_following import person

CORNERS = "50.11, 8.68\n50,11 8,70\n50,13; 8,70\n50.13,8.68\n"
EDGE = [[8.68, 50.11], [8.7, 50.11], [8.7, 50.13], [8.68, 50.13], [8.68, 50.11]]
AREA = {"type": "Polygon", "coordinates": [EDGE]}


async def test_an_area_is_typed_shown_and_exported(stack: Stack) -> None:
    title = f"Wiesen {uuid4().hex[:8]}"
    topic = await stack.new_topic(title=title)
    anna = await person(stack, "anna")
    path = f"/lindental/dialoge/{address_of(title, topic)}"
    form = f"{path}/beitraege/neu"
    shown = (await anna.open(form)).text
    assert all(f'name="{name}"' in shown for name in ("area_kind", "area_points", "lat", "lon", "address"))
    typed = {"title": "Blumen statt Rasen", "text": "Hier könnte geblüht werden.", "area_kind": "polygon"}
    for points, words in (
        ("50.11, 8.68\nhier", "In Zeile 2 stehen nicht zwei Zahlen"),
        ("50.11, 8.68\n50.13, 8.70\n50.13, 8.68\n50.11, 8.70", "kreuzt oder berührt sich selbst"),
        ("50.11, 8.68\n50.13, 8.70", "eine Fläche drei"),
        ("48.85, 2.35\n48.86, 2.35\n48.86, 2.36", "außerhalb des Landes"),
    ):
        wrong = await anna.send(form, **typed, area_points=points)
        assert (wrong.status_code, words in wrong.text) == (422, True)
        assert points.splitlines()[0] in wrong.text
    sent = await anna.send(form, **typed, area_points=CORNERS)
    assert "Blumen statt Rasen" in sent.text
    (item,) = (await stack.http.get(stack.api(f"topics/{topic}/contributions"))).json()["items"]
    assert item["place"] == {"lat": 50.12, "lon": 8.69, "area": AREA}
    one = (await stack.http.get(stack.api(f"contributions/{item['id']}"))).json()
    assert one["place"] == item["place"]
    (point,) = (await stack.http.get(stack.api(f"topics/{topic}/map"))).json()["points"]
    assert (point["lat"], point["lon"], point["contribution"]["area"]) == (50.12, 8.69, AREA)
    listed = await stack.http.get(stack.url(f"{path}/karte"), headers={"accept-language": "de"})
    assert "Fläche auf der Karte: 50.12000° Nord, 8.69000° Ost" in listed.text
    exported = await stack.http.get(stack.api(f"topics/{topic}/export.csv"), headers={"accept-language": "de"})
    (row,) = csv.DictReader(io.StringIO(exported.text.removeprefix("\ufeff")), delimiter=";")
    assert json.loads(row["area"]) == AREA
    edit = f"{path}/beitraege/{address_of(item['title'], item['id'])}/bearbeiten"
    page = (await anna.open(edit)).text
    assert "50.11, 8.68\n50.11, 8.7\n50.13, 8.7\n50.13, 8.68</textarea>" in page
    line = await anna.send(edit, **typed | {"area_kind": "line"}, area_points="50.1, 8.6\n50.1, 8.8", etag=one["etag"])
    assert "Linie auf der Karte" in line.text
    headers = stack.person("anna") | {"if-match": "*"}
    address = stack.api(f"contributions/{item['id']}")
    for place, reason in (
        ({"area": {"type": "Point", "coordinates": [8.6, 50.1]}}, "NOT_A_DRAWING"),
        ({"area": {"type": "LineString", "coordinates": [[8.6, 50.1], [8.8, 50.1]] * 60}}, "TOO_MANY_POINTS"),
    ):
        refused = await stack.http.patch(address, json={"place": place}, headers=headers)
        assert [(each["field"], each["reason"]) for each in refused.json()["errors"]] == [("place.area", reason)]
    gone = await stack.http.patch(address, json={"place": {}}, headers=headers)
    assert gone.json()["place"] is None
