"""Keycloak's distribution: fetched once, checked against its pinned hash, and unpacked."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import zipfile
from pathlib import Path

VERSION = "26.7.3"
SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
DOWNLOADED_MEGABYTES = 177


class DistributionError(Exception):
    """The distribution cannot be had; the text says why."""


def fetch(archive: Path, repository: str | None) -> None:
    """Downloads to `archive`; a file with another hash than the pinned one is not kept."""
    # Only a first start needs them.
    from maven_artifact import Artifact, Downloader
    from maven_artifact.requestor import RequestException
    from requests import RequestException as NetworkError

    draft = archive.with_name(f"{archive.name}.draft")
    artifact = Artifact("org.keycloak", "keycloak-quarkus-dist", VERSION, extension="zip")
    downloader = Downloader(repository) if repository else Downloader()
    try:
        draft.unlink(missing_ok=True)
        downloader.download(artifact, str(draft))
    except (RequestException, NetworkError, OSError) as error:
        raise DistributionError(f"it cannot be downloaded: {error}") from error
    if (found := sha256(draft)) != SHA256:
        draft.unlink()
        raise DistributionError(f"what was downloaded has the SHA-256 {found}, not the pinned {SHA256}")
    draft.replace(archive)


def unpack(archive: Path, target: Path) -> None:
    """Unpacks the one folder in the archive as `target`."""
    draft = target.with_name(f"{target.name}.unpacked")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(draft)
        (top,) = draft.iterdir()
        if not (top / "lib" / "quarkus-run.jar").exists():
            raise DistributionError(f"{archive} is not a distribution of Keycloak: lib/quarkus-run.jar is missing")
        top.rename(target)
    except (zipfile.BadZipFile, ValueError) as error:
        raise DistributionError(f"{archive} is not a distribution of Keycloak as a zip file: {error}") from error
    except OSError as error:
        raise DistributionError(f"{archive} cannot be unpacked: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--fetch", action="store_true", help="download the archive when it is not there")
    parser.add_argument("--repository", help="a mirror of Maven Central")
    options = parser.parse_args()
    try:
        pinned = options.archive.exists() and (not options.fetch or sha256(options.archive) == SHA256)
        if options.fetch and not pinned:
            options.archive.parent.mkdir(parents=True, exist_ok=True)
            fetch(options.archive, options.repository)
        unpack(options.archive, options.target)
    except DistributionError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
