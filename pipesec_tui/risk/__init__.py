"""What to do first: priority from severity, confidence, exposure and blast radius."""
