"""Django's settings, made from a data folder and the environment; nothing is read at import."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from dti_pipeline.addresses import address, scheme_of, server_address
from schemas.messages import message
from schemas.text import WrongUsageError, joined

_PASSWORD_RULES: Final[dict[str, dict[str, int]]] = {
    "UserAttributeSimilarityValidator": {},
    "CommonPasswordValidator": {},
    "NumericPasswordValidator": {},
    "MinimumLengthValidator": {"min_length": 12},
}
WEAK_KEY_CHARACTERS: Final = 50
MEGABYTE: Final = 2**20
KEY_FILE: Final = "secret_key"
HEADS_FILE: Final = "audit_heads.txt"


class PortalSetupError(WrongUsageError, ValueError):
    """A setting that the portal must not run with; the message says which and what to do."""


def portal_folder(data: Path) -> Path:
    return data / "portal"


def has_portal(data: Path) -> bool:
    """Say whether a data folder has a portal: a key of its own, or an audit log.

    The key may be a setting instead; the log begins with the first account.
    """
    return any((portal_folder(data) / name).is_file() for name in (KEY_FILE, HEADS_FILE))


def make_settings(data: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return Django's settings for a data folder; docs/portal.md has the variables in a table."""
    is_production = environ.get("DTI_PORTAL_PRODUCTION") == "1"
    is_debug = environ.get("DTI_PORTAL_DEBUG") == "1"
    is_behind_proxy = environ.get("DTI_PORTAL_PROXY") == "1"
    key = environ.get("DTI_PORTAL_SECRET_KEY", "")
    hosts = [host for host in environ.get("DTI_PORTAL_HOSTS", "").split(",") if host]
    weaknesses = {
        "portal_setup.weak_key": len(key) < WEAK_KEY_CHARACTERS or len(set(key)) < 10,
        "portal_setup.debug": is_debug,
        "portal_setup.no_host": not hosts,
    }
    if is_production and any(weaknesses.values()):
        problems = [message(text) for text, is_there in weaknesses.items() if is_there]
        raise PortalSetupError(joined(problems, "; "))
    most_megabytes = environ.get("DTI_PORTAL_MAX_FILE_MB", "20")
    if not most_megabytes.isdigit() or not 1 <= int(most_megabytes) <= 500:
        raise PortalSetupError("portal_setup.file_size", text=most_megabytes)
    return {
        "DTI_DATA": data,
        "DTI_MAX_FILE_BYTES": int(most_megabytes) * MEGABYTE,
        "DTI_TRUST": Path(environ.get("DTI_PORTAL_TRUST") or portal_folder(data) / "trust"),
        "DTI_PRODUCTION": is_production,
        "DTI_BEHIND_PROXY": is_behind_proxy,
        "ALLAUTH_TRUSTED_PROXY_COUNT": int(is_behind_proxy),
        "DTI_MFA_FOR_CENTRE": environ.get("DTI_PORTAL_MFA") == "1",
        "DEBUG": is_debug,
        "SECRET_KEY": key or _kept_key(portal_folder(data)),
        "ALLOWED_HOSTS": hosts or ["localhost", "127.0.0.1", "[::1]", "testserver"],
        "CSRF_TRUSTED_ORIGINS": [f"https://{host}" for host in hosts],
        "INSTALLED_APPS": [
            # Before others, so that its templates and words take the place of theirs.
            "dti_pipeline.portal",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "allauth",
            "allauth.account",
            "allauth.socialaccount",
            "allauth.socialaccount.providers.openid_connect",
            "allauth.mfa",
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "dti_pipeline.portal.middleware.CookieMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "csp.middleware.CSPMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "dti_pipeline.portal.middleware.PortalMiddleware",
        ],
        "ROOT_URLCONF": "dti_pipeline.portal.urls",
        "CSRF_FAILURE_VIEW": "dti_pipeline.portal.middleware.outdated",
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "dti_pipeline.portal.middleware.page_context",
                    ],
                    "builtins": ["dti_pipeline.portal.templatetags.portal"],
                },
            }
        ],
        "DATABASES": {"default": database(environ.get("DTI_DATABASE_URL", ""), data)},
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.db.DatabaseCache",
                "LOCATION": "portal_cache",
            }
        },
        "LANGUAGE_CODE": "vi",
        "LANGUAGES": [("vi", "Tiếng Việt"), ("en", "English")],
        "LANGUAGE_COOKIE_AGE": 365 * 86_400,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "TIME_ZONE": "Asia/Ho_Chi_Minh",
        "STATIC_URL": "/static/",
        "FILE_UPLOAD_HANDLERS": [
            "dti_pipeline.portal.uploads.LimitedUploadHandler",
            "django.core.files.uploadhandler.TemporaryFileUploadHandler",
        ],
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2 * MEGABYTE,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 4_000,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 10,
        "WHITENOISE_USE_FINDERS": True,
        **_security(is_production=is_production, is_behind_proxy=is_behind_proxy),
        **_accounts(environ),
        **_mail(environ),
    }


def _kept_key(folder: Path) -> str:
    path = folder / KEY_FILE
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50), encoding="ascii")
    return path.read_text("ascii")


def database(url: str, data: Path) -> dict[str, Any]:
    """Return Django's setting of the database: SQLite in the data folder, or what the URL names."""
    if not url:
        folder = portal_folder(data)
        folder.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "portal.sqlite3",
            "OPTIONS": {
                # Full: a dossier that was sent stays sent when the power fails.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
            },
        }
    parts = address(url, ("postgresql", "postgres"))
    if parts is None or not parts.path.strip("/"):
        raise PortalSetupError("portal_setup.database", scheme=scheme_of(url))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _security(*, is_production: bool, is_behind_proxy: bool) -> dict[str, Any]:
    own, forwarded = ["'self'"], ("HTTP_X_FORWARDED_PROTO", "https")
    return {
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": ["'none'"],
                "script-src": own,
                "style-src": own,
                "img-src": ["'self'", "data:"],  # the picture of a second factor's key
                "frame-src": own,  # documents, beside the figures that they prove
                "connect-src": own,
                "form-action": own,
                "base-uri": ["'none'"],
                "frame-ancestors": ["'none'"],
            }
        },
        "SESSION_COOKIE_AGE": 8 * 3600,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SESSION_COOKIE_SECURE": is_production,
        "CSRF_COOKIE_SECURE": is_production,
        "SECURE_HSTS_SECONDS": 31_536_000 if is_production else 0,
        "SECURE_SSL_REDIRECT": is_production,
        "SECURE_PROXY_SSL_HEADER": forwarded if is_behind_proxy else None,
    }


def _accounts(environ: Mapping[str, str]) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "AUTH_USER_MODEL": "portal.Account",
        "AUTHENTICATION_BACKENDS": [
            "django.contrib.auth.backends.ModelBackend",
            "allauth.account.auth_backends.AuthenticationBackend",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
            for name, options in _PASSWORD_RULES.items()
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "home",
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_ADAPTER": "dti_pipeline.portal.accounts.AccountAdapter",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_RATE_LIMITS": {"login_failed": "10/m/ip,5/5m/key"},
        "MFA_TOTP_ISSUER": "DTI",
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": True,
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT": True,
    }
    if url := environ.get("DTI_PORTAL_OIDC_URL"):
        settings["SOCIALACCOUNT_PROVIDERS"] = {
            "openid_connect": {
                "APPS": [
                    {
                        "provider_id": "office",
                        "name": environ.get("DTI_PORTAL_OIDC_NAME", "OIDC"),
                        "client_id": environ.get("DTI_PORTAL_OIDC_CLIENT", ""),
                        "secret": environ.get("DTI_PORTAL_OIDC_SECRET", ""),
                        "settings": {"server_url": url},
                    }
                ]
            }
        }
    return settings


def _mail(environ: Mapping[str, str]) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "EMAIL_BACKEND": "dti_pipeline.portal.notices.OutboxBackend",
        "DEFAULT_FROM_EMAIL": environ.get("DTI_PORTAL_FROM", "dti@localhost"),
        "EMAIL_HOST": "",
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,  # nobody would send these letters on
    }
    url = environ.get("DTI_PORTAL_SMTP", "")
    if not url:
        return settings
    if (parts := server_address(url, ("smtp", "smtps"))) is None:
        raise PortalSetupError("portal_setup.mail", scheme=scheme_of(url))
    return settings | {
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": True,  # so that nobody learns which accounts there are
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }
