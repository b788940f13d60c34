"""A client of the HTTP API: ``mediacenter.client.warehouse.MediaCenter``. It imports nothing of the server."""
