"""`make bench`: the product's event path beside the same work done by hand, in the same run, in turn."""
