"""Field encryption and keyed digests: a stolen database dump reveals no ID numbers.

Values are sealed with AES-256-GCM and a random nonce, bound to table, column and row, so a sealed value
cannot be moved to another row. A blind index under its own key allows equality tests without decryption.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEYS = ("seal", "index", "code")
FORMAT = b"\x01"
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of a code: nothing that is mistaken for another letter or digit when read from paper."""
CODE_LENGTH = 10
KEY_ID = 4
NONCE = 12


class CipherFault(Exception):
    """A sealed value cannot be opened: wrong key, wrong row, or altered bytes."""


class KeysMissing(Exception):
    """The key files are missing, unreadable or invalid."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Three 32-byte keys: one seals values, one makes indexes and digests, one makes sign-in codes."""

    seal: bytes
    index: bytes
    code: bytes

    @classmethod
    def make(cls, folder: Path) -> Keys:
        """Create the key files, readable only by their owner. Existing keys are never overwritten."""
        return cls._make(folder, KEYS)

    @classmethod
    def add_missing_code_key(cls, folder: Path) -> None:
        """Give an installation of an earlier version its key for codes."""
        if not (folder / "code.key").exists():
            cls._make(folder, ("code",))

    @classmethod
    def _make(cls, folder: Path, names: Sequence[str]) -> Keys:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made: list[Path] = []
        try:
            for name in names:
                path = folder / f"{name}.key"
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    made.append(path)
                    file.write(os.urandom(32).hex() + "\n")
                    file.flush()
                    os.fsync(file.fileno())
        except BaseException:
            for path in made:
                path.unlink()
            with suppress(OSError):  # a folder with other content stays
                folder.rmdir()
            raise
        for place in (folder, folder.parent):
            sync_folder(place)
        return cls.read(folder)

    @classmethod
    def read(cls, folder: Path) -> Keys:
        """Read the key files. Raises KeysMissing with the file's name and the remedy."""
        return cls(*(_key(folder / f"{name}.key") for name in KEYS))


def sync_folder(folder: Path) -> None:
    """Make file names in a folder durable against power loss, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as fault:
        if path.name == "code.key":
            raise KeysMissing(
                "缺少密钥文件 code.key。较早版本的安装请运行 python3 start.py upgrade；"
                "其他情况请从密钥备份中恢复 / "
                "key file code.key is missing: an installation of an earlier version gets it by "
                "python3 start.py upgrade; otherwise restore it from the copy of the keys"
            ) from fault
        raise KeysMissing(
            f"密钥文件 {path.name} 不存在或无法读取，请从密钥备份中恢复 / key file {path.name} is missing or "
            "unreadable: restore it from the sealed copy of the keys"
        ) from fault
    if len(key) != 32:
        raise KeysMissing(f"密钥文件 {path.name} 长度不对 / key file {path.name} must hold 32 bytes in hex")
    return key


class Cipher:
    """Seals single values and makes the blind index that compares them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._box = AESGCM(keys.seal)
        self._head = FORMAT + hashlib.sha256(b"kanwu-key\0" + keys.seal).digest()[:KEY_ID]

    @property
    def id(self) -> str:
        """The sealing key's id in hex. It reveals nothing of the key and identifies a wrong one."""
        return self._head[1:].hex()

    def seal_bytes(self, plain: bytes, *, table: str, column: str, row: str) -> bytes:
        """Seal bytes for one row: format 1 · key id 4 · nonce 12 · ciphertext and tag."""
        nonce = os.urandom(NONCE)
        return self._head + nonce + self._box.encrypt(nonce, plain, _place(table, column, row))

    def open_bytes(self, sealed: bytes, *, table: str, column: str, row: str) -> bytes:
        """Open what ``seal_bytes`` sealed for the same row. Raises CipherFault otherwise."""
        head, rest = bytes(sealed[: 1 + KEY_ID]), bytes(sealed[1 + KEY_ID :])
        if head != self._head:
            raise CipherFault(f"{table}.{column}: sealed under another key or in another format")
        try:
            return self._box.decrypt(rest[:NONCE], rest[NONCE:], _place(table, column, row))
        except (InvalidTag, ValueError) as fault:
            raise CipherFault(f"{table}.{column}: altered, or moved here from another row") from fault

    def seal(self, plain: str, *, table: str, column: str, row: str) -> bytes:
        """Seal text for one row."""
        return self.seal_bytes(plain.encode(), table=table, column=column, row=row)

    def open(self, sealed: bytes, *, table: str, column: str, row: str) -> str:
        """Open text sealed for the same row. Raises CipherFault otherwise."""
        return self.open_bytes(sealed, table=table, column=column, row=row).decode()

    def index(self, kind: str, normalised: str) -> bytes:
        """The blind index of a normalised value: 16 bytes, equal for equal values, opaque without the key."""
        return self._mac(kind, normalised.encode())[:16]

    def digest(self, kind: str, data: bytes) -> str:
        """A keyed digest in hex, for command keys and bodies that outsiders must not guess."""
        return self._mac(kind, data).hex()

    def code(self, row: str) -> str:
        """The one-time code of a row: ten characters (50 bits), unknown without this key and the row.

        It is made anew where it is printed or compared, so it is stored nowhere.
        """
        bits = int.from_bytes(hmac.digest(self._keys.code, b"code\0" + row.encode(), "sha256")[:8], "big")
        return "".join(LETTERS[bits >> 5 * place & 31] for place in range(CODE_LENGTH))

    def _mac(self, kind: str, data: bytes) -> bytes:
        return hmac.digest(self._keys.index, kind.encode() + b"\0" + data, "sha256")


def _place(table: str, column: str, row: str) -> bytes:
    return f"{table}|{column}|{row}".encode()
