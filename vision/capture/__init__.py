"""Sources of frames: recordings and live cameras, and the ring of compressed packets kept for evidence."""
