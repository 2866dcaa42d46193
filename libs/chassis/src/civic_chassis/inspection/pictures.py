"""Heads of pictures: how large they are, and whether their end is there."""

from civic_chassis.inspection.kinds import FileKind, Found, Refusal, refused

# Before anything is decoded: 50 megapixels are the largest photos of telephones, 200 MB in memory.
MAX_PIXELS = 51_000_000
MAX_SIDE = 16_000
# All frames of an animation together.
MAX_FRAME_PIXELS = 200_000_000

_NO_SIZE = frozenset({0xC4, 0xC8, 0xCC})


def jpeg(contents: bytes) -> Found:
    """Walks the segments up to the picture's data; its end has to be there."""
    size = None
    place = 2
    while True:
        while contents[place] == 0xFF and contents[place + 1] == 0xFF:
            place += 1
        if contents[place] != 0xFF:
            raise refused(Refusal.DAMAGED)
        marker = contents[place + 1]
        length = int.from_bytes(contents[place + 2 : place + 4], "big")
        if length < 2 or place + 2 + length > len(contents):
            raise refused(Refusal.DAMAGED)
        if 0xC0 <= marker <= 0xCF and marker not in _NO_SIZE:
            head = contents[place + 5 : place + 9]
            size = (int.from_bytes(head[2:4], "big"), int.from_bytes(head[0:2], "big"))
        place += 2 + length
        if marker == 0xDA:
            break
    if size is None or contents.find(b"\xff\xd9", place) < 0:
        raise refused(Refusal.DAMAGED)
    return _checked(FileKind.JPEG, *size)


def png(contents: bytes) -> Found:
    """Walks the chunks up to the last."""
    if contents[12:16] != b"IHDR":
        raise refused(Refusal.DAMAGED)
    found = _checked(FileKind.PNG, int.from_bytes(contents[16:20], "big"), int.from_bytes(contents[20:24], "big"))
    place = 8
    while contents[place + 4 : place + 8] != b"IEND":
        place += 12 + int.from_bytes(contents[place : place + 4], "big")
        if place + 12 > len(contents):
            raise refused(Refusal.DAMAGED)
    return found


def webp(contents: bytes) -> Found:
    """The first chunk tells the size."""
    if int.from_bytes(contents[4:8], "little") + 8 > len(contents):
        raise refused(Refusal.DAMAGED)
    head = contents[12:16]
    if head == b"VP8X":
        width = int.from_bytes(contents[24:27], "little") + 1
        height = int.from_bytes(contents[27:30], "little") + 1
    elif head == b"VP8L" and contents[20] == 0x2F:
        bits = int.from_bytes(contents[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif head == b"VP8 " and contents[23:26] == b"\x9d\x01\x2a":
        width = int.from_bytes(contents[26:28], "little") & 0x3FFF
        height = int.from_bytes(contents[28:30], "little") & 0x3FFF
    else:
        raise refused(Refusal.DAMAGED)
    return _checked(FileKind.WEBP, width, height)


def gif(contents: bytes) -> Found:
    """Walks the blocks, which tell how many frames there are."""
    width, height = int.from_bytes(contents[6:8], "little"), int.from_bytes(contents[8:10], "little")
    found = _checked(FileKind.GIF, width, height)
    place = 13 + _colours(contents[10])
    frames = 0
    while contents[place] != 0x3B:
        if contents[place] == 0x2C:
            frames += 1
            place += 10 + _colours(contents[place + 9]) + 1
        elif contents[place] == 0x21:
            place += 2
        else:
            raise refused(Refusal.DAMAGED)
        while contents[place]:
            place += contents[place] + 1
        place += 1
    if not frames:
        raise refused(Refusal.DAMAGED)
    if frames * width * height > MAX_FRAME_PIXELS:
        raise _too_many(width, height, frames)
    return found


def _colours(flags: int) -> int:
    """Bytes of the table of colours that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _checked(kind: FileKind, width: int, height: int) -> Found:
    if not width or not height:
        raise refused(Refusal.DAMAGED)
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise _too_many(width, height, 1)
    return Found(kind, width, height)


def _too_many(width: int, height: int, frames: int) -> Exception:
    return refused(
        Refusal.PIXELS,
        max=str(MAX_PIXELS),
        megapixels=str(MAX_PIXELS // 1_000_000),
        side=str(MAX_SIDE),
        actual=str(width * height * frames),
    )
