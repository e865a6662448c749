"""What an evidence store must do, as a dict: the oracle of the property test."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.errors import EvidenceExists, EvidenceHeld, EvidenceMissing


@dataclass(slots=True)
class EvidenceModel:
    """A store that keeps everything in memory and nothing else.

    Attributes:
        objects: Content by key.
        held: Keys that are held.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def put(self, key: str, content: bytes) -> None:
        self._refuse_held(key)
        self.objects[key] = content

    def put_once(self, key: str, content: bytes) -> None:
        if self.objects.setdefault(key, content) != content:
            raise EvidenceExists

    def delete(self, key: str) -> None:
        self._refuse_held(key)
        self.objects.pop(key, None)

    def hold(self, key: str) -> None:
        self._require(key)
        self.held.add(key)

    def release(self, key: str) -> None:
        self._require(key)
        self.held.discard(key)

    def set_aside(self, key: str, reason_folder: str) -> str:
        self._require(key)
        self._refuse_held(key)
        folder, number = reason_folder, 1
        while f"quarantine/{folder}/{key}" in self.objects:
            number += 1
            folder = f"{reason_folder}.{number}"
        self.objects[f"quarantine/{folder}/{key}"] = self.objects.pop(key)
        return f"quarantine/{folder}/{key}"

    def restore(self, quarantine_key: str) -> str:
        key = quarantine_key.split("/", 2)[2]
        self._require(quarantine_key)
        self._refuse_held(quarantine_key)
        if key in self.objects:
            raise EvidenceExists
        self.objects[key] = self.objects.pop(quarantine_key)
        return key

    def _require(self, key: str) -> None:
        if key not in self.objects:
            raise EvidenceMissing

    def _refuse_held(self, key: str) -> None:
        if key in self.held:
            raise EvidenceHeld
