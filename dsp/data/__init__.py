"""Questions with their answers: read from files, or made from a seed."""
