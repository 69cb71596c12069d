"""Asset checks: contracts and issues that block, agreement with official results that warns."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.resources import Tables, preview
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


def checked_asset(
    *models: type[Table], **options: Any
) -> Callable[[Callable[..., Result]], dg.AssetsDefinition]:
    """Declare an asset with a blocking check `contract`: that its frames keep their models.

    The stage that the asset calls validates them; the check shows what it said. A frame that breaks
    its model is never stored, and nothing after it runs. ``options`` are those of `dagster.asset`.
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
        def check(*args: Any, **inputs: Any) -> Iterator[Result | dg.AssetCheckResult]:
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
            yield result
            yield verdict(passed=True)

        return dg.asset(check, check_specs=[contract], **options)

    return decorate


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


def assessment_checks(partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetChecksDefinition]:
    @dg.asset_check(
        asset="accepted_values",
        blocking=True,
        partitions_def=partitions,
        description="No delivery has an issue that must be mended before scoring.",
    )
    def nothing_blocks(accepted_values: Tables) -> dg.AssetCheckResult:
        issues = blocking(accepted_values["issues"])
        return dg.AssetCheckResult(
            passed=issues.is_empty(),
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={
                "blocking_issues": issues.height,
                "issues": preview(issues.select(SHOWN), rows=50),
            },
        )

    @dg.asset_check(
        asset="official_agreement",
        partitions_def=partitions,
        description="Computed values and ranks equal the official ones.",
    )
    def agrees_with_official(official_agreement: Tables) -> dg.AssetCheckResult:
        issues = official_agreement["issues"]
        return dg.AssetCheckResult(
            passed=issues.is_empty(),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "differences": issues.height,
                "issues": preview(issues.select("message_vi", "source_cell"), rows=50),
            },
        )

    return [nothing_blocks, agrees_with_official]
