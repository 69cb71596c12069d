"""``dti sample``: gone from the wheel; the command says where to."""

from dti_pipeline.cli.errors import UsageError
from schemas.text import Text

COMMAND = "python -m tools.sample ASSESSMENT --out DIR"
ANY_ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True}


def sample() -> int:
    """Say where the generator of sample deliveries went."""
    raise UsageError(
        Text(
            f"số liệu giả định nay được tạo từ kho mã nguồn: {COMMAND}",
            f"made-up deliveries are now written from the source repository: {COMMAND}",
        )
    )
