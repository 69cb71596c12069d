from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.units.registry import UnitRegistry
from tools.sample.targets import main_targets


def test_mains_add_up_to_the_printed_total_where_their_split_is_not_published(
    framework: BoundFramework, registry: UnitRegistry
) -> None:
    targets = main_targets(framework, registry=registry, unit_set="province-63")
    assert len(targets) == 63
    gia_lai = targets["VN-P63-64"]
    assert sum(gia_lai.values()) == 406_900_000
    assert gia_lai["1"] + gia_lai["2"] + gia_lai["4"] + gia_lai["5"] == 179_235_000
    for mains in targets.values():
        assert set(mains) == {"1", "2", "3", "4", "5", "7", "8", "9"}
        assert all(0 < points <= 200_000_000 for points in mains.values())
        assert all(mains[code] <= 100_000_000 for code in ("1", "2", "3", "4", "5"))


def test_mains_that_do_not_add_up_are_moved_into_the_rounding_interval(
    framework: BoundFramework, registry: UnitRegistry
) -> None:
    mains = main_targets(framework, registry=registry, unit_set="province-63")["VN-P63-79"]
    # 716.355 printed, 716.35 would round to 0.7164; eight mains share the step equally.
    assert 716_340_000 <= sum(mains.values()) < 716_349_000
    assert 0 < 89_170_000 - mains["1"] < 1000
