"""Copies that an office signed with its token: attached to a delivery, checked, shown."""

import json
import subprocess
import sys
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from dti_pipeline.portal import audit, sending
from dti_pipeline.portal.answers import locked
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import RefusedError
from dti_pipeline.portal.evidence import kind_of, store
from dti_pipeline.portal.models import Delivery
from dti_pipeline.portal.rights import require_step

_SECONDS: Final = 30


def check_pdf(content: bytes) -> list[dict[str, Any]]:
    """Return the signatures of a PDF as `signature_job` says of them; refuse one without any."""
    command = [sys.executable, "-m", "dti_pipeline.portal.signature_job", settings.DTI_TRUST]
    try:
        run = subprocess.run(
            command, input=content, capture_output=True, timeout=_SECONDS, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise RefusedError("refused.signature_unreadable") from None
    signatures: list[dict[str, Any]] = json.loads(run.stdout)
    if not signatures:
        raise RefusedError("refused.signature_missing")
    return signatures


def attach_signed(actor: Actor, delivery: Delivery, content: bytes) -> Delivery:
    """Keep the signed copy of a delivery's receipt, whatever its signature is worth."""
    assert delivery.dossier is not None
    require_step(actor, delivery.dossier, "attach_signed")
    if kind_of(content, needed := "refused.signed_pdf_needed") != "pdf":
        raise RefusedError(needed)
    signatures = check_pdf(content)
    # Who signs a PDF adds to it; what was there before stays byte for byte.
    result = {
        "of": delivery.pk,
        "is_receipt": content.startswith(sending.receipt(delivery)),
        "signatures": signatures,
    }
    with transaction.atomic():
        dossier = locked(delivery.dossier.pk)
        require_step(actor, dossier, "attach_signed")
        copy = sending.keep(actor, dossier, "signed", store(content, "pdf"), result)
        after = {"sha256": copy.file_id, **result}
        audit.record(actor, "signed_copy_attached", dossier, after=after)
    return copy
