"""Turn units, aliases and received names into comparable forms.

A form is one text: the name or code as it stands, `kind of unit|key`, or `kind of unit~key without
marks`; without a kind of unit, nothing stands before the bar or tilde. Each of the latter two also
stands with i for y, behind `i:`. A received name and a unit meet where they have a form in common,
so that matching is a join.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from dti_pipeline.index.units.names import (
    ascii_key,
    ascii_type,
    fold_expr,
    i_for_y_expr,
    key_of_plain,
    plain_expr,
    type_of_plain,
)


def forms_of_units(units: pl.DataFrame) -> pl.DataFrame:
    """List the forms of every unit's own name and codes.

    Returns:
        `unit_set`, `unit_id`, `kind` (of form), `form`; forms that several units share included.
    """
    own, key, folded = pl.col("own_type"), pl.col("key"), pl.col("folded")
    forms = (
        ("exact", pl.col("name_vi")),
        ("code", pl.col("unit_id")),
        ("code", pl.col("official_code")),
        ("key", own + "|" + key),
        ("key", "|" + key),
        ("ascii", own + "~" + folded),
        ("ascii", "~" + folded),
    )
    return _forms(_keyed_units(units), forms, keep=("unit_set", "unit_id")).drop_nulls("form")


def forms_of_aliases(aliases: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """List the forms of every alias.

    An alias without a kind of unit (`HCM`) also stands for itself behind the unit's own kind
    (`TP.HCM`); one with a kind (`Thành phố Huế`, once a province) stands for that spelling only.

    Returns:
        As `forms_of_units`, with the further columns of `aliases`.
    """
    own_types = _keyed_units(units).select("unit_set", "unit_id", "own_type")
    keyed = _keyed(aliases, "alias").join(own_types, on="unit_id")
    alias_type, own = pl.col("type_key").fill_null(""), pl.coalesce("type_key", "own_type")
    forms = (
        ("alias", alias_type + "|" + pl.col("key")),
        ("alias", own + "|" + pl.col("key")),
        ("ascii", alias_type + "~" + pl.col("folded")),
        ("ascii", own + "~" + pl.col("folded")),
    )
    return _forms(keyed, forms, keep=("unit_set", *aliases.columns)).unique(maintain_order=True)


def unambiguous(forms: pl.DataFrame) -> pl.DataFrame:
    """Keep the forms that stand for exactly one unit of their set.

    They count with i for y as well, apart: `Mỹ An` and `Mĩ An` of one set keep their own forms.
    """
    both = pl.concat([forms, _with_i(forms)])
    return of_one_unit(both, by=["unit_set", "form"]).sort("unit_set", "form")


def of_one_unit(rows: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Keep what stands for exactly one unit (`unit_id`)."""
    return (
        rows.group_by(by)
        .agg(pl.col("unit_id").min(), units=pl.col("unit_id").n_unique())
        .filter(pl.col("units") == 1)
        .drop("units")
    )


def text_forms(names: pl.DataFrame, *, code_width: int) -> pl.DataFrame:
    """Give received names the form of an exact name or a code (`raw_name`, `form`).

    Numbers are filled with zeros up to `code_width` digits.
    """
    text = pl.col("raw_name").str.strip_chars().str.zfill(code_width)
    return names.select("raw_name", form=text)


def key_forms(names: pl.DataFrame) -> pl.DataFrame:
    """Give received names the form of a key, behind their kind of unit (`raw_name`, `form`)."""
    plain = pl.col("plain")
    return names.with_columns(plain=plain_expr(pl.col("raw_name"))).select(
        "raw_name", form=type_of_plain(plain).fill_null("") + "|" + key_of_plain(plain)
    )


def ascii_forms(names: pl.DataFrame) -> pl.DataFrame:
    """Give `key_forms` of names typed without marks those of a key without marks.

    A name may have two: "quan son" is the name "Quan Sơn", or the kind "quận" before "Sơn". A name
    with any mark has none: "Hà Noi" is not a way to type without marks, but a mistake.
    """
    kind, key = (pl.col("form").str.extract(r"^(.*)\|(.*)$", group) for group in (1, 2))
    unmarked = names.select("raw_name", kind=kind, key=key).filter(
        pl.col("key").str.contains("^[ -~]+$")
    )
    typed = ascii_type(pl.col("key")) + "~" + ascii_key(pl.col("key"))
    return pl.concat(
        [
            unmarked.select("raw_name", form=pl.col("kind") + "~" + pl.col("key")),
            unmarked.filter(pl.col("kind") == "").select("raw_name", form=typed),
        ]
    ).drop_nulls("form")


def i_forms(names: pl.DataFrame) -> pl.DataFrame:
    """Give `key_forms` and `ascii_forms` of names those with i for y (`raw_name`, `form`)."""
    return _with_i(pl.concat([names, ascii_forms(names)]))


def _with_i(forms: pl.DataFrame) -> pl.DataFrame:
    return forms.with_columns(form="i:" + i_for_y_expr(pl.col("form")))


def _keyed_units(units: pl.DataFrame) -> pl.DataFrame:
    """Add to `_keyed` the unit's kind, that in its name first (`own_type`)."""
    own_type = pl.coalesce("type_key", pl.col("unit_type").str.to_lowercase())
    return _keyed(units, "name_vi").with_columns(own_type=own_type)


def _keyed(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add the kind of unit in a name (`type_key`), the `key` of the name, and it `folded`."""
    plain = pl.col("plain")
    return (
        rows.with_columns(plain=plain_expr(pl.col(name)))
        .with_columns(key=key_of_plain(plain), type_key=type_of_plain(plain))
        .with_columns(folded=fold_expr(pl.col("key")))
    )


def _forms(
    rows: pl.DataFrame, forms: Iterable[tuple[str, pl.Expr]], *, keep: Sequence[str]
) -> pl.DataFrame:
    """List forms, each as kind and expression, of all rows below each other."""
    return pl.concat(rows.select(*keep, kind=pl.lit(kind), form=form) for kind, form in forms)
