"""Read DER, the encoding of certificates and time stamps, and take nothing that has two spellings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

DER_BOOLEAN, DER_INTEGER, DER_BIT_STRING, DER_OCTETS, DER_NULL, DER_OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
DER_TIME, DER_SEQUENCE, DER_SET = 0x18, 0x30, 0x31


class DerBroken(Exception):
    """These bytes are not DER, or not what was wanted at this place."""


@dataclass(frozen=True, slots=True)
class DerValue:
    """One value with its tag.

    Attributes:
        tag: The identifier byte: class, constructed or not, number.
        content: What is inside.
        encoded: Tag, length and content, as they were read.
    """

    tag: int
    content: bytes
    encoded: bytes

    def parts(self, what: str, tag: int = DER_SEQUENCE) -> tuple[DerValue, ...]:
        """Return the values inside a constructed value of this tag. Raises `DerBroken`."""
        der_wanted(self, tag, what)
        found = []
        at = 0
        while at < len(self.content):
            value = _der_value(self.content, at, what)
            found.append(value)
            at += len(value.encoded)
        return tuple(found)


def read_der(encoded: bytes, what: str) -> DerValue:
    """Read exactly one value. Raises `DerBroken` where it is malformed, cut off, or something follows it."""
    value = _der_value(encoded, 0, what)
    if len(value.encoded) != len(encoded):
        raise DerBroken(f"{what}: {len(encoded) - len(value.encoded)} trailing bytes")
    return value


def der_wanted(value: DerValue, tag: int, what: str) -> bytes:
    """Return the content of a value that must have this tag. Raises `DerBroken`."""
    if value.tag != tag:
        raise DerBroken(f"{what}: malformed DER: wanted tag {tag:#04x}, got {value.tag:#04x}")
    return value.content


def der_count(values: Sequence[DerValue], what: str, *, at_least: int, at_most: int) -> None:
    """Raise `DerBroken` where a sequence has not as many values as it may."""
    if not at_least <= len(values) <= at_most:
        raise DerBroken(f"{what}: malformed DER: wanted {at_least} to {at_most} values, got {len(values)}")


def der_exactly(values: Sequence[DerValue], count: int, what: str) -> Sequence[DerValue]:
    """Return values that must be as many as this. Raises `DerBroken`."""
    der_count(values, what, at_least=count, at_most=count)
    return values


def der_at_least(values: Sequence[DerValue], count: int, what: str) -> Sequence[DerValue]:
    """Return values that must be as many as this, or more. Raises `DerBroken`."""
    if len(values) < count:
        raise DerBroken(f"{what}: malformed DER: wanted {count} values or more, got {len(values)}")
    return values


def der_integer(value: DerValue, what: str) -> int:
    """Return a whole number in its shortest spelling. Raises `DerBroken`."""
    content = der_wanted(value, DER_INTEGER, what)
    is_padded = len(content) > 1 and (content[0], content[1] >> 7) in ((0x00, 0), (0xFF, 1))
    if not content or is_padded:
        raise DerBroken(f"{what}: malformed DER: a number not in its shortest spelling")
    return int.from_bytes(content, "big", signed=True)


def der_boolean(value: DerValue, what: str) -> bool:
    """Return a truth value, 00 or FF. Raises `DerBroken`."""
    content = der_wanted(value, DER_BOOLEAN, what)
    if content not in (b"\x00", b"\xff"):
        raise DerBroken(f"{what}: malformed DER: a truth value of {content.hex()}")
    return content == b"\xff"


def der_oid(value: DerValue, what: str) -> str:
    """Return an object identifier with dots. Raises `DerBroken`."""
    content = der_wanted(value, DER_OID, what)
    numbers: list[int] = []
    number, is_open = 0, False
    for byte in content:
        if byte == 0x80 and not is_open:
            raise DerBroken(f"{what}: malformed DER: a padded object identifier")
        number, is_open = number << 7 | byte & 0x7F, byte >= 0x80
        if not is_open:
            numbers.append(number)
            number = 0
    if not numbers or is_open:
        raise DerBroken(f"{what}: malformed DER: a cut off object identifier")
    first = min(numbers[0] // 40, 2)
    return ".".join(str(n) for n in (first, numbers[0] - 40 * first, *numbers[1:]))


def der_bits(value: DerValue, what: str) -> bytes:
    """Return a bit string of whole bytes. Raises `DerBroken`."""
    content = der_wanted(value, DER_BIT_STRING, what)
    if content[:1] != b"\x00":
        raise DerBroken(f"{what}: malformed DER: a bit string that is not whole bytes")
    return content[1:]


def der_time(value: DerValue, what: str) -> datetime:
    """Return a GeneralizedTime in UTC; fractions below a microsecond are cut. Raises `DerBroken`."""
    text = der_wanted(value, DER_TIME, what).decode("ascii", "replace")
    seconds, dot, fraction = text.removesuffix("Z").partition(".")
    is_plain = len(seconds) == 14 and seconds.isascii() and seconds.isdigit() and text.endswith("Z")
    if not is_plain or (dot and not (fraction.isascii() and fraction.isdigit() and not fraction.endswith("0"))):
        raise DerBroken(f"{what}: malformed DER: wanted a time as YYYYMMDDhhmmss[.f]Z, got {text!r}")
    try:
        moment = datetime.strptime(seconds, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)  # noqa: UP017 (Python 3.10 has no UTC)
    except ValueError:
        raise DerBroken(f"{what}: there is no such time: {text!r}") from None
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")))


def der_in_order(values: Sequence[DerValue], what: str) -> None:
    """Raise `DerBroken` where the members of a set are not in the one order that DER allows, or one comes twice."""
    spellings = [value.encoded for value in values]
    if spellings != sorted(set(spellings)):
        raise DerBroken(f"{what}: malformed DER: a set out of order")


def _der_value(encoded: bytes, at: int, what: str) -> DerValue:
    """Read the value that starts here."""
    if len(encoded) < at + 2 or encoded[at] & 0x1F == 0x1F:
        raise DerBroken(f"{what}: malformed DER: cut off, or a tag of several bytes")
    size, start = encoded[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7F
        size, start = int.from_bytes(encoded[start : start + count], "big"), start + count
        # 5 bytes would be a value of more than 4 GB; 0 bytes is BER's "until the end mark"
        if not 1 <= count <= 4 or size < 0x80 or size.bit_length() <= 8 * (count - 1):
            raise DerBroken(f"{what}: malformed DER: a length not in its shortest spelling")
    if start + size > len(encoded):
        raise DerBroken(f"{what}: malformed DER: {start + size - len(encoded)} bytes are missing")
    return DerValue(encoded[at], encoded[start : start + size], encoded[at : start + size])
