"""What watching costs: computing time, memory, and how long an event takes to be seen."""
