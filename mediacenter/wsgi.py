"""WSGI entry point of the web process (``gunicorn mediacenter.wsgi``)."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from mediacenter.statement_limit import limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediacenter.settings")
application = get_wsgi_application()
limit_statements(settings.WEB_STATEMENT_SECONDS)
