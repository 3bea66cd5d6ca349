"""Events that were put aside: what they are (`letters`), which are wanted, how they are tried and come back."""
