"""Accounts and rights: who gives them, for which unit and codes, and how they end."""

import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from dti_pipeline.portal import accounts, rounds
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.models import (
    Account,
    Dossier,
    Event,
    Round,
)
from tests.portal.conftest import ASSESSMENT, OWN, Actors, Browse, windows


def test_who_belongs_to_a_unit_cannot_review(actors: Actors) -> None:
    for person, role in (("specialist", "reviewer"), ("leader", "council")):
        with pytest.raises(RefusedError, match="cannot review"):
            accounts.assign(actors["admin"], actors[person].person, role)
    with pytest.raises(RefusedError, match="cannot review"):
        accounts.assign(actors["admin"], actors["reviewer"].person, "leader", unit_id=OWN)


def test_a_right_is_given_for_the_one_unit_that_is_named_and_for_codes_that_there_are(
    round_: Round, actors: Actors, browse: Browse
) -> None:
    """Hà Nội is in the list of 63 provinces and in that of 34, with another code in each."""
    later = Round(assessment_id="province-2023")
    windows(later, "open")
    common = {"framework_id": "province-922", "place": 1}
    Dossier.objects.create(round=later, unit_id="VN-P34-01", unit_name="Hà Nội", **common)
    person = actors["monitor"].person
    address, form = f"/people/{person.pk}/", {"act": "assign", "role": "reviewer"}
    admin = browse("admin")
    page = admin.post(address, form | {"unit": "Hà Nội"})
    assert page.status_code == 409
    assert "VN-P34-01, VN-P63-01" in page.content.decode()
    for wrong in ({"unit": "Hà Nộ"}, {"component": "1,1"}, {"main": "99", "round": round_.pk}):
        assert admin.post(address, form | wrong).status_code == 409
    assert not person.assignments.filter(role="reviewer").exists()
    for right, unit_id in (
        ({"unit": "Hà Nội", "round": later.pk, "main": "1+2+4+5"}, "VN-P34-01"),
        ({"unit": "VN-P63-01", "component": "0105"}, "VN-P63-01"),
    ):
        assert admin.post(address, form | right).status_code == 200
        assert person.assignments.order_by("pk").last().unit_id == unit_id


def test_units_of_one_name_are_told_apart(
    db: None, data: Path, actors: Actors, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    Dossier.objects.all().delete()
    round_.delete()
    unit = {"name_vi": "Xã Tân Lập", "framework_id": "province-922"}
    units = {n: {"unit_id": f"VN-C0{n}", **unit} for n in (1, 2)}
    units[3] = {**unit, "unit_id": "VN-C03", "name_vi": "Xã Tân Hòa"}
    monkeypatch.setattr(rounds, "asked_units", lambda _: units)
    days = [timezone.localdate() + timedelta(days=n) for n in range(4)]
    made = rounds.create_round(
        actors["operator"], ASSESSMENT, dict(zip(rounds.DATES, days, strict=True))
    )
    names = [str(one) for one in made.dossiers.all()]
    assert names == [
        "province-2022 Xã Tân Lập (VN-C01)",
        "province-2022 Xã Tân Lập (VN-C02)",
        "province-2022 Xã Tân Hòa",
    ]


def test_the_last_administrator_stays(actors: Actors) -> None:
    admin, reason = actors["admin"], "nghỉ hưu từ tháng sau"
    own = admin.person.assignments.get()
    with pytest.raises(RefusedError, match="last administrator"):
        accounts.close_account(admin, admin.person, reason)
    with pytest.raises(RefusedError, match="last administrator"):
        accounts.end_assignment(admin, own, reason)
    accounts.close_account(admin, actors["monitor"].person, reason)
    second = accounts.assign(admin, actors["leader"].person, "admin")
    accounts.end_assignment(admin, own, reason)
    with pytest.raises(RefusedError, match="last administrator"):
        accounts.end_assignment(actors["leader"], second, reason)


def test_links_from_before_a_password_was_set_open_nothing(actors: Actors) -> None:
    person = actors["monitor"].person
    lost, used = (accounts.make_entry_link(person).split("/")[2] for _ in range(2))
    assert accounts.account_of_link(lost) == person
    assert accounts.use_link(used, "mot-mat-khau-dai", actors["monitor"])
    assert accounts.account_of_link(lost) is None
    assert not accounts.use_link(lost, "mat-khau-khac-dai", actors["monitor"])


@pytest.mark.parametrize(
    "wrong",
    [{"email": "anh@"}, {"email": "anh\n@example.vn"}, {"name": "A" * 121}, {"office": "A" * 201}],
)
def test_an_account_that_could_not_be_kept_whole_is_refused(
    wrong: dict[str, str], actors: Actors
) -> None:
    right = {"email": "anh@example.vn", "name": "Anh", "office": "Sở"}
    with pytest.raises(RefusedError):
        accounts.create_account(actors["admin"], **right | wrong)
    accounts.create_account(actors["admin"], **right)


def test_an_operator_gives_no_right_of_its_own_kind(actors: Actors) -> None:
    account = Account.objects.create_account("moi@example.vn", "Người mới")
    for role in ("admin", "operator", "head"):
        with pytest.raises(NotAllowedError):
            accounts.assign(actors["operator"], account, role)
    accounts.assign(actors["operator"], account, "specialist", unit_id=OWN)
    with pytest.raises(RefusedError, match="names its unit"):
        accounts.assign(actors["operator"], account, "leader")


def test_an_account_is_made_entered_exported_and_closed(
    actors: Actors, client: Any, browse: Browse
) -> None:
    admin = browse("admin")
    form = {"email": "Moi@Example.vn", "name": "Người mới", "office": "Sở TTTT"}
    page = admin.post("/people/", form).content.decode()
    account = Account.objects.get(email="moi@example.vn")
    assert "/enter/" in page
    assert admin.post("/people/", form).status_code == 409
    address = f"/people/{account.pk}/"
    # The page of the new account is the answer to /people/: its forms name the account.
    assert set(re.findall('<form method="post" class="row"(.*?)>', page)) == {
        f' action="{address}"'
    }
    # As some keyboards send it: marks apart from their letters.
    unit = unicodedata.normalize("NFD", "Bắc Kạn")
    admin.post(address, {"act": "assign", "role": "specialist", "unit": unit})
    assert account.assignments.get().unit_id == OWN
    for page in ("/people/", address):
        shown = admin.get(page).content.decode()
        assert "Bắc Kạn" in shown.replace('<option value="Bắc Kạn">', "")
        assert OWN not in shown
    assert admin.post(address, {"act": "assign", "role": "leader", "unit": "X"}).status_code == 409
    exported = admin.get(f"{address}export/")
    assert exported.json()["name"] == "Người mới"
    held = account.assignments.get()
    admin.post(address, {"act": "end", "assignment": held.pk, "reason": "chuyển công tác"})
    assert not account.assignments.filter(ended_at=None).exists()
    admin.post(address, {"act": "close", "reason": "nghỉ việc từ tháng này"})
    account.refresh_from_db()
    assert not account.is_active
    ends = list(Event.objects.filter(action__in=("right_ended", "account_closed")).values())
    # The same forms again, as a page shows them that was opened before.
    again = admin.post(address, {"act": "end", "assignment": held.pk, "reason": "lý do khác hẳn"})
    assert again.status_code == 404
    admin.post(address, {"act": "close", "reason": "một lý do khác hẳn"})
    assert list(Event.objects.filter(action__in=("right_ended", "account_closed")).values()) == ends
    assert Account.objects.get(pk=account.pk).closed_at == account.closed_at
    assert {"account_created", "right_given", "right_ended", "account_closed"} <= set(
        Event.objects.values_list("action", flat=True)
    )
