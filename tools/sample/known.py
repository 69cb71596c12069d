"""What the sample figures of DTI 2022 are held to, beside the published values."""

from collections.abc import Mapping
from typing import Final

# Main → the ratio that takes what its other components leave; its denominator exceeds 150,000.
CALIBRATING: Final[Mapping[str, str]] = {
    "1": "0107",
    "2": "0208",
    "3": "0302",
    "4": "0405",
    "5": "0503",
    "7": "0701",
    "8": "0811",
    "9": "0901",
}
# Variable → header in the real table of population and GRDP.
REAL_COLUMNS: Final[Mapping[str, str]] = {
    "population": "dan so",
    "urban_population": "dan so thanh thi",
    "grdp": "grdp_binh quan",
}
# Component → plausible share of its maximum: no province has no broadband, and none has it in
# every household.
PLAUSIBLE: Final[Mapping[str, tuple[str, str]]] = {
    "0301": ("1/5", "24/25"),
    "0303": ("1/5", "24/25"),
    "0702": ("1/10", "1"),
    "0703": ("11/20", "1"),
    "0713": ("1/50", "1"),
    "0714": ("2/5", "49/50"),
    "0801": ("1/10", "1"),
    "0807": ("3/5", "1"),
    "0808": ("1/5", "1"),
    "0905": ("1/50", "4/5"),
    "0906": ("1/20", "1"),
}
# What provinces reported on their components of 2022. Bắc Kạn: 34 of 95 at zero. Cà Mau: 17 of 95
# at zero, 30 at the maximum. Hà Giang: 28 of 98 at zero, 61 below the maximum; the zeros are below
# it too, so 37 stand at the maximum. Which zeros Hà Giang named is not known here; components whose
# names are known stand in for them. Main → (at zero, at the maximum); the distribution over the
# mains, and Bắc Kạn's maxima, are samples.
COUNTS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "VN-P63-02": {
        "1": (1, 5),
        "2": (2, 6),
        "3": (1, 1),
        "4": (3, 6),
        "5": (5, 3),
        "6": (1, 1),
        "7": (10, 9),
        "8": (3, 5),
        "9": (2, 1),
    },
    "VN-P63-06": {
        "1": (1, 5),
        "2": (5, 2),
        "3": (1, 1),
        "4": (3, 5),
        "5": (8, 0),
        "7": (11, 6),
        "8": (3, 3),
        "9": (2, 0),
    },
    "VN-P63-96": {
        "1": (0, 5),
        "2": (1, 6),
        "3": (1, 1),
        "4": (2, 6),
        "5": (2, 4),
        "7": (7, 5),
        "8": (2, 2),
        "9": (2, 1),
    },
}
