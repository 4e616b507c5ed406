"""Short words for the codes with which noting a returned form is refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "form_already_so": ("已经这样登记", "noted so already"),
    "no_such_form": ("没有这种表", "no such form"),
}
