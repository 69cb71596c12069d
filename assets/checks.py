"""Asset checks: contracts and issues that block, agreement with official results that warns."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.resources import preview
from dti_pipeline.release.objects import SilentBucketError
from schemas.contract import ContractError, Table
from schemas.issues.issue import blocking

Result = dg.MaterializeResult[Any]
# Columns of a blocking issue; `alerts` tells the two messages.
SHOWN: Final = (
    *("rule_id", "message_vi", "message_en"),
    *("source_file", "source_sheet", "source_cell"),
)
RETRIES: Final = 2
RETRY_SECONDS: Final = 20
"""Before a step whose bucket was silent is taken again; nothing else gets better by itself."""


NOTHING_BLOCKS: Final = dg.AssetCheckSpec(
    "nothing_blocks",
    asset="accepted_values",
    blocking=True,
    description="No delivery has an issue that must be mended before scoring.",
)
AGREES_WITH_OFFICIAL: Final = dg.AssetCheckSpec(
    "agrees_with_official",
    asset="official_agreement",
    description="Computed values and ranks equal the official ones.",
)


def checked_asset(
    *models: type[Table], checks: Sequence[dg.AssetCheckSpec] = (), **options: Any
) -> Callable[[Callable[..., Result]], dg.AssetsDefinition]:
    """Declare an asset with a blocking check `contract`: that its frames keep their models.

    The stage that the asset calls validates them; the check shows what it said. A frame that breaks
    its model is never stored, and nothing after it runs. ``checks`` are others, which the stage's
    frame `issues` decides; ``options`` are those of `dagster.asset`.
    """

    def decorate(compute: Callable[..., Result]) -> dg.AssetsDefinition:
        name = options.get("name", compute.__name__)
        contract = dg.AssetCheckSpec(
            "contract",
            asset=name,
            blocking=True,
            description=f"Keeps {', '.join(model.__name__ for model in models)}.",
        )

        @wraps(compute)
        def keep(*args: Any, **inputs: Any) -> Iterator[Result | dg.AssetCheckResult]:
            def verdict(*, passed: bool, **metadata: Any) -> dg.AssetCheckResult:
                return dg.AssetCheckResult(
                    check_name="contract", asset_key=name, passed=passed, metadata=metadata
                )

            try:
                result = compute(*args, **inputs)
            except ContractError as error:
                yield verdict(passed=False, violations=preview(_violations(error), rows=50))
                raise
            except SilentBucketError as error:
                raise dg.RetryRequested(RETRIES, RETRY_SECONDS) from error
            # Before the result, of which the store takes the frames.
            others = [_issues_verdict(check, result.value["issues"]) for check in checks]
            yield result
            yield verdict(passed=True)
            yield from others

        return dg.asset(keep, check_specs=[contract, *checks], **options)

    return decorate


def _issues_verdict(check: dg.AssetCheckSpec, issues: pl.DataFrame) -> dg.AssetCheckResult:
    """Say whether a stage leaves issues; a check that blocks looks at blocking ones only."""
    issues = blocking(issues) if check.blocking else issues
    severities = dg.AssetCheckSeverity
    return dg.AssetCheckResult(
        check_name=check.name,
        passed=issues.is_empty(),
        severity=severities.ERROR if check.blocking else severities.WARN,
        metadata={"count": issues.height, "issues": preview(issues.select(SHOWN), rows=50)},
    )


def _violations(error: ContractError) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "table": violation.table,
            "column": violation.column,
            "check": violation.check,
            "rows": violation.n_rows,
            "must_vi": violation.must.vi,
            "must_en": violation.must.en,
            "first": violation.examples,
        }
        for violation in error.violations
    )
