"""The pages that inspectors work with."""
