"""One module per sub-command of ``mediacenter``; each has a click command named ``command``."""
