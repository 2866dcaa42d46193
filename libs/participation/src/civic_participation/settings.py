"""Settings that more than one service knows under the same name."""

from typing import Annotated

from pydantic import AfterValidator

from civic_participation.domain.videos import hosts_of


def _hosts(text: str) -> str:
    hosts_of(text)
    return text


# Names of hosts, separated by commas.
VideoHosts = Annotated[str, AfterValidator(_hosts)]
