"""What becomes of a flag: verdicts of two people, and how they add up."""
