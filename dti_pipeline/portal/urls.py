from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from dti_pipeline.portal.views import account, api, centre, council, home, unit

_SHOWN = {"is_shown": True}
urlpatterns = [
    path("", home.home, name="home"),
    path("enter/<str:token>/", account.enter, name="enter"),
    path("language/", set_language, name="set_language"),
    # Accounts and their addresses are an administrator's matter.
    path("accounts/email/", RedirectView.as_view(url="/")),
    path("accounts/", include("allauth.urls")),
    path("api/", include(api.addresses)),
    path("people/", account.people, name="people"),
    path("people/<int:account_id>/", account.person, name="person"),
    path("people/<int:account_id>/export/", account.export, name="person_export"),
    path("audit/", account.audit_log, name="audit_log"),
    path("outbox/", account.outbox, name="outbox"),
    path("rounds/new/", centre.new_round, name="new_round"),
    path("rounds/<int:round_id>/", centre.board, name="board"),
    path("rounds/<int:round_id>/step/", centre.round_step, name="round_step"),
    path("rounds/<int:round_id>/supplies/", centre.supplies, name="supplies"),
    path("rounds/<int:round_id>/queue/", centre.queue, name="queue"),
    path("rounds/<int:round_id>/council/", council.council, name="council"),
    path("rounds/<int:round_id>/council/draft/", council.draft, name="draft"),
    path("rounds/<int:round_id>/council/state/", council.draft_state, name="draft_state"),
    path("rounds/<int:round_id>/council/vote/", council.vote, name="vote"),
    path("assignments/<int:assignment_id>/decline/", centre.decline, name="decline"),
    path("dossiers/<int:dossier_id>/", unit.dossier, name="dossier"),
    path("dossiers/<int:dossier_id>/answer/", unit.answer, name="answer"),
    path("dossiers/<int:dossier_id>/explanation/", unit.explanation, name="explanation"),
    path("dossiers/<int:dossier_id>/evidence/", unit.attach, name="attach"),
    path("dossiers/<int:dossier_id>/draft/", unit.keep_draft, name="keep_draft"),
    path("dossiers/<int:dossier_id>/comment/", unit.comment, name="comment"),
    path("dossiers/<int:dossier_id>/step/", unit.step, name="step"),
    path("dossiers/<int:dossier_id>/changes/", unit.changes, name="changes"),
    path("dossiers/<int:dossier_id>/plan/", unit.plan, name="plan"),
    path("dossiers/<int:dossier_id>/result/", unit.result, name="result"),
    path("dossiers/<int:dossier_id>/workbook/", unit.workbook, name="workbook"),
    path("dossiers/<int:dossier_id>/import/", unit.read_workbook, name="import"),
    path("dossiers/<int:dossier_id>/decide/", centre.decide, name="decide"),
    path("dossiers/<int:dossier_id>/accept-many/", centre.accept_many, name="accept_many"),
    path("imports/<int:import_id>/", unit.preview, name="preview"),
    path("evidence/<int:evidence_id>/", unit.evidence_file, name="evidence_file"),
    path("evidence/<int:evidence_id>/view/", unit.evidence_file, _SHOWN, name="evidence_view"),
    path("evidence/<int:evidence_id>/withdraw/", unit.withdraw, name="withdraw"),
    path("deliveries/<int:delivery_id>/file/", unit.delivery_file, name="delivery_file"),
    path("deliveries/<int:delivery_id>/signed/", unit.attach_signed, name="attach_signed"),
    path("deliveries/<int:delivery_id>/receipt.pdf", unit.receipt, name="receipt"),
]
