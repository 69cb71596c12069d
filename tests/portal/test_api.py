"""What programs read: by a key, with its account's rights, as the description says."""

from typing import Any

import jsonschema
import pytest

from dti_pipeline.portal import accounts, evidence
from dti_pipeline.portal.answers import save_answer
from dti_pipeline.portal.models import ApiKey, Dossier, Event
from dti_pipeline.portal.reviews import Ruling, decide
from tests.portal.conftest import Actors, Browse, Put
from tests.portal.test_evidence import PDF

KEY = ("0105", "press_items")


@pytest.fixture
def filled(dossier: Dossier, actors: Actors, put: Put) -> Dossier:
    specialist = actors["specialist"]
    save_answer(specialist, dossier.pk, KEY, {"text": "225"}, base_version=0)
    evidence.attach(specialist, dossier.pk, "0105", content=PDF, file_name="a.pdf", number="1/QĐ")
    put("received", "closed")
    ruling = Ruling("rejected", opinion="evidence_period", note="văn bản không đúng kỳ")
    decide(actors["reviewer"], dossier.pk, "0105", ruling)
    return dossier


def read(client: Any, path: str, key: str) -> Any:
    return client.get(f"/api/{path}", headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def keys(actors: Actors) -> dict[str, str]:
    admin = actors["admin"]
    return {
        role: accounts.make_key(admin, actors[role].person) for role in ("specialist", "monitor")
    }


def test_a_program_reads_what_its_account_may_see(
    client: Any, filled: Dossier, keys: dict[str, str], other: Dossier
) -> None:
    (round_,) = read(client, "rounds/", keys["specialist"]).json()
    assert round_["assessment_id"] == "province-2022"
    own = read(client, f"rounds/{round_['id']}/dossiers/", keys["specialist"]).json()
    assert [one["unit_name"] for one in own] == ["Bắc Kạn"]
    everything = read(client, f"rounds/{round_['id']}/dossiers/", keys["monitor"]).json()
    assert [one["unit_name"] for one in everything] == ["Hà Nội", "Bắc Kạn"]
    whole = read(client, f"dossiers/{filled.pk}/", keys["specialist"]).json()
    assert [(one["value_micro"], one["text"]) for one in whole["answers"]] == [(225_000_000, "225")]
    assert whole["documents"][0]["number"] == "1/QĐ"
    assert whole["decisions"] == []  # the unit is told when explanations open
    points = {one["component_code"]: one for one in whole["points"]}
    assert 0 < points["0105"]["low"] <= points["0105"]["maximum"]
    seen = read(client, f"dossiers/{filled.pk}/", keys["monitor"]).json()
    assert [one["state"] for one in seen["decisions"]] == ["rejected"]
    assert read(client, f"dossiers/{other.pk}/", keys["specialist"]).status_code == 403
    assert read(client, "dossiers/999999/", keys["specialist"]).status_code == 403


def test_answers_are_as_the_description_says(
    client: Any, filled: Dossier, keys: dict[str, str]
) -> None:
    described = client.get("/api/").json()
    assert described["openapi"] == "3.1.0"
    numbers = {"round_id": filled.round_id, "dossier_id": filled.pk}
    for path, methods in described["paths"].items():
        answer = read(client, path.format(**numbers).removeprefix("/api/"), keys["monitor"])
        content = methods["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**content["schema"], "components": described["components"]}
        jsonschema.validate(answer.json(), schema)
        empty = [{}] if isinstance(answer.json(), list) else {}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(empty, schema)


def test_a_key_ends_and_is_kept_only_as_a_hash(
    client: Any, actors: Actors, keys: dict[str, str], browse: Browse
) -> None:
    key = keys["specialist"]
    assert key not in str(list(ApiKey.objects.values())) + str(list(Event.objects.values()))
    person = actors["specialist"].person
    page = browse("admin").post(f"/people/{person.pk}/", {"act": "key"}).content.decode()
    assert "chỉ hiện một lần này" in page
    assert browse("operator").post(f"/people/{person.pk}/", {"act": "key"}).status_code == 403
    client.logout()
    assert read(client, "rounds/", key).status_code == 200
    browse("admin").post(f"/people/{person.pk}/", {"act": "end_keys"})
    client.logout()
    assert read(client, "rounds/", key).status_code == 401
    assert read(client, "rounds/", "x").status_code == 401
    again = accounts.make_key(actors["admin"], person)
    accounts.close_account(actors["admin"], person, "nghỉ việc từ tháng này")
    assert read(client, "rounds/", again).status_code == 401


def test_nothing_is_written_through_it(client: Any, keys: dict[str, str], filled: Dossier) -> None:
    headers = {"Authorization": f"Bearer {keys['specialist']}"}
    assert client.post(f"/api/dossiers/{filled.pk}/", headers=headers).status_code == 405
    # A key opens no page.
    assert client.get(f"/dossiers/{filled.pk}/", headers=headers).status_code == 302
