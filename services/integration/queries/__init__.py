"""What integration shows, by noun; every row filter of the partners' views stands here."""
