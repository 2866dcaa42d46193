"""Columns as most tables have them."""

from sqlalchemy import BigInteger, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB


def time(name: str) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=False)


def text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


def json(name: str, default: str) -> "Column[object]":
    return Column(name, JSONB, nullable=False, server_default=default)


def count(name: str) -> "Column[int]":
    return Column(name, BigInteger, nullable=False, server_default="0")
