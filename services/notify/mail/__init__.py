"""Mail: composed at the moment of sending, sent at most once, over SMTP."""
