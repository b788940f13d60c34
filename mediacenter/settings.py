"""Every setting, read from the environment. ``deploy/env.example`` lists the variables with their meaning.

Nothing set is the embedded mode: ``mediacenter run`` starts PostgreSQL in the data folder, makes a secret key there,
and sets ``DATABASE_URL`` and ``SECRET_KEY`` for the processes it starts.
"""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.conf.global_settings import PASSWORD_HASHERS
from django.utils.translation import gettext_lazy as _

from mediacenter.env import Environment
from mediacenter.mail import parse_email_url
from permissions.vocabulary import Scope

env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.path("MEDIACENTER_DATA", BASE_DIR / ".data")

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", expected="50 random characters; `mediacenter run` makes one in the data folder")
SECRET_KEY_FALLBACKS = list(env.words("SECRET_KEY_FALLBACKS"))

# --- Where it is reached -------------------------------------------------------------------------------------------
SITE_URL = env.origin("SITE_URL", "http://127.0.0.1:8000")
MEDIA_ORIGIN = env.origin("MEDIA_ORIGIN", SITE_URL)
"""Origin of stored bytes. In production another, cookieless host name than ``SITE_URL`` (deploy/nginx)."""
HTTPS = SITE_URL.startswith("https://")
_hosts = {urlsplit(SITE_URL).hostname or "", urlsplit(MEDIA_ORIGIN).hostname or ""}
ALLOWED_HOSTS = sorted(_hosts | set(env.words("ALLOWED_HOSTS", ("127.0.0.1", "localhost"))))
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "api.errors.csrf_failure"
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)
"""How many reverse proxies of ours stand in front; that many X-Forwarded-For entries are believed."""
TERRITORY_HEADER = env.text("TERRITORY_HEADER", "")
"""Header in which the CDN in front names the asker's country (ISO 3166-1 alpha-2); empty: it is not known."""
UPLOAD_CORS_ORIGINS = env.words("UPLOAD_CORS_ORIGINS")
"""Further origins whose pages may upload (Uppy in a newsroom's own system)."""
EMBED_ORIGINS = env.words("EMBED_ORIGINS", ("*",))
"""Origins that may frame ``/embed/…``; ``*`` is everyone."""

# --- Parts ---------------------------------------------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL", expected="postgresql://user:password@host/name (`mediacenter run` starts one)")
DATABASES = {
    "default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True),
}
if env.boolean("DATABASE_PREPARES", True):
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    _options["prepare_threshold"] = 0
    _options["options"] = f"{_options.get('options', '')} -c plan_cache_mode=force_generic_plan".strip()
"""Statements of ``permissions.prepared`` stay prepared in a connection, each with one plan, whose values do not matter:
not behind a pooler that does not know them. What Django writes has its values in its text and is planned each time."""
WEB_STATEMENT_SECONDS = env.integer("WEB_STATEMENT_SECONDS", 55)
"""After so long PostgreSQL ends a statement of a web request, before nginx gives the answer up; 0: never."""
STORAGE_URL = env.text("STORAGE_URL", f"file://{DATA_DIR / 'objects'}")
"""``file:///folder`` or ``s3://bucket?endpoint=…&public_endpoint=…&region=…`` (docs/storage.md)."""
SENDFILE = env.choice("SENDFILE", ("app", "nginx"), "app")
"""Who sends bytes of the folder store: the app itself, or nginx by X-Accel-Redirect."""
SCRATCH_DIR = env.path("SCRATCH_DIR", DATA_DIR / "scratch")
"""Workers' private folders; each job has one and removes it."""

# --- Application ---------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "pgtrigger",
    "procrastinate.contrib.django",
    "permissions.apps.PermissionsConfig",
    "assets.apps.AssetsConfig",
    "transcoding.apps.TranscodingConfig",
    "api.apps.ApiConfig",
    "mediacenter.apps.SiteConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "mediacenter.middleware.OriginMiddleware",
    "mediacenter.middleware.NoIndexMiddleware",
    "mediacenter.middleware.MediaOriginMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "mediacenter.middleware.PlainFormsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mediacenter.sign_in.middleware.SessionSeenMiddleware",
    "mediacenter.sign_in.middleware.SecondFactorMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "mediacenter.urls"
WSGI_APPLICATION = "mediacenter.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "mediacenter" / "web" / "templates"],
        "APP_DIRS": True,  # the API's page
        "OPTIONS": {
            "libraries": {"pages": "mediacenter.web.template_filters"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- People --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "permissions.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [*PASSWORD_HASHERS, "permissions.secrets.RandomSecretHasher"]
"""The last one is for secrets of OAuth clients, which are made here; passwords have Django's."""
LOGIN_URL = "web:login"
LOGIN_REDIRECT_URL = "web:library"
LOGOUT_REDIRECT_URL = "web:login"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mail is unique, by a constraint without regard to case
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else a guess now and then keeps an account locked for good
AXES_CLIENT_IP_CALLABLE = "mediacenter.middleware.client_address"
"""Without it every client of our proxy has the proxy's address, and shares the failures of all others."""
AXES_LOCKOUT_CALLABLE = "mediacenter.web.views.accounts.locked_out"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

ACCOUNT_ADAPTER = "mediacenter.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # permissions/usecases/throttle.py counts in the database, for all web processes together
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "mediacenter.sign_in.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = env.text("MFA_ISSUER", "Media Center")
"""The name under which people's apps show their codes."""
MFA_REQUIRED_FOR = env.words("MFA_REQUIRED_FOR")
"""Platform roles, and agency roles (each with those above it), whose people must have a second factor."""
SOCIALACCOUNT_ADAPTER = "mediacenter.sign_in.adapters.IdentityAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
OIDC_ISSUER = env.text("OIDC_ISSUER", "")
"""The one identity provider whose word on e-mail addresses and groups is taken; empty: none."""
OIDC_NAME = env.text("OIDC_NAME", "OpenID Connect")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET", "")
OIDC_ALGORITHM = env.choice("OIDC_ALGORITHM", ("RS256", "PS256", "ES256", "EdDSA"), "RS256")
OIDC_SCOPES = env.words("OIDC_SCOPES", ("openid", "profile", "email", "groups"))
OIDC_GROUPS_CLAIM = env.text("OIDC_GROUPS_CLAIM", "groups")
OIDC_GROUP_ROLES = env.text("OIDC_GROUP_ROLES", "")
"""``group=AGENCY:role`` separated by ``;``."""
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": OIDC_ISSUER,
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {
                    "server_url": OIDC_ISSUER.rstrip("/") + "/.well-known/openid-configuration",
                    "scope": list(OIDC_SCOPES),
                    "oauth_pkce_enabled": True,
                },
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
PASSWORD_RESET_TIMEOUT = 3600

SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "mediacenter_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_store_origins = [MEDIA_ORIGIN, *env.words("STORE_ORIGINS")]
"""STORE_ORIGINS: the S3 origin that browsers talk to, when objects are on S3."""
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *_store_origins],
        "media-src": [SELF, "blob:", *_store_origins],
        "connect-src": [SELF, *_store_origins],
        "font-src": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
    },
}

# --- Letters -------------------------------------------------------------------------------------------------------
_mail = parse_email_url(env.text("EMAIL_URL", "console:"))
EMAIL_BACKEND = _mail.backend
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
"""Without a host letters are only printed, and forgotten passwords are the administrators' work."""
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.tls, _mail.ssl
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"mediacenter@{urlsplit(SITE_URL).hostname}")

# --- Languages and time --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English")), ("zh-hans", _("Chinese"))]
LOCALE_PATHS = [BASE_DIR / "mediacenter" / "web" / "locale"]
FORMAT_MODULE_PATH = ["mediacenter.web.formats"]
LANGUAGE_COOKIE_NAME = "mediacenter_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "Asia/Ho_Chi_Minh")

# --- Static files --------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "mediacenter" / "web" / "static"]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # originals go through assets.storage only
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- Uploads -------------------------------------------------------------------------------------------------------
UPLOAD_LIFETIME = timedelta(hours=env.integer("UPLOAD_LIFETIME_HOURS", 72, minimum=1))
TRASH_LIFETIME = timedelta(days=env.integer("TRASH_LIFETIME_DAYS", 30, minimum=1))
PART_URL_LIFETIME = timedelta(minutes=env.integer("PART_URL_LIFETIME_MINUTES", 60, minimum=1))
MEDIA_URL_LIFETIME = timedelta(minutes=env.integer("MEDIA_URL_LIFETIME_MINUTES", 60, minimum=1))
PUBLIC_MAX_AGE = timedelta(seconds=env.integer("PUBLIC_MAX_AGE_SECONDS", 60))
"""How long a cache may serve a public rendition without asking again; the bound of a withdrawal's delay."""
SINGLE_POST_LIMIT = env.integer("SINGLE_POST_LIMIT_MIB", 100, minimum=1) * 1024 * 1024
ARCHIVE_MAX_WORKS = env.integer("ARCHIVE_MAX_WORKS", 500, minimum=1)
ARCHIVE_MAX_BYTES = env.integer("ARCHIVE_MAX_GIB", 20, minimum=1) * 1024**3
ARCHIVES_AT_ONCE = env.integer("ARCHIVES_AT_ONCE", 2, minimum=1)
"""Sent by one web process; each holds one of its threads."""
ON_DEMAND_AT_ONCE = env.integer("ON_DEMAND_AT_ONCE", 2, minimum=1)
"""Pictures in other sizes that are made at the same time by all web processes together; who comes then is sent away."""
ON_DEMAND_CACHE_BYTES = env.integer("ON_DEMAND_CACHE_MIB", 2048, minimum=1) * 1024 * 1024
"""What they may take in the store; the least used go first."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

# --- Review --------------------------------------------------------------------------------------------------------
URGENT_REVIEW_TIME = timedelta(minutes=env.integer("URGENT_REVIEW_MINUTES", 15, minimum=1))
"""An item of urgency 1 or 2 is overdue when it waits longer for its review."""

# --- API -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.BearerTokenAuthentication",
        "api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],  # the policy decides, not the view
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.ProblemAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.ActorRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "anonymous": env.rate("RATE_ANONYMOUS", "120/min"),
        "actor": env.rate("RATE_ACTOR", "1200/min"),
    },
    "EXCEPTION_HANDLER": "api.errors.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "NUM_PROXIES": TRUSTED_PROXIES,
}
# Origins are asked of the database (api/cross_origin.py). Cookies stay at home: no answer allows credentials.
CORS_URLS_REGEX = re.compile(r"^/api/v1/(?!companion/)")
"""Uppy's protocol has origins of its own: UPLOAD_CORS_ORIGINS."""
CORS_ALLOW_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CORS_ALLOW_HEADERS = (
    "authorization",
    "content-type",
    "accept-language",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "usage-statement",
)
CORS_EXPOSE_HEADERS = (
    *("ETag", "Link", "Location", "Retry-After", "Content-Disposition", "Deprecation", "Sunset"),
    "Idempotent-Replayed",
    *("RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
)
CORS_PREFLIGHT_MAX_AGE = 3600
# django-oauth-toolkit: client credentials alone (decision 0036); what is not in api/oauth.py has no address.
OAUTH_TOKEN_LIFETIME = timedelta(minutes=env.integer("OAUTH_TOKEN_LIFETIME_MINUTES", 30, minimum=1))
"""Of the access tokens that OAuth clients fetch."""
OAUTH2_PROVIDER_APPLICATION_MODEL = "permissions.ApiClient"
OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "OAUTH2_VALIDATOR_CLASS": "api.oauth_validation.ClientValidator",
    "SCOPES_BACKEND_CLASS": "api.oauth_validation.RegisteredScopes",
    "SCOPES": dict(Scope.choices),
    "ACCESS_TOKEN_EXPIRE_SECONDS": int(OAUTH_TOKEN_LIFETIME.total_seconds()),
    "ACCESS_TOKEN_GENERATOR": "permissions.usecases.clients.new_access_token",
    "CLIENT_SECRET_HASHER": "random_sha256",
    "OIDC_ISS_ENDPOINT": SITE_URL,
    "OAUTH2_GRANT_TYPES_SUPPORTED": ["client_credentials"],
    "OAUTH2_RESPONSE_TYPES_SUPPORTED": [],
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    **{
        f"COMPLIANT_BCP_RFC9700_{gate}": True
        for gate in (
            *("IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "ACCESS_TOKEN_TRANSPORT", "AUTHZ_RESPONSE_ISS"),
            *("TOKEN_STORAGE", "REFRESH_TOKEN", "REDIRECT_URI_SCHEME", "REDIRECT_URI_MATCHING", "PKCE_REQUIRED"),
        )
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Media Center API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Upload, find, reuse and embed the media of public bodies. Errors are problem+json (RFC 9457).",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.add_problem_schema",
        "api.schema.say_any_of",
        "api.examples.add_examples",
    ],
    "ENUM_NAME_OVERRIDES": {
        "KindEnum": "assets.states.Kind.choices",
        "LicenceKindEnum": "assets.models.rights.LicenceKind.choices",
        "ReleaseKindEnum": "assets.models.rights.ReleaseKind.choices",
        "UploadKindEnum": "api.serializers.inputs.UPLOAD_KINDS",
        "ArticleKindEnum": "api.serializers.inputs.ARTICLE_KIND",
        "LanguageEnum": "assets.states.Language.choices",
        "AssetStateEnum": "permissions.vocabulary.AssetState.choices",
        "VersionStateEnum": "assets.states.VersionState.choices",
        "UploadStateEnum": "assets.states.UploadState.choices",
        "TrackKindEnum": "assets.states.TrackKind.choices",
        "TrackStateEnum": "assets.states.TrackState.choices",
        "Av1PolicyEnum": "permissions.vocabulary.Av1Policy.choices",
        "QuotaKindEnum": "assets.quota.KINDS",
        "JobStateEnum": "api.serializers.inputs.JOB_STATES",
    },
}

CHANGES_RETENTION = timedelta(days=env.integer("CHANGES_RETENTION_DAYS", 30, minimum=1))
"""How far the changes feed reaches back; who was away for longer takes everything anew."""

# --- Queue ---------------------------------------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
STALLED_AFTER = timedelta(seconds=env.integer("STALLED_AFTER_SECONDS", 30, minimum=5))
"""A worker whose heartbeat is older than this is dead; its jobs are taken up again."""
CHUNKED_ABOVE = timedelta(seconds=env.integer("CHUNKED_ABOVE_SECONDS", 600, minimum=1))
"""Longer films are cut into chunks, which any number of workers encode."""
CHUNK_SECONDS = env.integer("CHUNK_SECONDS", 60, minimum=4)
"""About how much of a film is one chunk."""

# --- AV1 -----------------------------------------------------------------------------------------------------------
AV1_FFMPEG = env.text("AV1_FFMPEG", "")
"""An ffmpeg with SVT-AV1 and Opus; empty: that of the package imageio-ffmpeg; ``off``: no video is made in AV1."""
AV1_AFTER_VIEWS = env.integer("AV1_AFTER_VIEWS", 20, minimum=1)
"""How many views of a video, as the application sees them behind its caches, make it a watched one."""

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
"""Of one web process; nothing of ours is kept in it. What must hold over all of them is in the database."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"
