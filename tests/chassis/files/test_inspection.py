"""What a file is by its contents, and what is refused."""

import tracemalloc

import pytest
from civic_chassis.inspection import MAX_FILE_BYTES, FileKind, Found, Refusal, Refused, inspect

from tests import specimens


@pytest.mark.parametrize(
    ("contents", "found"),
    [
        (specimens.photo(640, 480), Found(FileKind.JPEG, 640, 480)),
        (specimens.image("PNG"), Found(FileKind.PNG, 64, 48)),
        (specimens.image("WEBP"), Found(FileKind.WEBP, 64, 48)),
        (specimens.image("WEBP", lossless=True), Found(FileKind.WEBP, 64, 48)),
        (specimens.image("WEBP", exif=b"Exif\0\0"), Found(FileKind.WEBP, 64, 48)),
        (specimens.image("GIF"), Found(FileKind.GIF, 64, 48)),
        (specimens.animation(), Found(FileKind.GIF, 40, 30)),
        (specimens.pdf(), Found(FileKind.PDF)),
        (b"\n" + specimens.pdf(), Found(FileKind.PDF)),
        (specimens.pdf(extra=b"/Encrypt 9 0 R"), Found(FileKind.PDF, encrypted=True)),
        (specimens.docx(), Found(FileKind.DOCX)),
        (specimens.odt(), Found(FileKind.ODT)),
    ],
    ids=lambda value: value.kind.name if isinstance(value, Found) else "",
)
def test_a_file_is_what_its_contents_are(contents: bytes, found: Found) -> None:
    assert inspect(contents) == found


@pytest.mark.parametrize(
    ("contents", "refusal"),
    [
        (b"", Refusal.EMPTY),
        (b"x" * (MAX_FILE_BYTES + 1), Refusal.TOO_LARGE),
        (b"Hallo", Refusal.KIND),
        (specimens.SVG, Refusal.KIND),
        (b"<!doctype html><script>1</script>" + specimens.pdf(), Refusal.KIND),
        (specimens.archive(), Refusal.KIND),
        (specimens.polyglot(), Refusal.AMBIGUOUS),
        (specimens.pdf() + b"<html><script>1</script></html>", Refusal.AMBIGUOUS),
        (specimens.pdf() + specimens.archive(), Refusal.AMBIGUOUS),
        (specimens.pdf()[:-8], Refusal.DAMAGED),
        (specimens.huge_png(), Refusal.PIXELS),
        (specimens.huge_png(17_000, 2), Refusal.PIXELS),
        (specimens.photo()[:-200], Refusal.DAMAGED),
        (specimens.photo()[:40], Refusal.DAMAGED),
        (specimens.image("PNG")[:-12], Refusal.DAMAGED),
        (specimens.image("WEBP")[:-30], Refusal.DAMAGED),
        (specimens.image("GIF")[:-1], Refusal.DAMAGED),
        (specimens.docx()[:-30], Refusal.DAMAGED),
        (specimens.docx({"word/vbaProject.bin": b"x"}), Refusal.MACROS),
        (specimens.docx(main_type="application/vnd.ms-word.document.macroEnabled.main+xml"), Refusal.MACROS),
        (specimens.odt({"Basic/Standard/Module1.xml": b"x"}), Refusal.MACROS),
        (specimens.lying_bomb(), Refusal.UNPACKED),
    ],
    ids=lambda value: value.name if isinstance(value, Refusal) else "",
)
def test_what_is_refused_is_refused_by_name(contents: bytes, refusal: Refusal) -> None:
    with pytest.raises(Refused) as caught:
        inspect(contents)
    assert caught.value.refusal is refusal


@pytest.mark.parametrize("megabytes", [150, 250])
def test_a_bomb_is_not_unpacked_into_memory(megabytes: int) -> None:
    contents = specimens.bomb(megabytes)
    assert len(contents) < 300_000
    tracemalloc.start()
    with pytest.raises(Refused) as caught:
        inspect(contents)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.refusal is Refusal.UNPACKED
    assert peak < 2_000_000


def test_entries_that_share_their_bytes_are_refused() -> None:
    contents = bytearray(specimens.docx({"word/a.xml": b"a" * 100, "word/b.xml": b"a" * 100}))
    # The central directory's offset of the last entry becomes that of the one before.
    heads = [place for place in range(len(contents)) if contents[place : place + 4] == b"PK\x01\x02"]
    contents[heads[-1] + 42 : heads[-1] + 46] = contents[heads[-2] + 42 : heads[-2] + 46]
    with pytest.raises(Refused) as caught:
        inspect(bytes(contents))
    assert caught.value.refusal is Refusal.UNPACKED


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_no_cut_of_a_picture_is_more_than_refused(form: str) -> None:
    contents = specimens.image(form)
    for end in range(12, len(contents) - 2, 7):
        with pytest.raises(Refused):
            inspect(contents[:end])
