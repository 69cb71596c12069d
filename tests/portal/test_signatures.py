"""Signed copies: who signed and when, intact or altered, trusted or not; hostile PDFs."""

import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from dti_pipeline.portal import sending, signatures
from dti_pipeline.portal.dossiers import take_step
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.evidence import store
from dti_pipeline.portal.models import Delivery, Event
from schemas.words import words_of
from tests.portal.conftest import Actors, Browse, Put
from tests.portal.test_evidence import PDF

OFFICE, SIGNER = "UBND tỉnh Bắc Kạn", "Nguyễn Văn Giả Định"


def certificate(
    name: str, key: Any, issuer: x509.Certificate | None, issuer_key: Any, *, days: int
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, OFFICE),
        ]
    )
    is_root, now = issuer is None, datetime.now(UTC)
    usage = dict.fromkeys(("content_commitment", "digital_signature"), not is_root)
    usage |= dict.fromkeys(("key_cert_sign", "crl_sign"), is_root)
    unused = ("key_encipherment", "data_encipherment", "key_agreement")
    usage |= dict.fromkeys((*unused, "encipher_only", "decipher_only"), False)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


class Token:
    """An office's certificate with its key, and the authority that issued it."""

    def __init__(self, folder: Path, *, days: int = 300, name: str = SIGNER) -> None:
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root = certificate("Cơ quan cấp giả định", root_key, None, root_key, days=900)
        own = certificate(name, key, root, root_key, days=days)
        pem = serialization.Encoding.PEM
        self.root = root.public_bytes(pem)
        key_path, path = folder / "key.pem", folder / "certificate.pem"
        plain = serialization.NoEncryption()
        key_path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        path.write_bytes(own.public_bytes(pem))
        self.signer = signers.SimpleSigner.load(str(key_path), str(path))

    def sign(self, pdf: bytes, field: str = "ChuKy") -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        fields.append_signature_field(writer, fields.SigFieldSpec(field))
        meta = signers.PdfSignatureMetadata(field_name=field)
        return signers.sign_pdf(writer, meta, signer=self.signer).getvalue()


@pytest.fixture
def token(tmp_path: Path) -> Token:
    return Token(tmp_path)


@pytest.fixture
def delivery(put: Put, actors: Actors) -> Delivery:
    return sending.deliver(actors["leader"], put("sent"))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_a_receipt_counts_no_document_that_the_form_only_names(delivery: Delivery) -> None:
    dossier, by = delivery.dossier, delivery.by
    assert dossier is not None
    file = store(b"%PDF-1.7", "pdf")
    for content in (None, None, file):
        row = dossier.evidence.create(component_code="0105", title="12/BC", by=by, file=content)
        row.at = delivery.at
        row.save()
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=sending.receipt(delivery),
        capture_output=True,
        check=True,
    )
    text = " ".join(done.stdout.decode().split())
    assert "kèm theo 1; chỉ nêu trong biểu mẫu, không kèm tệp: 2" in text


@pytest.fixture
def trust(settings: Any, data: Path) -> Path:
    """Return the file of trusted certificates, which is not there yet."""
    settings.DTI_TRUST = data / "trust"
    settings.DTI_TRUST.mkdir()
    return data / "trust" / "root.pem"


def test_a_signed_receipt_is_attached_and_shown_with_its_signer(
    delivery: Delivery, token: Token, trust: Path, browse: Browse
) -> None:
    trust.write_bytes(token.root)
    signed = io.BytesIO(token.sign(sending.receipt(delivery)))
    signed.name = "bien nhan da ky.pdf"
    address = f"/deliveries/{delivery.pk}/signed/"
    assert browse("specialist").post(address, {"file": signed}).status_code == 302
    copy = Delivery.objects.get(kind="signed")
    (signature,) = copy.content["signatures"]
    assert (signature["signer"], signature["office"]) == (SIGNER, OFFICE)
    assert signature["is_intact"]
    assert signature["is_trusted"]
    assert not signature["is_stamped"]
    assert abs(datetime.fromisoformat(signature["time"]) - datetime.now(UTC)) < timedelta(minutes=5)
    assert copy.content["is_receipt"]
    page = browse("reviewer").get(f"/dossiers/{copy.dossier_id}/").content.decode()
    for text in (SIGNER, OFFICE, "nguyên vẹn", "người ký tin cậy", "giờ máy"):
        assert text in page
    assert "không phải biên nhận này" not in page
    assert Event.objects.filter(action="signed_copy_attached").count() == 1
    file = browse("reviewer").get(f"/deliveries/{copy.pk}/file/")
    assert file.content == signed.getvalue()
    assert browse("reviewer").get(f"/deliveries/{copy.pk}/receipt.pdf").status_code == 403
    assert sending.reconcile() == []


def test_a_byte_that_was_altered_is_told(
    delivery: Delivery, token: Token, trust: Path, actors: Actors, browse: Browse
) -> None:
    trust.write_bytes(token.root)
    signed = bytearray(token.sign(sending.receipt(delivery)))
    signed[len(sending.receipt(delivery)) // 2] ^= 1
    signatures.attach_signed(actors["leader"], delivery, bytes(signed))
    copy = Delivery.objects.get(kind="signed")
    assert not copy.content["signatures"][0]["is_intact"]
    assert not copy.content["is_receipt"]
    page = browse("leader").get(f"/dossiers/{copy.dossier_id}/").content.decode()
    assert "nội dung đã bị thay đổi sau khi ký" in page
    assert "không phải biên nhận này" in page


def test_pages_added_after_signing_are_told(token: Token, trust: Path) -> None:
    from pyhanko.pdf_utils import generic

    trust.write_bytes(token.root)
    writer = IncrementalPdfFileWriter(io.BytesIO(token.sign(receipt_like())))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Rotate"] = generic.NumberObject(90)
    writer.update_container(page)
    stream = io.BytesIO()
    writer.write(stream)
    (signature,) = signatures.check_pdf(stream.getvalue())
    assert not signature["is_intact"]


def test_two_signatures_are_both_intact(token: Token, trust: Path) -> None:
    trust.write_bytes(token.root)
    twice = token.sign(token.sign(receipt_like()), "VanThu")
    assert [one["is_intact"] for one in signatures.check_pdf(twice)] == [True, True]


def test_a_name_that_no_postgresql_keeps_is_told_without_its_nul(
    tmp_path: Path, trust: Path
) -> None:
    signed = Token(tmp_path, name="Nguyễn\0 Văn").sign(receipt_like())
    assert [one["signer"] for one in signatures.check_pdf(signed)] == ["Nguyễn Văn"]


def receipt_like() -> bytes:
    import typst

    return typst.compile(b"Xin chao", format="pdf", ignore_system_fonts=True)


@pytest.mark.parametrize(
    ("days", "is_known", "words"),
    [(300, False, "chưa xác nhận được nơi cấp"), (-10, True, "chứng thư hết hạn")],
)
def test_a_signer_who_is_not_trusted_is_told_and_why(
    days: int, is_known: bool, words: str, tmp_path: Path, trust: Path
) -> None:
    token = Token(tmp_path, days=days)
    if is_known:
        trust.write_bytes(token.root)
    (signature,) = signatures.check_pdf(token.sign(receipt_like()))
    assert signature["is_intact"]
    assert not signature["is_trusted"]
    problems = words_of("portal_signatures")
    assert words in problems.get(signature["problem"], problems["other"]).vi


@pytest.mark.parametrize(
    "content",
    [PDF, b"%PDF-1.7\n%%EOF\n", b"%PDF-1.7\n" + b"[" * 200_000 + b"\nstartxref\n9\n%%EOF\n"],
    ids=["unsigned", "empty", "nested"],
)
def test_a_pdf_without_a_readable_signature_is_refused(
    content: bytes, delivery: Delivery, actors: Actors, trust: Path
) -> None:
    with pytest.raises(RefusedError, match="signature"):
        signatures.attach_signed(actors["leader"], delivery, content)
    assert not Delivery.objects.filter(kind="signed").exists()


def test_only_the_unit_attaches_a_signed_copy_and_only_after_sending(
    delivery: Delivery, token: Token, actors: Actors, put: Put
) -> None:
    signed = token.sign(sending.receipt(delivery))
    for role in ("reviewer", "operator", "admin", "monitor"):
        with pytest.raises(NotAllowedError):
            signatures.attach_signed(actors[role], delivery, signed)
    put("declaring")
    delivery.dossier.refresh_from_db()
    with pytest.raises(NotAllowedError):
        signatures.attach_signed(actors["leader"], delivery, signed)


def test_nothing_is_offered_to_sign_while_the_dossier_is_back_with_its_unit(
    delivery: Delivery, actors: Actors, browse: Browse
) -> None:
    offer = "Nộp bản đã ký số"
    assert offer in browse("leader").get("/").content.decode()
    take_step(actors["reviewer"], delivery.dossier_id, "ask_back", "thiếu tệp văn bản")
    page = browse("leader").get(f"/dossiers/{delivery.dossier_id}/").content.decode()
    assert "Nộp biên nhận đã ký số" not in page
    assert offer not in browse("leader").get("/").content.decode()
