"""The check: every row against what spoils a fine-tune, with the rows found and the mend."""
