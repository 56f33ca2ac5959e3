"""Signature, demonstrations and inputs to messages; a completion back to fields."""
