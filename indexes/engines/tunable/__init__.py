"""What engine `bm25_tunable` is made of: words into numbers, numbers into postings, postings into scores."""
