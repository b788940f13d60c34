from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "mediacenter"
    label = "site"
