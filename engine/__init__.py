"""What runs, stores and knows about fine-tuning. No screen here: `tui` shows it, and `engine` never imports `tui`."""

__version__ = "0.1.0"
