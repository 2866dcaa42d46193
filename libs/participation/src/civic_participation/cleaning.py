"""Cleans a file in a process of its own: turned upright, nothing of its maker left, smaller forms beside it.

`python -m civic_participation.cleaning MEDIA_TYPE` reads the file from its input and writes a line of JSON and the
files that it names. A picture that is made to harm its reader harms this process alone, which owns nothing.
"""

import io
import json
import resource
import sys
from typing import Any, BinaryIO

from civic_chassis.inspection import MAX_PIXELS
from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from civic_participation.documents import clean_document

# Widths of smaller forms.
WIDTHS = (320, 960)
FORMS = (("webp", "WEBP", {"quality": 78, "method": 4}), ("avif", "AVIF", {"quality": 55, "speed": 8}))
MEMORY_BYTES = 2 * 1024 * 1024 * 1024
CPU_SECONDS = 90
# What of an animation is kept whole.
_ANIMATED_PIXELS = 40_000_000
_SAVED = {
    "image/jpeg": ("JPEG", {"quality": 88}),
    "image/png": ("PNG", {}),
    "image/webp": ("WEBP", {"quality": 86, "method": 4}),
    "image/gif": ("GIF", {}),
}

File = tuple[str, bytes]


def main(media_type: str, source: BinaryIO, target: BinaryIO) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    contents = source.read()
    try:
        head, files = (
            clean_picture(contents, media_type) if media_type in _SAVED else clean_document(contents, media_type)
        )
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        MemoryError,
        Image.DecompressionBombError,
    ):
        head, files = {"damaged": True}, []
    head["files"] = [[name, len(content)] for name, content in files]
    target.write(json.dumps(head).encode() + b"\n")
    for _, content in files:
        target.write(content)
    return 0


def clean_picture(contents: bytes, media_type: str) -> tuple[dict[str, Any], list[File]]:
    """Size, smaller forms and files of a picture. Raises what Pillow raises for one that cannot be read."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    form, options = _SAVED[media_type]
    with Image.open(io.BytesIO(contents), formats=[form]) as opened:
        frames = getattr(opened, "n_frames", 1)
        if frames > 1 and frames * opened.width * opened.height <= _ANIMATED_PIXELS and form in ("GIF", "WEBP"):
            whole, picture = _animation(opened, form, options)
        else:
            picture = _still(opened, form)
            whole = _saved(picture, form, options)
    files: list[File] = [("content", whole)]
    thumbnails = []
    for width in WIDTHS:
        if width != WIDTHS[0] and picture.width <= WIDTHS[0]:
            break
        small = picture.copy()
        small.thumbnail((width, width * 2), Image.Resampling.LANCZOS)
        if small.mode not in ("RGB", "RGBA"):
            small = small.convert("RGBA" if "A" in small.mode else "RGB")
        for ending, form, settings in FORMS:
            name = f"{width}.{ending}"
            files.append((name, _saved(small, form, settings)))
            thumbnails.append(
                {"name": name, "media_type": f"image/{ending}", "width": small.width, "height": small.height}
            )
    return {"width": picture.width, "height": picture.height, "thumbnails": thumbnails}, files


def _still(opened: Image.Image, form: str) -> Image.Image:
    opened.load()
    picture = _plain(_in_srgb(ImageOps.exif_transpose(opened)), form)
    # What was said beside the picture: EXIF, XMP, IPTC, comments, profiles, texts of PNG.
    picture.info = {}
    return picture


def _animation(opened: Image.Image, form: str, options: dict[str, Any]) -> tuple[bytes, Image.Image]:
    frames, times = [], []
    for frame in ImageSequence.Iterator(opened):
        times.append(int(frame.info.get("duration", 100)))
        plain = frame.convert("RGBA")
        plain.info = {}
        frames.append(plain)
    kept = io.BytesIO()
    frames[0].save(kept, form, save_all=True, append_images=frames[1:], duration=times, loop=0, **options)
    return kept.getvalue(), frames[0]


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Colours as screens expect them, since the profile goes."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK"):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGB" if picture.mode == "CMYK" else picture.mode
        turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return picture
    return turned if turned is not None else picture


def _plain(picture: Image.Image, form: str) -> Image.Image:
    """In a mode that every form can hold."""
    if form == "JPEG":
        return picture if picture.mode in ("RGB", "L") else picture.convert("RGB")
    if picture.mode in ("RGB", "RGBA", "L"):
        if "transparency" in picture.info:
            return picture.convert("RGBA")
        return picture.copy()
    if picture.mode in ("LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _saved(picture: Image.Image, form: str, options: dict[str, Any]) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, form, **options)
    return kept.getvalue()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer))
