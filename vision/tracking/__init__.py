"""Give the boxes of one person the same number from frame to frame."""
