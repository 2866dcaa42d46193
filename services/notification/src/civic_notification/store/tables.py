"""Tables of the notification service."""

from civic_chassis.db.tables import chassis_tables
from civic_chassis.db.tenancy import per_tenant, state_wide
from civic_participation.tenants import tenant_tables
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()
chassis_tables(metadata)
tenant_tables(metadata)


def _time(name: str, *, nullable: bool = False) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


recipient = Table(
    "recipient",
    metadata,
    Column("subject", Text, primary_key=True),
    # What tokens in mails name: it is known nowhere else.
    Column("id", Uuid, nullable=False),
    _text("address"),
    _text("language"),
    _time("update_time"),
    _time("seen_time"),
    # Without an account: known by the address alone, and written to about nothing but what it confirmed.
    Column("guest", Boolean, nullable=False, server_default=text("false")),
    info=state_wide("a person has one address in the state; every statement names the subject"),
)
Index("recipient_id", recipient.c.id, unique=True)
Index("recipient_guest", text("lower(address)"), unique=True, postgresql_where=recipient.c.guest, _table=recipient)

recipient_role = Table(
    "recipient_role",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    info=state_wide("which staff a notice reaches; a person's roles in all tenants are replaced together"),
)
Index("recipient_role_subject", recipient_role.c.subject)

following = Table(
    "following",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("object_kind", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("id", Uuid, nullable=False),
    _text("rhythm"),
    _text("title"),
    _text("path"),
    _time("create_time"),
    # When the owner of an address without an account confirmed it; null for accounts.
    _time("confirm_time", nullable=True),
    info=state_wide("read by object when something happens, and by person over all tenants for their own list"),
)
Index("following_id", following.c.id, unique=True)
Index("following_subject", following.c.subject, following.c.create_time, following.c.id)

question = Table(
    "question",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("subject"),
    _text("tenant_id"),
    _text("object_kind"),
    _text("object_id"),
    _text("rhythm"),
    _text("title"),
    _text("path"),
    _time("create_time"),
    _time("confirm_time", nullable=True),
    info=state_wide(
        "an address without an account is asked whether it wants to follow; found by the token of the mail"
    ),
)
Index("question_subject", question.c.subject, question.c.create_time)
Index("question_create_time", question.c.create_time)

invitee = Table(
    "invitee",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("object_kind", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    # The recipient without an account whose address it is.
    Column("subject", Text, primary_key=True),
    Column("id", Uuid, nullable=False),
    _time("create_time"),
    info=state_wide("what is forgotten of addresses is known over all tenants; every other statement names the tenant"),
)
Index("invitee_subject", invitee.c.subject)

preference = Table(
    "preference",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    _text("rhythm"),
    info=state_wide("a person's choice for all tenants, read when a notice finds its followers"),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("tenant_id"),
    _text("kind"),
    _text("object_kind"),
    _text("object_id"),
    _text("path"),
    Column("words", JSONB, nullable=False),
    Column("translations", JSONB, nullable=False),
    Column("times", JSONB, nullable=False),
    _time("expire_time", nullable=True),
    _time("create_time"),
    # Its words are gone, since everybody was told.
    Column("cleared", Boolean, nullable=False, server_default=text("false")),
    info=state_wide("the sender takes what is due in any tenant; words go when everybody was told"),
)
Index("notice_open", notice.c.id, postgresql_where=text("NOT cleared"))
Index("notice_create_time", notice.c.create_time, postgresql_using="brin")

letter = Table(
    "letter",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("tenant_id"),
    _text("subject"),
    # notice:<id> for a single one, daily:<day> or weekly:<day> for a digest.
    _text("key"),
    _text("rhythm"),
    _text("state"),
    Column("part", Integer, nullable=False, server_default="1"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # When it is taken next; while it is being sent, when the sender is taken for dead.
    _time("run_at"),
    _time("create_time"),
    _time("sent_time", nullable=True),
    Column("following_id", Uuid),
    Column("error", Text, nullable=False, server_default=""),
    postgresql_with={"fillfactor": 80},
    info=state_wide("the sender takes what is due in any tenant; rows hold ids and nothing that is sent"),
)
Index("letter_key", letter.c.tenant_id, letter.c.subject, letter.c.key, unique=True)
Index("letter_due", letter.c.run_at, postgresql_where=text("state = 'waiting'"))
Index("letter_create_time", letter.c.create_time, postgresql_using="brin")

letter_notice = Table(
    "letter_notice",
    metadata,
    Column("letter_id", Uuid, primary_key=True),
    Column("notice_id", Uuid, primary_key=True),
    info=state_wide("what a letter still has to tell; the row goes when it was told"),
)
Index("letter_notice_notice", letter_notice.c.notice_id)

suppression = Table(
    "suppression",
    metadata,
    Column("address", Text, primary_key=True),
    Column("soft_count", Integer, nullable=False),
    _time("since"),
    _time("suppress_time", nullable=True),
    _text("status"),
    info=state_wide("addresses from which mail came back, whoever they belong to"),
)

template = Table(
    "template",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    _time("create_time"),
    # True where the tenant went back to the portal's text.
    Column("portal", Boolean, nullable=False),
    _text("subject_line"),
    _text("text"),
    info=per_tenant(),
)
