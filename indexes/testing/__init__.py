"""Contracts that every engine and store must meet, shipped so that a third party's is one subclass from trusted."""
