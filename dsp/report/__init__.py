"""Recorded JSON as text for people. It calls nothing live."""
