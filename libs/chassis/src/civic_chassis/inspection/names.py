"""Names of files: for showing and for saving, whatever somebody made of them."""

import re
import unicodedata
from urllib.parse import quote

from civic_chassis.inspection.kinds import FileKind

MAX_NAME = 120
_UNNAMED = "Datei"
# What a path, a shell or a file system of some machine gives a meaning to.
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_SPACES = re.compile(r"\s+")
_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,8})$")
# Names that mean a device where they are saved.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def safe_name(raw: str, kind: FileKind) -> str:
    """The name as it is shown: one line without a path or anything hidden, with an ending that fits the contents."""
    last = unicodedata.normalize("NFC", raw).replace("\\", "/").rpartition("/")[2]
    visible = "".join(each for each in last if each.isspace() or unicodedata.category(each) not in _HIDDEN)
    name = _SPACES.sub(" ", _FORBIDDEN.sub("_", _SPACES.sub(" ", visible))).strip(" .")
    ending = kind.extensions[0]
    found = _EXTENSION.search(name)
    if found is not None:
        stem = name[: found.start()]
        if found[1].lower() in kind.extensions:
            ending = found[1].lower()
    else:
        stem = name
    stem = stem.strip(" .")
    if not stem.strip("_") or _DEVICES.fullmatch(stem):
        stem = _UNNAMED
    return f"{stem[: MAX_NAME - len(ending) - 1].rstrip(' .')}.{ending}"


def disposition(name: str, *, inline: bool) -> str:
    """A Content-Disposition header (RFC 6266) for any name."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", ascii_name).strip(" .") or _UNNAMED
    way = "inline" if inline else "attachment"
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
