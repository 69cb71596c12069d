"""Asset checks: contracts that block, and agreement with official results that warns."""

import dagster as dg
import polars as pl

from assets.resources import Tables, preview


def blocking_issues(accepted_values: Tables) -> pl.DataFrame:
    """Pick the issues that must be mended before scoring."""
    return accepted_values["issues"].filter(pl.col("severity") == "blocking")


def assessment_checks(
    partitions: dg.PartitionsDefinition[str],
) -> list[dg.AssetChecksDefinition]:
    """Build the checks of the partitioned assets."""

    @dg.asset_check(
        asset="accepted_values",
        blocking=True,
        partitions_def=partitions,
        description="No delivery has an issue that must be mended before scoring.",
    )
    def nothing_blocks(accepted_values: Tables) -> dg.AssetCheckResult:
        blocking = blocking_issues(accepted_values)
        return dg.AssetCheckResult(
            passed=blocking.is_empty(),
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={
                "blocking_issues": blocking.height,
                "issues": preview(
                    blocking.select("rule_id", "message_vi", "source_file", "source_cell"), rows=50
                ),
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
