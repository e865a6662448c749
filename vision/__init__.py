"""From camera frames to events: capture, detection, tracking, observation, rules."""
