"""The hearing of the person flagged: notice, response, conclusion, appeal."""
