"""What `congvu calibrate` does: the floor, the lens, what can be read where."""
