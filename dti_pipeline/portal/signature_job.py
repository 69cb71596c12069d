"""Check the signatures of a PDF: ``python -m dti_pipeline.portal.signature_job FOLDER < PDF``.

A process of its own, because a hostile PDF may cost a parser any time, memory or error. FOLDER
holds the certificates that are trusted, as PEM or DER; nothing is asked of any network, so that a
certificate counts as revoked only where the PDF itself says so. Prints the signatures as JSON.
"""

import json
import resource
import sys
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Any

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

_MOST_BYTES = 2**30
# A token of an office carries one of them, or both.
_USAGE = KeyUsageConstraints(
    key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False
)


def signatures_of(content: bytes, trusted: Path) -> list[dict[str, Any]]:
    roots = list(load_certs_from_pemder(sorted(map(str, trusted.glob("*")))))
    reader = PdfFileReader(BytesIO(content), strict=False)
    return [_checked(signature, roots) for signature in reader.embedded_regular_signatures]


def _checked(signature: Any, roots: list[Any]) -> dict[str, Any]:
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    status = validate_pdf_signature(signature, context, key_usage_settings=_USAGE)
    subject = status.signing_cert.subject.native
    stamp, problem = status.timestamp_validity, status.trust_problem_indic
    is_stamped, time = False, status.signer_reported_dt
    if stamp is not None and stamp.valid and stamp.intact and stamp.trusted:
        is_stamped, time = True, stamp.timestamp
    return {
        "signer": _name(subject, "common_name"),
        "office": _name(subject, "organization_name"),
        "serial": f"{status.signing_cert.serial_number:x}",
        "time": time.astimezone(UTC).isoformat() if time else "",
        "is_stamped": is_stamped,
        "is_intact": bool(status.intact and status.valid and status.docmdp_ok),
        "is_trusted": bool(status.trusted),
        "problem": problem.standard_name if problem else "",
    }


def _name(subject: dict[str, Any], field: str) -> str:
    """Return a name as a certificate has it, without NUL: PostgreSQL keeps it in no text."""
    return str(subject.get(field, "")).replace("\0", "")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    print(json.dumps(signatures_of(sys.stdin.buffer.read(), Path(sys.argv[1]))))
