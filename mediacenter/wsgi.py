"""WSGI entry point of the web process (``gunicorn mediacenter.wsgi``)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediacenter.settings")
application = get_wsgi_application()
