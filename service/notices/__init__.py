"""Telling people that something waits for them: by e-mail and otherwise, never about whom."""
