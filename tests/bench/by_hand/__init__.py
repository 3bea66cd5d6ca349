"""The same work by hand: psycopg, kafka-python, json and hmac, and none of the product's code."""
