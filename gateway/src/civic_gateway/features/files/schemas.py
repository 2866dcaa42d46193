"""Files in the JSON API: what is answered and taken."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from civic_gateway.validation import Body

FileState = Literal["receiving", "ready", "processing", "refused", "hidden"]


class Thumbnail(BaseModel):
    """A smaller form of a picture."""

    url: str = Field(examples=["/api/v1/lindental/files/01935b5e-7c00-7000-8000-000000000009/thumbnails/320.webp"])
    media_type: str = Field(examples=["image/webp"])
    width: int = Field(examples=[320])
    height: int = Field(examples=[240])


class Attachment(BaseModel):
    """A file that is attached to a text."""

    id: str
    name: str = Field(examples=["marktplatz.jpg"], description="Cleaned, with an ending that fits the contents")
    size: int = Field(examples=[482113], description="Bytes; of the cleaned form once there is one")
    media_type: str = Field(examples=["image/jpeg"], description="Found in the contents, not taken from the sender")
    state: FileState = Field(
        description="receiving: pieces are missing; ready: to be attached, or attached and to be seen; processing: "
        "attached, and being cleaned; refused: see reason; hidden: a moderator took it away"
    )
    alt_text: str = Field(examples=["Der leere Marktplatz im Sommer"], description="What a picture shows")
    width: int | None = None
    height: int | None = None
    encrypted: bool = Field(False, description="A PDF that needs a password, or whose rights are locked")
    reason: str | None = Field(None, examples=["FILE_DAMAGED"])
    content_url: str | None = Field(None, description="Where the file itself is, once it may be seen")
    thumbnails: list[Thumbnail] = []


class File(Attachment):
    """A file that was sent, whether or not anything holds it yet."""

    expire_time: str | None = Field(None, description="When a file that nothing holds is deleted")
    received: int | None = Field(None, description="Bytes that arrived so far")


class FileChange(Body):
    """What the person who sent a file may say about it."""

    alt_text: str = Field(max_length=2000, examples=["Der leere Marktplatz im Sommer"])
