"""Calculate a formula of a form with exact fractions, as a spreadsheet would without rounding."""

import ast
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from dti_pipeline.exact import half_up

Value = Fraction | str | None
DECIMALS = 10**6


def calculate(formula: str, cells: Mapping[str, Value]) -> Value:
    """Return what a formula gives; a cell that is None is empty.

    Only the branch of an IF that is taken is calculated.
    """
    # In a formula one equals sign compares.
    tree = ast.parse(re.sub(r"(?<![<>=])=", "==", formula), mode="eval")
    return _value(tree.body, cells)


def _value(node: ast.expr, cells: Mapping[str, Value]) -> Any:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=value):
            return Fraction(str(value))
        case ast.Name(id=name):
            return cells[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, cells)
        case ast.BinOp(left=left, op=operator, right=right):
            a, b = _value(left, cells), _value(right, cells)
            match operator:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            a, b = _value(left, cells), _value(right, cells)
            match operator:
                case ast.Eq():
                    return a == b
                case ast.Gt():
                    return a > b
                case ast.GtE():
                    return a >= b
                case ast.Lt():
                    return a < b
                case ast.LtE():
                    return a <= b
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments, cells)
    raise AssertionError(ast.dump(node))


def _call(name: str, arguments: list[ast.expr], cells: Mapping[str, Value]) -> Any:
    if name == "IF":
        condition, then, otherwise = arguments
        return _value(then if _value(condition, cells) else otherwise, cells)
    values = [_value(argument, cells) for argument in arguments]
    match name:
        case "COUNT":
            return Fraction(sum(isinstance(value, Fraction) for value in values))
        case "ISNUMBER":
            return isinstance(values[0], Fraction)
        case "MIN":
            return min(values)
        case "MAX":
            return max(values)
        case "CHOOSE":
            return values[int(values[0])]
        case "ROUND":
            assert values[1] == 6
            shifted = abs(values[0]) * DECIMALS
            size = Fraction(half_up(shifted.numerator, shifted.denominator), DECIMALS)
            return size if values[0] >= 0 else -size
    raise AssertionError(name)
