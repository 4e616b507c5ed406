#!/usr/bin/env python3
"""Set Kanwu up and run it, on a machine that has python3 and nothing else.

    python3 start.py                 set up, then serve; a demonstration, where nothing is installed
    python3 start.py test [ARGS]     set up for development, then run the tests (ARGS are pytest's)
    python3 start.py check           set up for development, then look at style, types, house rules, licences
    python3 start.py words           set up for development, then bring the English catalogue up to date
    python3 start.py screenshots     set up for development, then take pictures of the demonstration
    python3 start.py WORDS           set up, then pass the words on to the command line

Standard library only, and written so that an old python can still read it and say that it is too old.
The packages are those of the hash-pinned files in requirements/, kept in .venv beside this file.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHECKS = {
    "style": ["ruff", "check", "."],
    "layout": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "house rules, catalogue, licences, vendored files": [
        "pytest",
        "tests/test_house.py",
        "tests/web/shared/test_catalogue.py",
        "tests/test_licences.py",
        "tests/test_vendor.py",
    ],
}

# Personal settings that would install packages outside .venv. Mirror settings are kept.
ELSEWHERE = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT", "PIP_DRY_RUN")


def main(words: Sequence[str]) -> NoReturn:
    if sys.version_info < OLDEST:
        sys.exit(too_old())
    testing, checking = words[:1] == ["test"], words[:1] == ["check"]
    if words[:1] in (["check"], ["words"]) and words[1:]:
        sys.exit(f"kanwu: {words[0]} takes no arguments; `test` runs some of the tests.")
    try:
        prepare(lock_for(words), browser=words[:1] in (["test"], ["screenshots"]), proxy=testing)
    except KeyboardInterrupt:
        sys.exit("\nkanwu: setting up was stopped. Start it again and it begins afresh.")
    except OSError as fault:
        sys.exit(f"kanwu: setting up failed: {fault}")
    if words in (["--help"], ["-h"]):
        me = Path(__file__).name
        print(
            f"To check: python3 {me} check. To run the tests: python3 {me} test [arguments of pytest]\n",
            flush=True,
        )
    if testing or checking:  # hundreds of processes; without this each compiles all modules again
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if checking:
        sys.exit(check())
    if words[:1] == ["words"]:
        hand_over(["tests.web.catalogue"])
    hand_over(["pytest", *tests_to_run(words[1:])] if testing else ["web.commands", *command(words)])


def lock_for(words: Sequence[str]) -> str:
    """The lock file for a command: "dev" for tests, checks, words and screenshots, else "run" or "pdf"."""
    if words[:1] in (["test"], ["check"], ["words"], ["screenshots"]):
        return "dev"
    return "pdf" if wants_pdf() else "run"


def wants_pdf() -> bool:
    """True if the installation's settings ask for letters as PDF. The program itself names faults in them."""
    import tomllib

    said: object = os.environ.get("KANWU_PDF")
    if not said:
        home = Path(os.environ.get("KANWU_HOME") or ROOT / "var").expanduser()
        try:
            said = tomllib.loads((home / "kanwu.toml").read_text(encoding="utf-8")).get("pdf")
        except (OSError, ValueError, RecursionError):
            return False
    return str(said).lower() == "true"


def too_old() -> str:
    """The message for a python that is too old for Kanwu."""
    newer = [f"python3.{minor}" for minor in range(20, OLDEST[1] - 1, -1) if shutil.which(f"python3.{minor}")]
    here, needed = ".".join(map(str, sys.version_info[:3])), ".".join(map(str, OLDEST))
    advice = f"Start it with: {newer[0]} start.py" if newer else "Please install one and start it with that."
    return f"kanwu: Python {needed} or newer is needed, this is {here}. {advice}"


def command(words: Sequence[str]) -> list[str]:
    """The command-line arguments. The default command is serve."""
    named = bool(words) and (not words[0].startswith("-") or words[0] in ("-h", "--help"))
    return list(words) if named else ["serve", *words]


def tests_to_run(words: Sequence[str]) -> list[str]:
    """pytest's arguments: all tests in two processes unless some are named. Works in any folder."""
    if not words:
        words = ["-n", "2", "--dist", "worksteal"]
    named = any(os.path.exists(word.split("::")[0]) for word in words)
    return ["-c", str(ROOT / "pyproject.toml"), *words, *([] if named else [str(ROOT / "tests")])]


def check() -> str | None:
    """Run every check at once, and print what each says. Returns the failed ones in words, or None."""
    running = {}
    for name, module_and_words in CHECKS.items():
        line, environment = in_venv(module_and_words)
        running[name] = subprocess.Popen(
            line,
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
        )
    failed = []
    for name, process in running.items():
        print(process.communicate()[0], end="", flush=True)
        if process.returncode:
            failed.append(name)
    return f"kanwu: not in order: {'; '.join(failed)}" if failed else None


def in_venv(module_and_words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The command line that runs a module with the python of .venv, and its environment."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    environment["PYTHONPATH"] = str(ROOT)
    # -P: ignore folders named `web` or `config` in the caller's folder
    return [str(PYTHON), "-P", "-m", *module_and_words], environment


def hand_over(module_and_words: Sequence[str]) -> NoReturn:
    """Replace this process with the python of .venv. It keeps the caller's folder, so relative paths work."""
    line, environment = in_venv(module_and_words)
    sys.stdout.flush()
    if sys.platform == "win32":  # exec would return to the prompt before the command ends
        sys.exit(subprocess.call(line, env=environment))
    os.execve(line[0], line, environment)


def prepare(lock: str, browser: bool, proxy: bool) -> None:
    """Install what the command needs. Prints nothing if all is present."""
    standing = ready(lock)
    missing = [] if standing else python_packages()
    if browser:
        missing += browser_packages()
    if proxy:
        missing += proxy_packages()
    if missing:
        demand_root(missing)
        with alone():
            apt_install(missing)
    if not standing:
        set_up(lock)


# ---- the environment in .venv


def set_up(lock: str) -> None:
    """Install requirements/<lock>.txt into .venv. <lock> is "run", or "pdf" or "dev", which contain "run"."""
    with alone():
        if ready(lock):
            return
        began = time.monotonic()
        say(f"setting up .venv from requirements/{lock}.txt (about half a minute the first time)")
        if lock == "run" or not ready("run"):
            make_environment()
        install(lock)
        for done in ("run", lock):
            stamp(done).write_text(state(done), encoding="ascii")
        say(f"ready after {time.monotonic() - began:.0f} s")


def ready(lock: str) -> bool:
    """True when a set-up finished with this lock file, folder and python."""
    try:
        return stamp(lock).read_text(encoding="ascii") == state(lock)
    except (OSError, subprocess.CalledProcessError):
        return False


def stamp(lock: str) -> Path:
    return VENV / f"{lock}.stamp"


def state(lock: str) -> str:
    """The digest of what a finished set-up depends on: the lock file, the folder, and the python of .venv."""
    identity = "import sys, sysconfig; print(sys.implementation.cache_tag, sysconfig.get_platform())"
    python = subprocess.run([str(PYTHON), "-I", "-c", identity], check=True, capture_output=True).stdout
    return hashlib.sha256(lock_file(lock).read_bytes() + bytes(VENV) + python).hexdigest()


def lock_file(lock: str) -> Path:
    return ROOT / "requirements" / f"{lock}.txt"


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other start.py sets up here. The system releases the lock if the process dies."""
    with open(ROOT / ".venv.lock", "a", encoding="ascii") as file:
        try:
            take(file.fileno(), wait=False)
        except OSError:
            say("another start.py is setting up here, waiting for it")
            take(file.fileno(), wait=True)
        yield


def take(file: int, wait: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def make_environment() -> None:
    """Create a new, empty .venv with the python that runs this file."""
    for old in VENV.glob("*.stamp"):  # first, so that a half-removed folder does not look ready
        old.unlink()
    if VENV.exists():
        shutil.rmtree(VENV)
    base = getattr(sys, "_base_executable", sys.executable)
    uv = shutil.which("uv")
    run([uv, "venv", "--quiet", "--python", base, str(VENV)] if uv else [base, "-m", "venv", str(VENV)])


def install(lock: str) -> None:
    uv = shutil.which("uv")
    tool = [uv, "pip", "install", "--python", str(PYTHON)] if uv else [str(PYTHON), "-m", "pip", "install"]
    run([*tool, "--quiet", "--require-hashes", "--requirement", str(lock_file(lock))])


# ---- system packages


def chromium() -> str | None:
    """The path of Chromium: CHROMIUM, else the one on the PATH, else None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def python_packages() -> list[str]:
    """The Debian packages that python needs to create an environment."""
    whole = find_spec("venv") and find_spec("ensurepip")
    if whole or shutil.which("uv") or sys.base_prefix != "/usr":
        return []
    return [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]


def browser_packages() -> list[str]:
    """The packages that the machine lacks to run a browser, for tests and screenshots."""
    if sys.platform != "linux":  # elsewhere a browser is usually installed, or the tests ask for one
        return []
    missing = [] if chromium() else ["chromium"]
    if not chinese_fonts():
        missing.append("fonts-noto-cjk")
    try:
        ctypes.CDLL("libatomic.so.1")  # the browser driver's runtime needs it
    except OSError:
        missing.append("libatomic1")
    return missing


def chinese_fonts() -> bool:
    """True when a Chinese font is installed, so that pages do not show boxes."""
    lister = shutil.which("fc-list")
    return bool(lister and subprocess.run([lister, ":lang=zh"], capture_output=True).stdout)


def nginx() -> str | None:
    """The path of nginx, also outside the PATH of an ordinary user, else None."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/sbin")


def proxy_packages() -> list[str]:
    """The packages that the machine lacks to run a proxy, for tests."""
    return ["nginx-light"] if sys.platform == "linux" and not nginx() else []


@contextlib.contextmanager
def without_services(rule: Path = Path("/usr/sbin/policy-rc.d")) -> Iterator[None]:
    """Keep Debian's package scripts from starting a service, unless the machine has a rule of its own."""
    if rule.exists():
        yield
        return
    rule.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    rule.chmod(0o755)
    try:
        yield
    finally:
        rule.unlink()


def demand_root(packages: list[str]) -> None:
    """Exit with the command to type, unless this process may install Debian packages."""
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        sys.exit(
            f"kanwu: this machine lacks (named as in Debian): {names}\nPlease install them, then start again."
        )
    if os.geteuid() != 0:
        sys.exit(
            "kanwu: this machine lacks some packages. Please run this once, then start again:\n"
            f"  sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}"
        )


def apt_install(packages: list[str]) -> None:
    began = time.monotonic()
    say(f"installing {' '.join(packages)} with apt-get")
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"]
    run([*apt, "update"])
    with without_services():
        run([*apt, "install", "-y", "--no-install-recommends", *packages])
    say(f"installed after {time.monotonic() - began:.0f} s")


# ---- output and processes


def say(words: str) -> None:
    """Print to stderr, because a program may read the command's stdout."""
    print(f"kanwu: {words}", file=sys.stderr, flush=True)


def run(line: Sequence[str]) -> None:
    """Run quietly. If it fails, print its output and exit."""
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    environment.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(
        line, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace"
    )
    if done.returncode:
        sys.exit(f"{done.stdout.rstrip()}\nkanwu: setting up failed at: {' '.join(line)}")


if __name__ == "__main__":
    main(sys.argv[1:])
