"""``dti sample``: gone from the wheel; the command says where to."""

from dti_pipeline.cli.errors import UsageError

ANY_ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True}


def sample() -> int:
    """Say where the generator of sample deliveries went."""
    msg = (
        "dữ liệu mẫu nay được tạo từ kho mã nguồn: python -m tools.sample ASSESSMENT --out DIR · "
        "sample deliveries are now written from the source repository: "
        "python -m tools.sample ASSESSMENT --out DIR"
    )
    raise UsageError(msg)
