"""The state's list as a large state has it: 100,000 offers of 700 tenants, most of them in the archive."""

import asyncpg
from civic.common.v1 import offer_pb2

from bench.fill import superuser
from bench.portal import Portal

COUNT = 100_000
TENANTS = 700

# A twentieth runs, as much is announced, a tenth has ended, all else is archived; two thirds have a place.
OFFERS = """
INSERT INTO offer (id, tenant_id, kind, version, generation, removed, publish_time, start_time, end_time, archive_time,
                   themes, district, latitude, longitude, west, south, east, north, search, projection)
SELECT uuidv7(), 'ort-' || to_char(floor($2 * power(random(), 2)), 'FM000'),
       (ARRAY['dialog', 'dialog', 'dialog', 'procedure', 'land_use', 'survey', 'event', 'event', 'report'])
           [number % 9 + 1],
       1, 1, false, begun - interval '3 days', begun, ended, ended + interval '90 days',
       ARRAY[(ARRAY['Verkehr', 'Klima', 'Bauen', 'Kultur'])[number % 4 + 1]], 'Ortsteil ' || number % 9,
       lat, lon, lon, lat, lon, lat,
       to_tsvector('german', 'Sanierung ' || word || ' ' || number || ' Die Stadt fragt alle nach ihrer Meinung'), $3
FROM (
    SELECT number, now() - make_interval(days => age + 60) AS begun,
           now() - make_interval(days => age, secs => number) AS ended,
           49.4 + random() * 2.2 + CASE WHEN number % 3 = 0 THEN NULL ELSE 0 END AS lat, 7.8 + random() * 2.4 AS lon,
           (ARRAY['Marktplatz', 'Radweg', 'Spielplatz', 'Brücke', 'Bahnhof', 'Schule', 'Stadtpark'])[number % 7 + 1]
               || to_char(number % 500, 'FM000') AS word
    FROM (
        SELECT number, CASE WHEN number % 20 = 0 THEN -30 WHEN number % 20 = 1 THEN -90 WHEN number % 10 = 2 THEN 40
                            ELSE 91 + number % 3000 END AS age
        FROM generate_series(1, $1::int) AS number
    ) AS aged
) AS dated
"""


async def offers(portal: Portal) -> None:
    """Fills the catalog, unless a run before has done so."""
    database = await asyncpg.connect(superuser(portal, "catalog"))
    try:
        if await database.fetchval("SELECT count(*) FROM offer") >= COUNT:
            return
        print(f"loading {COUNT} offers", flush=True)
        await database.execute(OFFERS, COUNT, TENANTS, projection(), timeout=1800)
        await database.execute("VACUUM ANALYZE offer", timeout=1800)
    finally:
        await database.close()


def projection() -> bytes:
    """What readers get of an offer; the same for all, since its size alone matters here."""
    offer = offer_pb2.Offer(
        kind=offer_pb2.OFFER_KIND_DIALOG,
        id="01935b5e-7c00-7000-8000-000000000001",
        tenant="lindental",
        version=5,
        revision=3,
        texts=offer_pb2.OfferTexts(title="Neugestaltung des Marktplatzes", teaser="Was soll anders werden?"),
        themes=["Verkehr"],
        place=offer_pb2.OfferPlace(latitude=50.1, longitude=8.7, address="Am Markt 1", district="Altstadt"),
        counts={"contributions": 20, "comments": 30, "ratings": 40},
    )
    for moment in (offer.publish_time, offer.update_time, offer.start_time, offer.end_time, offer.archive_time):
        moment.FromJsonString("2026-11-23T08:00:00Z")
    return offer.SerializeToString()
