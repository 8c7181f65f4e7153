"""Training. A backend loads the model, a method builds the trainer, the reporter turns its life into events.

A method knows no backend and a backend no method; adding either is one file.
"""
