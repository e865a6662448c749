"""The key that signs the journal: made once, kept in one file, rotated, and what to do when it is lost.

One private key is in force at a time. It lies in ``signing.pem``, readable by its owner only; a successor waits in
``signing.next.pem`` until the journal has taken it, so that a crash in between loses neither.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from service.errors import KeyUnusable
from service.evidence.durable import make_folder, sync_folder
from service.evidence.offline.journal_rows import HEAD_DOMAIN, KEY_DOMAIN, ROW_DOMAIN, key_id_of

log = structlog.get_logger(__name__)

CURRENT, NEXT = "signing.pem", "signing.next.pem"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and its short name."""

    private_key: Ed25519PrivateKey
    public_key: bytes
    key_id: str

    @classmethod
    def of(cls, private_key: Ed25519PrivateKey) -> Signer:
        """Return the signer of a key."""
        public_key = private_key.public_key().public_bytes_raw()
        return cls(private_key, public_key, key_id_of(public_key))

    @classmethod
    def fresh(cls) -> Signer:
        """Make a new key, known to nobody."""
        return cls.of(Ed25519PrivateKey.generate())

    def sign_row(self, header: bytes) -> bytes:
        """Sign a journal row's header."""
        return self.private_key.sign(ROW_DOMAIN + header)

    def sign_head(self, head: bytes) -> bytes:
        """Sign a head of the journal."""
        return self.private_key.sign(HEAD_DOMAIN + head)

    def accept(self, before: str) -> bytes:
        """Sign that this key follows the one with that short name."""
        return self.private_key.sign(KEY_DOMAIN + before.encode())

    def sign(self, domain: bytes, content: bytes) -> bytes:
        """Sign something else; ``domain`` says what, so that no signature serves for another thing."""
        return self.private_key.sign(domain + content)


class KeyFolder:
    """Where the key lies.

    Args:
        passphrase: The file is encrypted with it; empty for a file that is only protected by its mode.
    """

    def __init__(self, folder: Path, passphrase: str = "") -> None:
        self._folder = folder
        self._passphrase = passphrase.encode() or None

    @property
    def path(self) -> Path:
        """File of the key in force."""
        return self._folder / CURRENT

    def load(self) -> Signer | None:
        """Read the key in force; None where there is none. Raises `KeyUnusable`."""
        return self._read(CURRENT)

    def load_next(self) -> Signer | None:
        """Read the successor that waits; None where there is none. Raises `KeyUnusable`."""
        return self._read(NEXT)

    def keep(self, signer: Signer) -> None:
        """Write the key in force. Raises `KeyUnusable`."""
        self._write(CURRENT, signer)

    def keep_next(self, signer: Signer) -> None:
        """Write the successor. Raises `KeyUnusable`."""
        self._write(NEXT, signer)

    def promote(self) -> None:
        """Put the successor in force; the key before it is gone for good."""
        (self._folder / NEXT).replace(self.path)
        sync_folder(self._folder)

    def _read(self, name: str) -> Signer | None:
        path = self._folder / name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyUnusable(f"{path}: cannot be read: {error.strerror}") from None
        if path.stat().st_mode & 0o077:
            log.warning("others may read the journal's key: chmod 600", file=str(path))
        key = self._opened(path, content)
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnusable(f"{path}: is not an Ed25519 key. Put back the file from your backup")
        return Signer.of(key)

    def _opened(self, path: Path, content: bytes) -> object:
        """A plain file is taken as it is though a passphrase is set; the next rotation encrypts it."""
        is_encrypted = b"ENCRYPTED" in content
        if is_encrypted and self._passphrase is None:
            raise KeyUnusable(f"{path}: is encrypted. Set CONGVU_KEY_PASSPHRASE")
        if self._passphrase is not None and not is_encrypted:
            log.warning("the journal's key is not encrypted; `congvu journal rotate-key` makes one", file=str(path))
        try:
            return load_pem_private_key(content, self._passphrase if is_encrypted else None)
        except (ValueError, TypeError):
            fault = "CONGVU_KEY_PASSPHRASE is not the one of this file" if is_encrypted else "this is no key"
            raise KeyUnusable(f"{path}: {fault}. Put back the file from your backup, or the right passphrase") from None

    def _write(self, name: str, signer: Signer) -> None:
        encryption: KeySerializationEncryption = NoEncryption()
        if self._passphrase:
            encryption = BestAvailableEncryption(self._passphrase)
        content = signer.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        # one name for the unfinished file: what a killed process left of a key does not stay beside the next
        part = self._folder / f"{name}.part"
        try:
            make_folder(self._folder)
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / name)
            sync_folder(self._folder)
        except OSError as error:
            raise KeyUnusable(f"{self._folder / name}: cannot be written: {error.strerror}") from None
