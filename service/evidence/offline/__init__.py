"""What checks evidence anywhere: Python's standard library and cryptography, nothing else of ours."""
