"""The audit: every row rendered and tokenised as the trainer will, in a table that front ends read row by row."""
