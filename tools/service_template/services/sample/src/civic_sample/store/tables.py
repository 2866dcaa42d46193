"""Tables of the sample service."""

from civic_chassis.db.tables import chassis_tables
from civic_chassis.db.tenancy import per_tenant
from civic_participation.tenants import tenant_tables
from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, Uuid

metadata = MetaData()
chassis_tables(metadata)
tenant_tables(metadata)

specimen = Table(
    "specimen",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("row_version", BigInteger, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    info=per_tenant(),
)
