"""Sensors: what starts videos without a person at the keyboard."""
