"""The short form of an id in the addresses of pages."""

from uuid import UUID

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
# 36 ** 25 > 2 ** 128: every UUID fits.
_LENGTH = 25


def code_of(identifier: UUID) -> str:
    """The whole UUID in 25 small letters and digits."""
    number, code = identifier.int, ""
    while number:
        number, digit = divmod(number, 36)
        code = _ALPHABET[digit] + code
    return code.rjust(_LENGTH, "0")
