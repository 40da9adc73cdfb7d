"""One file a command. A command's module is imported only when it is called: start-up stays quick."""
