"""Every kind of rule with every setting, for tests that hold for all of them."""

from typing import Any

# Name → (rule, kinds of its variables).
RULES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "ratio": (
        {"kind": "ratio", "numerator": "a", "denominator": "b"},
        {"a": "count", "b": "count"},
    ),
    "ratio of sums": (
        {"kind": "ratio", "numerator": ["b", "d"], "denominator": ["a", "c"]},
        dict.fromkeys("abcd", "count"),
    ),
    "ratio of amounts": (
        {"kind": "ratio", "numerator": ["b", "c"], "denominator": "a"},
        dict.fromkeys("abc", "amount"),
    ),
    "ratio of a percentage": ({"kind": "ratio", "value": "p"}, {"p": "percent"}),
    "ratio, less is better": (
        {"kind": "ratio", "numerator": "a", "denominator": "b", "reverse": True},
        {"a": "count", "b": "count"},
    ),
    "target": (
        {"kind": "target", "numerator": "a", "denominator": "b", "target": "80%"},
        {"a": "count", "b": "count"},
    ),
    "target of a third": (
        {"kind": "target", "numerator": "a", "denominator": "b", "target": "1/3"},
        {"a": "amount", "b": "amount"},
    ),
    "target, scaled below": (
        {"kind": "target", "value": "p", "target": "70%", "below": "scaled"},
        {"p": "percent"},
    ),
    "cliff": (
        {"kind": "cliff", "numerator": "a", "denominator": "b"},
        {"a": "count", "b": "count"},
    ),
    "cliff from 95 to 60": (
        {"kind": "cliff", "numerator": "a", "denominator": "b", "full": "95%", "floor": "60%"},
        {"a": "count", "b": "count"},
    ),
    "all or nothing": (
        {"kind": "all_or_nothing", "numerator": "a", "denominator": "b"},
        {"a": "count", "b": "count"},
    ),
    "all or nothing at 99.5 %": (
        {"kind": "all_or_nothing", "value": "p", "full": "99.5%"},
        {"p": "percent"},
    ),
    "ladder over a count": (
        {"kind": "ladder", "value": "n", "steps": [">= 52: 1", ">= 20: 1/2", "> 0: 1/4"]},
        {"n": "count"},
    ),
    "ladder behind a gate": (
        {
            "kind": "ladder",
            "value": "n",
            "gate": "g",
            "steps": [">= 52: 1", ">= 20: 1/2", ">= 0: 1/4"],
        },
        {"g": "yes_no", "n": "count"},
    ),
    "ladder over a ratio, open steps": (
        {
            "kind": "ladder",
            "numerator": "a",
            "denominator": "b",
            "steps": ["> 75%: 1", "> 50%: 2/3", "> 25%: 1/3"],
        },
        {"a": "count", "b": "count"},
    ),
    "ladder, less is better": (
        {"kind": "ladder", "value": "x", "steps": ["<= 2.5: 1", "< 10: 1/2", "<= 40: 1/10"]},
        {"x": "amount"},
    ),
    "coverage": ({"kind": "coverage", "value": "n", "of": 7}, {"n": "count"}),
    "yes or no": ({"kind": "yes_no", "value": "g"}, {"g": "yes_no"}),
    "choice": (
        {
            "kind": "choice",
            "value": "k",
            "fractions": {"chair": "1", "deputy": "1/3", "other": "0"},
        },
        {"k": "choice"},
    ),
    "per period": (
        {
            "kind": "per_period",
            "values": ["q1", "q2", "q3", "q4"],
            "points": {"on_time": "2.5", "late": "1.25", "none": "0"},
        },
        dict.fromkeys(("q1", "q2", "q3", "q4"), "period"),
    ),
    "per period, capped": (
        {
            "kind": "per_period",
            "values": ["q1", "q2", "q3"],
            "points": {"on_time": "5", "late": "1.7", "none": "0"},
        },
        dict.fromkeys(("q1", "q2", "q3"), "period"),
    ),
    "given points": ({"kind": "given", "value": "x"}, {"x": "score"}),
    "given fraction": ({"kind": "given", "value": "x", "unit": "fraction"}, {"x": "ratio"}),
    "remainder": (
        {
            "kind": "remainder",
            "total": "x",
            "total_points": "1000",
            "less": {"y": "200", "z": "150"},
        },
        {"x": "ratio", "y": "ratio", "z": "ratio"},
    ),
    "bonus": ({"kind": "bonus", "value": "n", "each": "0.5", "cap": "2"}, {"n": "count"}),
    "penalty": ({"kind": "penalty", "value": "n", "each": "1/3", "cap": "3"}, {"n": "count"}),
    "best": ({"kind": "best", "value": "x"}, {"x": "amount"}),
    "best ratio": (
        {"kind": "best", "numerator": "a", "denominator": "b"},
        {"a": "count", "b": "count"},
    ),
    "best, less is better": (
        {"kind": "best", "numerator": "a", "denominator": "b", "reverse": True},
        {"a": "count", "b": "count"},
    ),
    "min-max": ({"kind": "min_max", "value": "x"}, {"x": "amount"}),
    "min-max of a ratio": (
        {"kind": "min_max", "numerator": "a", "denominator": "b"},
        {"a": "count", "b": "count"},
    ),
    "min-max, less is better": (
        {"kind": "min_max", "value": "x", "reverse": True},
        {"x": "amount"},
    ),
}
