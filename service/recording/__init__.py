"""Continuous recording of a camera, where an agency has switched it on: apart from the evidence, and never evidence."""
