"""What is recorded is what was read: files that change between two steps change nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import dagster as dg
import pytest

from assets.code_location import build
from assets.execution import QUIET
from assets.resources import PARTITIONS_NAME
from dti_pipeline.store.revisions import Revision, Store
from dti_pipeline.workspace import Workspace
from tests.runs.test_own_index import write_index

STEPS = (
    *("central_tables", "self_reports", "corrections", "appraisals"),
    *("observations", "accepted_values", "scores", "rankings", "official_agreement", "revision"),
)


def computed(
    data: Path,
    instance: dg.DagsterInstance,
    assessment: str,
    step: str,
    change: Callable[[], object],
) -> tuple[Revision, Store, tuple[str, float]]:
    """Change something before a step; return the revision, its store, the first unit and value."""
    instance.add_dynamic_partitions(PARTITIONS_NAME, [assessment])
    definitions = build(data)
    place = STEPS.index(step)
    for steps in (("inputs", *STEPS[:place]), STEPS[place:]):
        result = dg.materialize(
            [definitions.get_assets_def(name) for name in ("inputs", *STEPS)],
            selection=list(steps),
            partition_key=assessment,
            instance=instance,
            resources=definitions.resources,
            run_config=QUIET,
        )
        assert result.success
        if "inputs" in steps:
            change()
    store = Store(Workspace(data=data).store)
    (revision,) = store.revisions(assessment)
    ranking = store.table(revision, "fact_ranking").filter(scope="overall", rank=1)
    (first,) = ranking.select("unit_name", "value").rows()
    return revision, store, first


def change(table: Path, kind: str) -> None:
    if kind == "replaced":
        table.write_text(table.read_text("utf-8-sig").replace("0.", "0.1", 40), encoding="utf-8")
    elif kind == "deleted":
        table.unlink()
    else:
        (table.parent / "02_more.csv").write_bytes(table.read_bytes())


@pytest.mark.parametrize("kind", ["replaced", "deleted", "added"])
@pytest.mark.parametrize(
    "step",
    [STEPS[0], STEPS[-1], *(pytest.param(step, marks=pytest.mark.slow) for step in STEPS[1:-1])],
)
def test_a_file_that_changes_before_a_step_is_not_recorded_as_read(
    data: Path, table: Path, instance: dg.DagsterInstance, step: str, kind: str
) -> None:
    whole = table.read_bytes()
    changing = partial(change, table, kind)
    revision, store, first = computed(data, instance, "province-2023", step, changing)
    (entry,) = (entry for entry in revision.inputs if entry["role"] == "central")
    assert store.input_content(entry["sha256"]) == whole
    assert first == ("Đà Nẵng", 0.834)


# What a computation reads, and a change of it; all but the cause move the first rank's value.
DEFINITION = {
    "config/frameworks/offices.toml": ('numerator = "online"', 'numerator = "files"'),
    "config/assessments/offices-2025.toml": ("title_en", "value_decimals = 1\ntitle_en"),
    "config/units/offices.csv": ("Sở Tài chính", "Sở Tài Chính mới"),
    "config/targets/offices-2025.toml": ('"80"', '"20"'),
    "raw/offices-2025/central/01_reports.csv": ("4,90,100", "1,10,100"),
    "raw/offices-2025/corrections/01_courses.csv": (",4,", ",1,"),
    "raw/offices-2025/appraisals/01_council.csv": ("leadership", "budget"),
    "raw/offices-2025/official/ket_qua.csv": ("0.94", "0.11"),
}
CORRECTION = (
    "unit,component_code,variable,value,reason,authority,reference\n"
    "Sở Tài chính,0101,courses,4,đếm lại,Văn phòng,12/VP\n"
)
APPRAISAL = (
    "unit,component_code,variable,state,value,by,date,reason,cause\n"
    "Sở Tài chính,0101,,,,Hội đồng,15/03/2026,,leadership\n"
)
OFFICIAL = "unit,scope,scope_code,value,points,rank\nSở Tài chính,overall,DTI,0.94,94,1\n"


@pytest.mark.parametrize(
    ("step", "file"),
    [
        pytest.param(step, file, marks=[] if place == 0 and number < 2 else [pytest.mark.slow])
        for place, step in enumerate(STEPS)
        for number, file in enumerate(DEFINITION)
    ],
)
def test_whatever_changes_between_two_steps_is_recorded_as_it_was_read(
    tmp_path: Path, instance: dg.DagsterInstance, step: str, file: str
) -> None:
    data = tmp_path / "data"
    write_index(data)
    for place, text in {
        "corrections/01_courses.csv": CORRECTION,
        "appraisals/01_council.csv": APPRAISAL,
        "official/ket_qua.csv": OFFICIAL,
    }.items():
        (data / "raw/offices-2025" / place).parent.mkdir(exist_ok=True)
        (data / "raw/offices-2025" / place).write_text(text, encoding="utf-8")
    whole = {place: (data / place).read_bytes() for place in DEFINITION}
    before, after = (text.encode() for text in DEFINITION[file])
    assert before in whole[file]
    changing = partial((data / file).write_bytes, whole[file].replace(before, after))
    revision, store, first = computed(data, instance, "offices-2025", step, changing)
    name = "/".join(file.split("/")[-2:])
    recorded = {entry["path"]: entry["sha256"] for entry in revision.inputs}
    (digest,) = (sha for path, sha in recorded.items() if path.endswith(name))
    assert store.input_content(digest) == whole[file]
    assert first == ("Sở Tài chính", 0.94)
