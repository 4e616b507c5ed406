"""``python -m web.commands``: what start.py passes other words on to."""

from __future__ import annotations

from web.commands import main
from web.commands.place import clearly

if __name__ == "__main__":
    with clearly():
        main(prog_name="python3 start.py")
