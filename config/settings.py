"""Settings of an installation: its home, database and school. Environment over file over default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
ROOT = Path(__file__).resolve().parent.parent
FILE = "kanwu.toml"
SENDING = (
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_from",
    "smtp_user",
    "smtp_ca",
    "wecom_corp",
    "wecom_agent",
    "wecom_base",
)
KNOWN = {
    "address", "database", "owner", "proxies", "school", "sessions", "campus", "passwords", "pdf", *SENDING,
}  # fmt: skip
SECRETS = ("smtp_password", "wecom_secret")
"""Never in ``kanwu.toml``: from the environment, or from a file of that name in the folder ``secrets``."""

SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""The kinds of encryption, with their usual port."""

SESSIONS = ("workday", "strict")
"""How long a sign-in lasts: a day for students and a working day for staff, or minutes without a request."""

PASSWORDS = ("modern", "mlps")
"""What is asked of a password: docs/passwords.md. The first is the default."""

ON_OR_OFF = ("false", "true")

WECOM = "https://qyapi.weixin.qq.com"

THIS_MACHINE = (ip_network("127.0.0.1"), ip_network("::1"))
NO_PROXY = "none"
WIDEST = {4: 8, 6: 16}
"""The shortest prefix of a proxy's network. A shorter one is taken for a slip that would trust everybody."""


class SettingsFault(Exception):
    """A setting that is unknown or unusable. Says which, where, and the remedy."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """The school's mail server and our account on it. ``ca`` is a file with its own certificate authority."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Wecom:
    """The school's own application in WeCom. ``base`` is the address of its interface."""

    corp: str
    agent: int
    secret: str = field(repr=False)
    base: str = WECOM


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation.

    ``database`` is the URL the application uses; ``owner`` the URL of the role that owns the tables
    (PostgreSQL only, needed for ``init`` and ``upgrade``, '' otherwise); ``school`` the folder of rules;
    ``address`` the address of the pages (https://… behind a proxy that ends TLS; '' = this machine only);
    ``smtp`` and ``wecom`` the delivery channels, if any. ``sessions`` is one of SESSIONS. ``campus``
    lists the networks in which many people share one address. ``passwords`` is one of PASSWORDS. ``pdf``:
    letters are offered as PDF too, for which start.py installs what requirements/pdf.txt names.
    ``named_proxies`` is what the setting ``proxies`` says, None if it is not set.
    """

    home: Path
    database: str
    owner: str
    school: Path
    address: str = ""
    smtp: Smtp | None = None
    wecom: Wecom | None = None
    sessions: str = SESSIONS[0]
    campus: tuple[Network, ...] = ()
    passwords: str = PASSWORDS[0]
    named_proxies: tuple[Network, ...] | None = None
    pdf: bool = False

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The proxies whose forwarded headers are believed. Default: this machine, for https."""
        if self.named_proxies is not None:
            return self.named_proxies
        return THIS_MACHINE if self.address.startswith("https://") else ()

    @property
    def keys(self) -> Path:
        """The folder of key files."""
        return self.home / "keys"

    @property
    def evidence(self) -> Path:
        """The folder of sealed papers."""
        return self.home / "evidence"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from KANWU_HOME, KANWU_DATABASE, KANWU_SCHOOL and so on over ``kanwu.toml`` in the home.

    KANWU_PROXIES is for a server behind others (docs/server.md); KANWU_SMTP_… and KANWU_WECOM_… configure
    sending (docs/notices.md). Raises SettingsFault for an unreadable file or an unknown setting.
    """
    home = Path(environ.get("KANWU_HOME") or ROOT / "var").expanduser().absolute()
    said = dict.fromkeys(KNOWN, "") | _file(home / FILE) | _environment(environ)
    school = Path(said["school"] or ROOT / "config" / "schools" / "nchu")
    database, address = _database(said, home), _address(said)
    secrets = {name: _secret(home, name, environ) for name in SECRETS}
    return Settings(
        home,
        database,
        said["owner"],
        school.expanduser().absolute(),
        address,
        _smtp(said | secrets),
        _wecom(said | secrets),
        _one_of("sessions", SESSIONS, said),
        _networks("campus", said["campus"]),
        _one_of("passwords", PASSWORDS, said),
        _proxies(said["proxies"]),
        _one_of("pdf", ON_OR_OFF, {"pdf": said["pdf"].lower()}) == "true",
    )


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment's values for settings that can also be in the file."""
    return {name: said for name in KNOWN if (said := environ.get(f"KANWU_{name.upper()}"))}


def _database(said: Mapping[str, str], home: Path) -> str:
    database = said["database"] or f"sqlite:///{home / 'kanwu.db'}"
    if not database.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsFault(
            "database：请写成 sqlite:///文件 或 postgresql+psycopg://… / "
            "write sqlite:///FILE or postgresql+psycopg://…"
        )
    return database


def _address(said: Mapping[str, str]) -> str:
    address = said["address"].rstrip("/")
    if address and not (address.startswith(("http://", "https://")) and urlsplit(address).hostname):
        raise SettingsFault(f"address：请写成 https://网站名 / write https://HOST: {address}")
    return address


def _one_of(name: str, known: tuple[str, str], said: Mapping[str, str]) -> str:
    """The value of a setting that has two, of which the first is the default."""
    value = said[name] or known[0]
    if value not in known:
        raise SettingsFault(f"{name}：请写 {known[0]} 或 {known[1]} / write {known[0]} or {known[1]}")
    return value


def _networks(name: str, said: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(one) for one in said.replace(",", " ").split())
    except ValueError as fault:
        raise SettingsFault(
            f"{name}：请写地址或网络，用逗号隔开，例如 10.0.0.5, 10.1.0.0/16 / "
            f"write addresses or networks, separated by commas: {fault}"
        ) from fault


def _proxies(said: str) -> tuple[Network, ...] | None:
    """The named addresses and networks; () for the word ``none``; None if nothing is said."""
    if said.strip() in ("", NO_PROXY):
        return () if said.strip() else None
    found = _networks("proxies", said)
    if wide := [str(one) for one in found if one.prefixlen < WIDEST[one.version]]:
        raise SettingsFault(
            f"proxies：{', '.join(wide)} 太大，等于谁的话都信；请只写代理自己的地址 / "
            "is too wide, name the proxies' own addresses only"
        )
    return found


def _secret(home: Path, name: str, environ: Mapping[str, str]) -> str:
    file = home / "secrets" / name
    if said := environ.get(f"KANWU_{name.upper()}"):
        return said
    try:
        return file.read_text(encoding="utf-8").strip() if file.exists() else ""
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsFault(f"secrets/{name}：无法读取 / cannot be read") from fault


def _smtp(said: Mapping[str, str]) -> Smtp | None:
    if not said["smtp_host"]:
        return None
    security = said["smtp_security"] or "starttls"
    if security not in SMTP_PORTS:
        raise SettingsFault("smtp_security：请写 starttls、tls 或 none / write starttls, tls or none")
    sender = said["smtp_from"]
    if parseaddr(sender)[1] != sender or sender.count("@") != 1 or not sender.isascii():
        raise SettingsFault("smtp_from：请写发件人的邮箱地址 / write the sender's e-mail address")
    user, password = said["smtp_user"], said["smtp_password"]
    if bool(user) != bool(password):
        raise SettingsFault(
            "smtp_user 与密码须同时写；密码在 KANWU_SMTP_PASSWORD 或文件 secrets/smtp_password 里 / "
            "smtp_user and the password belong together"
        )
    if not (user + password).isascii():
        raise SettingsFault("smtp_user 与密码只能是 ASCII 字符 / smtp_user and the password must be ASCII")
    if security == "none" and not is_this_machine(said["smtp_host"]):
        raise SettingsFault(
            "smtp_security：none 只用于这台机器上的邮件服务 / none is for a mail server on this machine only"
        )
    port = _number("smtp_port", said["smtp_port"] or str(SMTP_PORTS[security]), 65535)
    return Smtp(said["smtp_host"], port, security, sender, user, password, said["smtp_ca"])


def _wecom(said: Mapping[str, str]) -> Wecom | None:
    needed = ("wecom_corp", "wecom_agent", "wecom_secret")
    if not any(said[name] for name in needed):
        return None
    if missing := [name for name in needed if not said[name]]:
        raise SettingsFault(
            f"企业微信还缺 / still missing for WeCom: {', '.join(missing)}；"
            "wecom_secret 写在 KANWU_WECOM_SECRET 或文件 secrets/wecom_secret / the secret in one of these"
        )
    base = urlsplit(said["wecom_base"] or WECOM)
    safe = base.scheme == "https" or (base.scheme == "http" and is_this_machine(base.hostname or ""))
    if not (safe and base.hostname) or base.query or base.fragment:
        raise SettingsFault("wecom_base：请写成 https://主机 / write https://HOST")
    agent = _number("wecom_agent", said["wecom_agent"], 2**31)
    return Wecom(said["wecom_corp"], agent, said["wecom_secret"], base.geturl())


def _number(name: str, said: str, most: int) -> int:
    if not (said.isascii() and said.isdigit() and 0 < int(said) <= most):
        raise SettingsFault(f"{name}：应为整数 / must be a whole number")
    return int(said)


def is_this_machine(host: str) -> bool:
    """True for a name or address by which only this machine can be reached."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as fault:  # no TOML, no UTF-8, too long a number, too deep
        raise SettingsFault(f"{path.name}: {fault}") from fault
    if unknown := sorted(said.keys() - KNOWN):
        raise SettingsFault(
            f"{path.name}：不认识的设置 / unknown setting {', '.join(unknown)}；"
            f"可用的有 / known: {', '.join(sorted(KNOWN))}"
        )
    return {name: _as_text(value) for name, value in said.items()}


def _as_text(value: object) -> str:
    """A value of the file as the environment would say it. A list is written with commas."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
