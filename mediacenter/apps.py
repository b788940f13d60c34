from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "mediacenter"
    label = "site"

    def ready(self) -> None:
        from mediacenter import checks  # noqa: F401 - registers the system checks
