"""The second verb: find passages for queries."""
