"""Keeps what the studio makes."""
