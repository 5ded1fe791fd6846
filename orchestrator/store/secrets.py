"""Secrets: those we only recognise (hashed) and those we must be able to use again (encrypted)."""

import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class WrongKey(Exception):
    """What is encrypted in the database was not encrypted with a key we have."""


def new_secret() -> str:
    """256 random bits, for a link, a cookie or a token."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What the database keeps of a secret made by ``new_secret``; such a one needs no slow hash."""
    return hashlib.sha256(secret.encode(errors="surrogateescape")).digest()  # headers may hold any byte


def new_key() -> str:
    """A key for Vault."""
    return Fernet.generate_key().decode()


class Vault:
    """Encrypts with the first of its keys and decrypts with any: put a new key first to change it."""

    def __init__(self, *keys: str | bytes) -> None:
        """Keys as ``new_key`` makes them; raises ValueError for anything else."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, text: str) -> str:
        """``text``, unreadable without the key."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """What was encrypted. Raises WrongKey."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise WrongKey from error
