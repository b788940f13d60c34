"""Settings: what Django's system checks say of them (``mediacenter/checks.py`` has ours)."""

from collections.abc import Iterator

from django.core import checks

from mediacenter.doctor.finding import Finding, Level, ok


def findings() -> Iterator[Finding]:
    messages = [message for message in checks.run_checks() if message.level >= checks.WARNING]
    for message in messages:
        level = Level.PROBLEM if message.is_serious(checks.ERROR) else Level.WARNING
        yield Finding(id=f"settings.{message.id}", level=level, message=message.msg, advice=message.hint or "")
    if not any(message.is_serious(checks.ERROR) for message in messages):
        yield ok("settings", "Every setting can be used.")
