"""Random tokens of links and browsers. Only their digest is stored."""

from __future__ import annotations

import base64
import hashlib

from workflow.engine import Entropy


def new_token(entropy: Entropy) -> str:
    """A token of 256 random bits, as text for a cookie or an address."""
    return base64.urlsafe_b64encode(entropy(32)).decode().rstrip("=")


def digest(token: str) -> str:
    """The stored form of a token. It has 256 random bits, so a plain SHA-256 reveals nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
