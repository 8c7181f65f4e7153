"""The `ingest` job: a project's source is read, curated and sorted once, so that every front end opens it at once."""
