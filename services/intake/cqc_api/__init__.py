"""CQC's public API: fetched from, never pushed to. It knows HTTP and JSON and no database."""
