"""One file per subcommand of `attune events`; each holds a click command named `command`."""
