"""Papers that never were, and photographs of them: with known corners, words and fields."""
