"""What two or more services share: event contracts, plumbing and domain data. No rule of one service."""
