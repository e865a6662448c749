"""Turn tracks and looks into answers: yes, no, or unknown and why."""
