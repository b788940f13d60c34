"""A client of the HTTP API for people with folders full of files. It imports nothing of the server."""
