"""Evidence: cut from the camera's own packets, stored once, known by its sum."""
