"""`make kubernetes-test`: the manifests on a real cluster, and the platform there lived in, rolled and harmed."""
