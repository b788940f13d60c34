"""Where django-allauth meets the site: adapters, the identity provider, middleware. Pages are in ``mediacenter/web``."""
