"""What a recipe will cost before anything is spent: memory, steps, time and money."""
