"""The site that puts the packages together: pages, command line, launcher."""

__version__ = "0.1.0"
