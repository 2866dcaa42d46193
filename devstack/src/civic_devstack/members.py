"""The services of this workspace, found by their folders; a new one needs no edit here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Member:
    """A service; its pyproject.toml may say more in `[tool.civic]`.

    `database` false: it has none, so nothing is migrated. `load`: a file under `devstack/demo/<state>/` that its
    `load` command takes before the service is used.
    """

    name: str
    package: str
    folder: Path
    index: int
    database: bool = True
    load: str | None = None

    @property
    def runnable(self) -> bool:
        return (self.folder / "src" / self.package / "__main__.py").exists()


def services(root: Path) -> list[Member]:
    """In the order of their names, which gives each its port."""
    found = []
    for index, file in enumerate(sorted((root / "services").glob("*/pyproject.toml"))):
        manifest = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("civic", {})
        name = file.parent.name
        found.append(
            Member(
                name=name.replace("-", "_"),
                package=f"civic_{name.replace('-', '_')}",
                folder=file.parent,
                index=index,
                database=manifest.get("database", True),
                load=manifest.get("load"),
            )
        )
    return found


def gateway_runnable(root: Path) -> bool:
    return (root / "gateway" / "src" / "civic_gateway" / "__main__.py").exists()
