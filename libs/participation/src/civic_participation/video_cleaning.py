"""Cleans a video in a process of its own: picture and sound stay as they are, everything beside them goes.

`python -m civic_participation.video_cleaning MEDIA_TYPE SOURCE TARGET` copies the packets of the first picture and the
first sound into a new container, without decoding them, and writes a line of JSON. Titles, places, times, chapters and
tracks of other kinds (such as where a phone was) are not copied. Its memory does not grow with the file.
"""

import json
import resource
import sys
from typing import Any

import av
from av.error import FFmpegError
from civic_chassis.inspection import Refusal

MEMORY_BYTES = 2 * 1024 * 1024 * 1024
CPU_SECONDS = 90
# What plays everywhere, by container.
_CONTAINERS = {"video/mp4": "mp4", "video/webm": "webm"}
_CODECS = {
    "mp4": (frozenset({"h264", "av1"}), frozenset({"aac", "mp3"})),
    "webm": (frozenset({"vp8", "vp9", "av1"}), frozenset({"vorbis", "opus"})),
}
# No encoder's name, the index before the packets.
_OPTIONS = {"mp4": {"fflags": "+bitexact", "movflags": "+faststart"}, "webm": {"fflags": "+bitexact"}}


def main(media_type: str, source: str, target: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    try:
        head = clean_video(source, target, _CONTAINERS[media_type])
    except (FFmpegError, ValueError, OSError, MemoryError):
        head = {"refused": Refusal.DAMAGED}
    sys.stdout.write(json.dumps(head) + "\n")
    return 0


def clean_video(source: str, target: str, container: str) -> dict[str, Any]:
    """Size and length in seconds of the video that was written to `target`, or why none was.

    Raises what PyAV raises for one that cannot be read.
    """
    pictures, sounds = _CODECS[container]
    # Named, since FFmpeg would guess, and some of what it knows reads other files and addresses.
    with av.open(source, "r", format=container, metadata_errors="ignore") as read:
        if not read.streams.video:
            return {"refused": Refusal.DAMAGED}
        chosen = [read.streams.video[0], *read.streams.audio[:1]]
        if chosen[0].codec_context.name not in pictures or any(
            each.codec_context.name not in sounds for each in chosen[1:]
        ):
            return {"refused": Refusal.KIND}
        width, height = read.streams.video[0].width, read.streams.video[0].height
        seconds = round((read.duration or 0) / 1_000_000)
        with av.open(target, "w", format=container, options=_OPTIONS[container]) as written:
            streams = {each.index: written.add_stream_from_template(each) for each in chosen}
            for made in streams.values():
                made.metadata.clear()
            written.metadata.clear()
            for packet in read.demux(chosen):
                # The last one of each is empty.
                if packet.dts is None:
                    continue
                packet.stream = streams[packet.stream.index]
                written.mux(packet)
    return {"width": width, "height": height, "seconds": seconds}


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
