"""What a camera sees and what can be judged there: zones, desks and the pixels a judgement needs."""
