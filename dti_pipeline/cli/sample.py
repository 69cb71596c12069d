"""``dti sample``: gone from the wheel; the command says where to."""

from dti_pipeline.cli.errors import UsageError

COMMAND = "python -m tools.sample ASSESSMENT --out DIR"
ANY_ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True}


def sample() -> int:
    raise UsageError("sample.elsewhere", command=COMMAND)
