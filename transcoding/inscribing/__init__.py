"""Words written into a copy of a file while it is downloaded: cuts and insertions in its container, never in what it
shows. The stored file stays as it is."""
