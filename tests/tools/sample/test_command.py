"""``python -m tools.sample``: what it writes, and what it refuses."""

import sys
from pathlib import Path

import pytest

from tools.sample.__main__ import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["sample", *map(str, arguments)])
    try:
        return main()
    except SystemExit as end:
        return end.code


def test_it_says_how_many_files_it_wrote_and_that_they_are_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ninh-binh-2022"
    assert run(monkeypatch, "ninh-binh-2022", "--out", out) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"{sum(path.is_file() for path in out.rglob('*'))} tệp · files → {out}")
    assert "MADE-UP DATA for trying the software, no real figures" in text


def test_deliveries_are_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.csv").write_text("x", encoding="utf-8")
    assert run(monkeypatch, "ninh-binh-2022", "--out", tmp_path) == 2
    assert f"{tmp_path} is not empty; samples never overwrite" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_an_assessment_without_samples_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "province-2024", "--out", tmp_path / "out") == 2
    assert "there are some for: province-2022" in capsys.readouterr().err
