"""Settings of the notification service."""

from typing import Literal

from civic_chassis.settings import HttpUrl, Listen, ServiceSettings
from pydantic import Field, SecretStr


class NotificationSettings(ServiceSettings):
    """What the notification service can be told beside what every service can."""

    public_url: HttpUrl = Field(
        default="http://localhost:8080", description="Address of the portal, for links in mails"
    )
    smtp: Listen = Field(description="Mail server, host:port")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="TLS to the mail server: from the start, by STARTTLS, or none"
    )
    smtp_username: str = Field(default="", description="Name at the mail server; empty for none")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password at the mail server")
    smtp_connections: int = Field(default=4, ge=1, le=50, description="Connections to the mail server at once")
    smtp_timeout_seconds: float = Field(default=30.0, gt=0, le=300, description="Longest answer of the mail server")
    mail_from: str = Field(description="Address that mails come from")
    mail_secret: SecretStr = Field(
        min_length=16, description="Secret that tokens in mails are signed with; links in old mails end with it"
    )
    bounce_domain: str = Field(
        default="", description="Domain of return paths; empty for that of the sender. Its mail goes to the listener"
    )
    bounce_listen: Listen | None = Field(
        default=None, description="Address of the SMTP listener that takes mail that comes back, host:port"
    )
