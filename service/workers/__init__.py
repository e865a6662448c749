"""Long-running work: watching cameras and keeping what they show."""
