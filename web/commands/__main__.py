"""Entry point of ``python -m web.commands``. start.py passes unknown words on to it."""

from __future__ import annotations

from web.commands import main
from web.commands.place import clearly

if __name__ == "__main__":
    with clearly():
        main(prog_name="python3 start.py")
