"""Where an installation lives and which database and school it uses: environment over file over default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
FILE = "kanwu.toml"
KNOWN = {"address", "database", "owner", "school"}


class SettingsFault(Exception):
    """A setting that is unknown or cannot be used; says which, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation.

    ``database`` is the URL the application uses; ``owner`` the URL of the role that owns the tables
    (PostgreSQL only, needed for ``init`` and ``upgrade``, '' otherwise); ``school`` the folder of rules;
    ``address`` where people reach the pages (https://… behind one proxy that ends TLS; '' = this machine
    only).
    """

    home: Path
    database: str
    owner: str
    school: Path
    address: str = ""

    @property
    def keys(self) -> Path:
        """The folder of key files."""
        return self.home / "keys"

    @property
    def evidence(self) -> Path:
        """The folder of sealed papers."""
        return self.home / "evidence"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from KANWU_HOME, _DATABASE, _OWNER, _SCHOOL, _ADDRESS over ``kanwu.toml`` in the home.

    Raises SettingsFault for a file that cannot be read or names something unknown.
    """
    home = Path(environ.get("KANWU_HOME") or ROOT / "var").expanduser().absolute()
    said = _file(home / FILE)
    database = environ.get("KANWU_DATABASE") or said.get("database") or f"sqlite:///{home / 'kanwu.db'}"
    owner = environ.get("KANWU_OWNER") or said.get("owner") or ""
    school = Path(environ.get("KANWU_SCHOOL") or said.get("school") or ROOT / "config" / "schools" / "nchu")
    if not database.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsFault(
            "database：请写成 sqlite:///文件 或 postgresql+psycopg://… / "
            "write sqlite:///FILE or postgresql+psycopg://…"
        )
    address = (environ.get("KANWU_ADDRESS") or said.get("address") or "").rstrip("/")
    if address and not (address.startswith(("http://", "https://")) and urlsplit(address).hostname):
        raise SettingsFault(f"address：请写成 https://网站名 / write https://HOST: {address}")
    return Settings(home, database, owner, school.expanduser().absolute(), address)


def _file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
        raise SettingsFault(f"{path.name}: {fault}") from fault
    if unknown := sorted(said.keys() - KNOWN):
        raise SettingsFault(
            f"{path.name}：不认识的设置 / unknown setting {', '.join(unknown)}；"
            f"可用的有 / known: {', '.join(sorted(KNOWN))}"
        )
    return {name: str(value) for name, value in said.items()}
