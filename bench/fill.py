"""Topics with many contributions: the topics through the API as staff, the contributions by SQL."""

import uuid
from datetime import UTC, datetime, timedelta

import asyncpg

from bench.portal import STAFF, Portal

TENANT = "lindental"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
TEXT = "Auf der Bahnhofstraße fehlt zwischen Markt und Bahnhof ein Radweg. Viele Kinder fahren hier zur Schule. " * 3

CONTRIBUTIONS = """
INSERT INTO contribution (tenant_id, id, topic_id, row_version, create_time, update_time, author_subject, author_name,
                          name_public, title, text, rated_for, rated_neutral, rated_against, comment_count)
SELECT $1, uuidv7(), $2, 1, at, at, 'bench-' || n % 5000, 'anna', true, 'Ein sicherer Radweg, Vorschlag ' || n, $4,
       n % 97, n % 7, n % 13, 0
FROM generate_series(1, $3::int) AS n, LATERAL (SELECT now() - n * interval '10 milliseconds' AS at)
"""
# What the consumer of the service's own events keeps for each contribution.
WORDS = """
INSERT INTO contribution_words (tenant_id, id, topic_id, title, search)
SELECT tenant_id, id, topic_id, title, setweight(to_tsvector('german', title), 'A') || to_tsvector('german', text)
FROM contribution WHERE tenant_id = $1 AND topic_id = $2
ON CONFLICT DO NOTHING
"""
# So many contributions are compared with what somebody types.
SIMILAR = 100_000
COUNTER = """
INSERT INTO topic_counter AS counter (tenant_id, topic_id, stripe, contributions) VALUES ($1, $2, 0, $3)
ON CONFLICT (tenant_id, topic_id, stripe) DO UPDATE SET contributions = counter.contributions + $3
"""


# Three people write for a whole town here, again and again the same: no rule is to hold that back.
NO_RULES = """
INSERT INTO moderation_setting (tenant_id, row_version, content)
VALUES ($1, 1, '{"rules": [], "words": [], "links_max": 20, "per_minute": 30, "remind_hours": 24, "policy": {},
                 "reasons": [{"code": "other", "names": {"de": "Anderer Grund"}, "active": true}]}')
ON CONFLICT DO NOTHING
"""


async def topics(portal: Portal, sizes: tuple[int, ...] = SIZES) -> dict[int, str]:
    """Number of contributions → id of the topic that has so many; 0 → a fresh one to write to."""
    database = await asyncpg.connect(superuser(portal))
    try:
        await database.execute(NO_RULES, TENANT)
        found = {0: await make_topic(portal, "Zum Schreiben")}
        for size in sizes:
            title = f"{size} Beiträge"
            known = await database.fetchval("SELECT id FROM topic WHERE title = $1", title)
            found[size] = str(known) if known else await fill(portal, database, title, size)
        if SIMILAR in found:
            await words(database, found[SIMILAR])
        return found
    finally:
        await database.close()


async def words(database: asyncpg.Connection, topic: str) -> None:
    """Lets the topic's contributions be found as similar, unless a run before has done so."""
    if await database.fetchval("SELECT count(*) FROM contribution_words WHERE topic_id = $1", uuid.UUID(topic)):
        return
    await database.execute(WORDS, TENANT, uuid.UUID(topic), timeout=1800)
    await database.execute("VACUUM ANALYZE contribution_words", timeout=1800)


def superuser(portal: Portal, database: str = "discussion") -> str:
    """The superuser's address of a database: row-level security does not hold it up."""
    return portal.stack.postgres_url.rpartition("/")[0] + f"/{database}"


async def fill(portal: Portal, database: asyncpg.Connection, title: str, size: int) -> str:
    topic = await make_topic(portal, f"{title}, wird gefüllt")
    print(f"loading {size} contributions", flush=True)
    async with database.transaction():
        await database.execute(CONTRIBUTIONS, TENANT, uuid.UUID(topic), size, TEXT, timeout=1800)
        await database.execute(COUNTER, TENANT, uuid.UUID(topic), size)
        await database.execute("UPDATE topic SET title = $2 WHERE id = $1", uuid.UUID(topic), title)
    await database.execute("VACUUM ANALYZE contribution", timeout=1800)
    return topic


async def make_topic(portal: Portal, title: str, **settings: str) -> str:
    """A published topic that is active for a month."""
    now = datetime.now(UTC)
    body = {
        "title": title,
        "teaser": "Ein Dialog für Messungen.",
        "text": "Was **soll** sich ändern?",
        "start_time": (now - timedelta(days=1)).isoformat(),
        "end_time": (now + timedelta(days=30)).isoformat(),
        "names_public": True,
        "settings": settings,
    }
    async with portal.api(await portal.stack.token(STAFF)) as api:
        made = await api.post(f"/{TENANT}/discussion/topics", json=body)
        made.raise_for_status()
        topic: str = made.json()["id"]
        (await api.post(f"/{TENANT}/discussion/topics/{topic}:publish", json={})).raise_for_status()
    return topic
