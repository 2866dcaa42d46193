"""Files as people send them, and as people who mean harm do: all made by code."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import timedelta
from typing import Any

import av
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

GPS = {1: "N", 2: (50.0, 35.0, 24.0), 3: "E", 4: (8.0, 40.0, 12.0)}
ORIENTATION = 0x0112
# Longer than any pause before work is tried again.
SOON = timedelta(hours=1)
GPS_IFD = 0x8825


def picture(width: int = 640, height: int = 480) -> Image.Image:
    """Red on the left, blue on the right, a white bar on top: one sees how it was turned."""
    made = Image.new("RGB", (width, height), (200, 30, 30))
    draw = ImageDraw.Draw(made)
    draw.rectangle((width // 2, 0, width, height), fill=(30, 30, 200))
    draw.rectangle((0, 0, width, height // 8), fill=(255, 255, 255))
    return made


def photo(width: int = 640, height: int = 480, *, orientation: int = 6) -> bytes:
    """A JPEG of a telephone: lying on its side, with place, maker, comment and XMP."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "Kamerahersteller"
    exif.get_ifd(GPS_IFD).update(GPS)
    kept = io.BytesIO()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><!-- Anna Beispiel --></x:xmpmeta>"
    picture(width, height).save(kept, "JPEG", exif=exif, comment=b"von Anna Beispiel", xmp=xmp, quality=90)
    return kept.getvalue()


def image(form: str, width: int = 64, height: int = 48, **options: Any) -> bytes:
    kept = io.BytesIO()
    picture(width, height).save(kept, form, **options)
    return kept.getvalue()


def video(container: str = "mp4", codec: str = "libx264", *, seconds: int = 2) -> bytes:
    """A film of a telephone: with place, title and maker beside its picture."""
    kept = io.BytesIO()
    options = {"movflags": "use_metadata_tags"} if container == "mp4" else {}
    with av.open(kept, "w", format=container, options=options) as made:
        made.metadata.update(
            {"location": "+50.5900+008.6666/", "title": "Von Anna Beispiel", "make": "Kamerahersteller"}
        )
        pictures = made.add_stream(codec, rate=10)
        assert isinstance(pictures, av.VideoStream)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        pictures.metadata["handler_name"] = "Annas Telefon"
        for number in range(10 * seconds):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number * 5 % 256]) * plane.buffer_size)
            made.mux(pictures.encode(frame))
        made.mux(pictures.encode())
    return kept.getvalue()


def png_text(text: str) -> PngInfo:
    """What a PNG says beside its picture."""
    made = PngInfo()
    made.add_text("Author", text)
    return made


def exif_of(text: str) -> bytes:
    made = Image.Exif()
    made[0x013B] = text
    return made.tobytes()


def animation(frames: int = 3) -> bytes:
    pictures = [Image.new("RGB", (40, 30), (80 * number, 0, 0)) for number in range(frames)]
    kept = io.BytesIO()
    pictures[0].save(kept, "GIF", save_all=True, append_images=pictures[1:], duration=100, loop=0, comment=b"geheim")
    return kept.getvalue()


def huge_png(width: int = 20_000, height: int = 20_000) -> bytes:
    """A head that announces a large picture of one colour: small to send, 400 million pixels to hold."""
    rows = zlib.compress(b"\x00" * 1000)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(*, title: str = "", language: str = "", tagged: bool = False, extra: bytes = b"") -> bytes:
    """A PDF of one empty page; `extra` stands in its trailer."""
    catalog = b"<< /Type /Catalog /Pages 2 0 R"
    if language:
        catalog += b" /Lang (" + language.encode() + b")"
    if tagged:
        catalog += b" /MarkInfo << /Marked true >> /StructTreeRoot 5 0 R"
    objects = [
        catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        b"<< /Title (" + title.encode() + b") >>",
        b"<< /Type /StructTreeRoot >>",
    ]
    body = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R %s >>\n" % (len(objects) + 1, extra)
    return body + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(body)


def polyglot() -> bytes:
    """A PDF that is a page with a script, too."""
    return pdf().replace(b"%\xe2\xe3\xcf\xd3\n", b"<html><script>alert(1)</script>\n", 1)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def docx(entries: dict[str, bytes] | None = None, *, main_type: str = _WORD) -> bytes:
    """A text of Word; `entries` are added to what it needs."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/word/document.xml" ContentType="{main_type}"/></Types>'
    )
    return _zip({"[Content_Types].xml": types.encode(), "word/document.xml": b"<w:document/>", **(entries or {})})


def odt(entries: dict[str, bytes] | None = None) -> bytes:
    """A text of OpenDocument."""
    kind = b"application/vnd.oasis.opendocument.text"
    return _zip({"mimetype": kind, "content.xml": b"<office:document-content/>", **(entries or {})})


def archive() -> bytes:
    """A ZIP that is no document."""
    return _zip({"virus.exe": b"MZ"})


def bomb(megabytes: int = 150) -> bytes:
    """A text of Word of a few kilobytes that unpacks into this much."""
    return docx({"word/media/image1.bmp": bytes(megabytes * 1024 * 1024)})


def lying_bomb() -> bytes:
    """As `bomb`, yet it says of itself to be small."""
    made = bytearray(docx({"word/media/image1.bmp": bytes(20 * 1024 * 1024)}))
    size = struct.pack("<I", 20 * 1024 * 1024)
    small = struct.pack("<I", 1024)
    assert made.count(size) == 2
    return bytes(made.replace(size, small))


def _zip(entries: dict[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name, content in entries.items():
            made.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return kept.getvalue()
