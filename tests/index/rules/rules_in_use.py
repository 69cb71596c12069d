"""Every kind of rule with every setting, for tests that hold for all of them."""

import tomllib
from pathlib import Path
from typing import Any

CASES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text("utf-8")
)
# Name → (rule, kinds of its variables).
RULES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    name: (case["rule"], case["variables"]) for name, case in CASES.items()
}


def cases(key: str) -> list[tuple[Any, ...]]:
    """Return the name of the rule and one case, for every case of every rule."""
    return [(name, *case) for name, rule in CASES.items() for case in rule.get(key, ())]
