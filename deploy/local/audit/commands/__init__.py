"""One file per subcommand of `attune audit`."""
