"""Asset checks, and what they find."""
