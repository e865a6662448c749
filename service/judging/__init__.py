"""From verdicts to trust: which events an inspector is shown, and how far each rule is trusted on each camera."""
