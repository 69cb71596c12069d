"""Large tables are made when somebody asks for them: all of a country's at once fill the memory."""

import polars as pl

from dti_pipeline.results.on_demand import OnDemand

ROW = pl.DataFrame({"unit_id": ["VN-P63-01"]})


def test_a_large_table_is_made_only_when_it_is_asked_for() -> None:
    made: list[str] = []

    def observations() -> pl.DataFrame:
        made.append("fact_observation")
        return ROW

    tables = OnDemand({"dq_issue": ROW}, {"fact_observation": observations})
    changed = tables.changed(lambda name, frame: frame.with_columns(table=pl.lit(name)))
    assert "fact_observation" in changed
    assert [*changed] == ["fact_observation", "dq_issue"]  # the order of the catalogue
    assert len(changed) == 2
    assert made == []
    assert [frame["table"].item() for frame in changed.values()] == [*changed]
    assert made == ["fact_observation"]


def test_of_two_tables_with_one_name_the_later_stands() -> None:
    later = ROW.with_columns(unit_id=pl.lit("VN-P63-02"))
    tables = OnDemand({"dim_unit": ROW}) | OnDemand({"dim_unit": later}, {"dq_issue": ROW.clone})
    ids = {name: frame["unit_id"].item() for name, frame in tables.items()}
    assert ids == {"dim_unit": "VN-P63-02", "dq_issue": "VN-P63-01"}
