"""Files of others that the browser is given: copied from npm packages, committed, and checked by their hash."""
