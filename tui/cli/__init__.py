"""The command line: every action in the studio has a twin here. One module a command, loaded only when it is called."""
