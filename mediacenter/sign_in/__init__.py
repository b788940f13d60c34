"""Where django-allauth meets the site: adapters, identity provider, middleware. Pages: ``mediacenter/web``."""
