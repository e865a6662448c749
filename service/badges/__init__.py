"""Printed badge codes: what stands in them, and the sheets of cards that carry them."""
