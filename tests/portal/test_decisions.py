"""The portal's count of a unit's points is the pipeline's count of the files that the portal wrote."""

import random
from contextlib import suppress

import polars as pl
import pytest

from dti_pipeline.analysis.unit_points import UnitOutlook, unit_outlook
from dti_pipeline.intake.observe import Reading, read_deliveries
from dti_pipeline.portal import dossiers, figures, reviews, sending
from dti_pipeline.portal.answers import save_answer, save_explanation
from dti_pipeline.portal.errors import RefusedError
from dti_pipeline.portal.models import Dossier
from dti_pipeline.portal.reviews import Ruling, decide
from schemas.causes import CAUSE
from schemas.stages import Observations
from tests.portal.conftest import OWN, Actors, Put

ANSWERS = {
    ("0101", "chair"): {"text": "Phó Bí thư hoặc Phó Chủ tịch"},
    ("0104", "has_section"): {"text": "Có"},
    ("0104", "articles"): {"text": "60"},
    ("0105", "press_items"): {"text": "225"},
    ("0105", "broadcasts"): {"text": "40"},
    ("0110", "districts"): {"text": "8"},
    ("0406", "graduates_rate"): {
        "text": "",
        "is_not_applicable": True,
        "na_reason": "chưa có trường",
    },
    ("0511", "portals_labelled"): {"text": "8"},
    ("0511", "portals"): {"text": "8"},
    ("0906", "account_share"): {"text": "61,7%"},
}
CODES = sorted({code for code, _ in ANSWERS})
NEW = {
    "chair": ["Bí thư hoặc Chủ tịch", "Khác hoặc chưa có"],
    "has_section": ["Không"],
    "account_share": ["3,125%", "80%"],
}
# Stage → who decides, state of dossier and round, endings of the files up to it.
STAGES = {
    "review": ("reviewer", "received", "closed", "review"),
    "second": ("reviewer", "explanation_sent", "second_review", "review|second"),
    "council": ("council", "frozen", "council", "review|second|council"),
}


@pytest.fixture
def sent(dossier: Dossier, actors: Actors, put: Put) -> Dossier:
    """Return a dossier that was sent, with documents beside half of its components."""
    for key, entry in ANSWERS.items():
        save_answer(actors["specialist"], dossier.pk, key, entry, base_version=0)
    for code in CODES[::2]:
        dossier.evidence.create(component_code=code, title="Văn bản", by=actors["leader"].person)
    sending.deliver(actors["leader"], dossier)
    return put("received", "closed")


def ruling(dice: random.Random, code: str) -> Ruling:
    state = dice.choice(["accepted", "adjusted", "adjusted", "rejected", "asked"])
    names = [name for of, name in ANSWERS if of == code]
    variable = dice.choice(names if state == "adjusted" else [*names, ""])
    value = dice.choice(NEW.get(variable, ["0", "5", "7"])) if state == "adjusted" else ""
    cause = dice.choice(["", "", "budget"])
    return Ruling(state, variable, value, "other", "theo biên bản họp tổ", cause)


def judge(dossier: Dossier, actors: Actors, stage: str, code: str, what: Ruling) -> None:
    """Decide as who sees the present version; what is refused changes nothing."""
    same = dossier.decisions.filter(stage=stage, component_code=code, variable=what.variable)
    version = next(iter(same.values_list("version", flat=True)), 0)
    with suppress(RefusedError):
        decide(actors[STAGES[stage][0]], dossier.pk, code, what, base_version=version)


def points(outlook: UnitOutlook) -> list[tuple[object, ...]]:
    return [(one.code, one.low, one.lost) for one in outlook.components]


def read_files(dossier: Dossier) -> tuple[Reading, Reading]:
    """Return what the pipeline reads in the reports and the appraisals that the portal wrote."""
    sending.reconcile()
    definition = figures.definition_of(dossier.round)
    reports = read_deliveries(definition, "self_report")
    return reports, read_deliveries(definition, "appraisal", after=[reports])


def counts_of_files(dossier: Dossier) -> dict[str, list[tuple[object, ...]]]:
    """Return the points of each stage by what the pipeline reads in the files."""
    reports, appraisals = read_files(dossier)
    definition = figures.definition_of(dossier.round)
    faults = appraisals.issues.filter(
        pl.col("severity") != "info", pl.col("rule_id") != "evidence.rejected"
    )
    assert faults["message_en"].to_list() == []
    outlooks = {}
    for stage, (*_, endings) in STAGES.items():
        of_stage = pl.col("source_file").str.contains(rf"_({endings})\.xlsx$")
        rows = pl.concat([reports.figures, appraisals.figures.filter(of_stage)])
        own = rows.filter(pl.col("variable") != CAUSE, unit_id=OWN)
        outlooks[stage] = points(unit_outlook(definition, OWN, Observations.conform(own)))
    return outlooks


@pytest.mark.parametrize("seed", range(5))
def test_any_sequence_of_decisions_counts_as_its_files_do(
    seed: int, sent: Dossier, actors: Actors, put: Put
) -> None:
    dice = random.Random(seed)
    for stage in ("review", "second", "council", "second", "council"):
        put(*STAGES[stage][1:3])
        for _ in range(dice.randint(4, 20)):
            code = dice.choice(CODES)
            judge(sent, actors, stage, code, ruling(dice, code))
        reviews.write_appraisals(actors["operator"], sent.round)
        counts = {each: points(figures.outlook(sent, each)) for each in STAGES}
        assert counts == counts_of_files(sent), stage
    assert sent.decisions.count() > 20


def test_a_second_review_after_the_council_does_not_undo_its_decision(
    sent: Dossier, actors: Actors, put: Put
) -> None:
    """The council returned the round; the later file holds, so its decision is written again."""
    for stage, value in (("council", "200"), ("second", "210")):
        put(*STAGES[stage][1:3])
        what = Ruling("adjusted", "press_items", value, "other", "theo biên bản họp tổ")
        judge(sent, actors, stage, "0105", what)
        files = reviews.write_appraisals(actors["operator"], sent.round)
    assert [file.content["stage"] for file in files] == ["second", "council"]
    _, read = read_files(sent)
    last = read.figures.filter(variable="press_items").sort("delivery_no")
    assert last["value_micro"].to_list() == [200_000_000, 210_000_000, 200_000_000]
    assert reviews.write_appraisals(actors["operator"], sent.round) == []


def test_a_cause_reaches_the_file_beside_decisions_on_figures_and_of_what_was_not_reported(
    sent: Dossier, actors: Actors
) -> None:
    whole = Ruling("rejected", "", "", "other", "theo biên bản họp tổ", "budget")
    for code in ("0105", "0106"):
        judge(sent, actors, "review", code, whole)
    adjusted = Ruling("adjusted", "press_items", "220", "other", "theo biên bản họp tổ")
    judge(sent, actors, "review", "0105", adjusted)
    reviews.write_appraisals(actors["operator"], sent.round)
    _, read = read_files(sent)
    causes = read.figures.filter(variable=CAUSE)
    assert causes.select("component_code", "option").rows() == [
        ("0105", "budget"),
        ("0106", "budget"),
    ]
    assert "appraisal.decided_twice" not in read.issues["rule_id"].to_list()


def test_a_document_of_an_explanation_changes_no_report(
    sent: Dossier, actors: Actors, put: Put
) -> None:
    """The pipeline reads the report as it was sent: a decision has to admit the document."""
    code = CODES[1]
    before = points(figures.outlook(sent, "review"))
    put("explaining", "explanation")
    leader = actors["leader"].person
    sent.evidence.create(component_code=code, title="Văn bản bổ sung", stage="explain", by=leader)
    assert points(figures.outlook(sent, "review")) == before
    assert (code, 0, "evidence_missing") in before


def test_a_figure_that_changed_after_its_decision_waits_for_another(
    sent: Dossier, actors: Actors, put: Put
) -> None:
    reviewer, key = actors["reviewer"], ("0105", "press_items")
    assert reviews.accept_many(reviewer, sent.pk, "đã đối chiếu tài liệu") == len(CODES)
    judge(sent, actors, "review", "0104", Ruling("rejected", "", "", "other", "văn bản sai kỳ"))
    assert reviews.undecided(sent) == []
    put("returned", "open")
    save_answer(actors["specialist"], sent.pk, key, {"text": "900"}, base_version=1)
    put("received", "closed")
    assert reviews.undecided(sent) == ["0105"]
    with pytest.raises(RefusedError, match="0105"):
        dossiers.take_step(actors["reviewer"], sent.pk, "finish_review")
    assert reviews.accept_many(reviewer, sent.pk, "đã đối chiếu lại") == 1
    again = sent.decisions.get(component_code="0105")
    assert (again.version, again.note) == (2, "đã đối chiếu lại")
    dossiers.take_step(actors["reviewer"], sent.pk, "finish_review")


def test_an_explanation_that_changed_after_its_answer_waits_for_another(
    sent: Dossier, actors: Actors, put: Put
) -> None:
    for n, text in enumerate(("đơn vị giải trình", "đơn vị bổ sung giải trình")):
        put("explaining", "explanation")
        save_explanation(actors["specialist"], sent.pk, "0105", "explain", text, base_version=n)
        put("explanation_sent", "second_review")
        assert reviews.undecided(sent, "second") == ["0105"]
        judge(sent, actors, "second", "0105", Ruling("accepted", opinion="explained"))
        assert reviews.undecided(sent, "second") == []
