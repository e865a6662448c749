"""When to look: whether a picture is worth the nets, and whom of those in it a close look."""
