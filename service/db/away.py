"""What a database says that cannot work just now: its disk is full, another writer holds it, it does not answer."""

from __future__ import annotations

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)
"""Nothing was stored; the same may be tried again."""
