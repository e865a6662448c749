"""Is the camera fit to judge by? Covered, dark, blurred, frozen, moved."""
